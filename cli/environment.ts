/**
 * The environment variables that matter here.
 *
 * @module
 */
import process from "node:process";
import type { Variables } from "./variables.ts";

/** All of them: what a sandbox lets a program see can be limited to these. */
export const VARIABLE_NAMES: readonly string[] = [
  "HOME",
  "NO_COLOR",
  "SYNAPSE_HOST",
  "SYNAPSE_IDENTITY",
  "SYNAPSE_JSON",
  "SYNAPSE_LOG_LEVEL",
  "SYNAPSE_NAME",
  "SYNAPSE_NAMESPACE",
  "SYNAPSE_NETWORK_KEY",
  "SYNAPSE_NO_COLOR",
  "SYNAPSE_PORT",
  "SYNAPSE_SECRET",
  "SYNAPSE_TIMEOUT",
  "USERPROFILE",
  "XDG_CONFIG_HOME",
];

/** Reads them. One that a sandbox hides counts as not set. */
export function readVariables(): Variables {
  return Object.fromEntries(VARIABLE_NAMES.map((name) => [name, readVariable(name)]));
}

function readVariable(name: string): string | undefined {
  try {
    return process.env[name];
  } catch {
    return undefined;
  }
}
