/**
 * The flags of all commands that call one peer: whom, and how it is found.
 *
 * @module
 */
import { type Command, InvalidArgumentError } from "commander";
import { addDiscoveryFlags, type DiscoveryFlags, readDiscoveryFlags } from "./discovery_flags.ts";
import type { PeerName } from "./peer_name.ts";
import { VariableOption } from "./variables.ts";

/** Whom to call, and how. */
export interface CallingFlags extends DiscoveryFlags {
  /** The peer's URL, or whom to find. */
  readonly target: string | PeerName;
  /** What a server of easyrpc wants its callers to know. */
  readonly secret?: string;
  /** The namespace that a server of easyrpc is asked for: there, a connection has one. */
  readonly easyrpcNamespace?: string;
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
  return addDiscoveryFlags(command)
    .addOption(networkKeyOption("of the network in pnet://"))
    .addOption(
      new VariableOption("--secret <secret>", "the secret of easyrpc://", "SYNAPSE_SECRET"),
    );
}

/** `--network-key`. */
export function networkKeyOption(whose: string): VariableOption {
  const description = `pnet's Fernet key ${whose}`;
  return new VariableOption("--network-key <key>", description, "SYNAPSE_NETWORK_KEY")
    .argParser(parseNetworkKey) as VariableOption;
}

/** What is no key may be a mistyped one: it isn't shown. */
function parseNetworkKey(text: string): string {
  if (/^[A-Za-z0-9_-]{43}=$/.test(text)) return text;
  throw new InvalidArgumentError("It must be 43 characters of URL-safe base64 and a =");
}

/** Says whether a peer is a server of easyrpc. */
export function isEasyrpc(target: CallingFlags["target"]): boolean {
  return typeof target === "string" && target.startsWith("easyrpc://");
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
    secret: flags.secret as string | undefined,
    easyrpcNamespace: isEasyrpc(target) ? flags.namespace as string | undefined : undefined,
  };
}
