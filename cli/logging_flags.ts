/**
 * `--log-level` and `--log-format`, which most commands take.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { VariableOption } from "./variables.ts";

const LEVELS = ["debug", "info", "warning", "error"] as const;
const FORMATS = ["text", "json"] as const;

/** How much is said, and how. */
export interface Logging {
  readonly level: (typeof LEVELS)[number];
  readonly format: (typeof FORMATS)[number];
}

/**
 * Adds the flags to a command.
 *
 * @param command Is changed.
 */
export function addLoggingFlags(command: Command): void {
  command.addOption(
    new VariableOption("--log-level <level>", "log what happens on stderr", "SYNAPSE_LOG_LEVEL")
      .choices(LEVELS),
  ).addOption(new Option("--log-format <format>", "how").choices(FORMATS).default("text"));
}

/**
 * Reads them.
 *
 * @param command Has been parsed, its variables have been applied.
 * @returns undefined where nothing is to be logged.
 */
export function readLogging(command: Command): Logging | undefined {
  const { logLevel, logFormat } = command.opts();
  return logLevel === undefined ? undefined : { level: logLevel, format: logFormat };
}
