/**
 * The flags of all commands that call one peer: whom, and how it is found.
 *
 * @module
 */
import type { Command } from "commander";
import { addDiscoveryFlags, type DiscoveryFlags, readDiscoveryFlags } from "./discovery_flags.ts";
import type { PeerName } from "./peer_name.ts";
import { VariableOption } from "./variables.ts";

/** Whom to call, and how. */
export interface CallingFlags extends DiscoveryFlags {
  /** The peer's URL, or whom to find. */
  readonly target: string | PeerName;
  /** The key of a pnet network; undefined where it has none. */
  readonly networkKey?: string;
}

/**
 * Adds them to a command, but for the target itself.
 *
 * @param command Is changed.
 * @returns The same command.
 */
export function addCallingFlags(command: Command): Command {
  return addDiscoveryFlags(command).addOption(networkKeyOption("of the network in pnet://"));
}

/** `--network-key`. */
export function networkKeyOption(whose: string): VariableOption {
  return new VariableOption(
    "--network-key <key>",
    `pnet's Fernet key ${whose}`,
    "SYNAPSE_NETWORK_KEY",
  );
}

/**
 * Reads them.
 *
 * @param target As it was parsed.
 * @param flags What commander has parsed.
 */
export function readCallingFlags(
  target: CallingFlags["target"],
  flags: Readonly<Record<string, unknown>>,
): CallingFlags {
  return {
    ...readDiscoveryFlags(flags),
    target,
    networkKey: flags.networkKey as string | undefined,
  };
}
