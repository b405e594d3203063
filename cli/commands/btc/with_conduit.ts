/**
 * The conduit of a command: opened, used, closed.
 *
 * @module
 */
import { dirname, join } from "node:path";
import {
  type BitcoinNetwork,
  Conduit,
  type ConduitWorld,
  requireNetwork,
} from "../../../bitcoin.ts";
import { formatDuration, SynapseError, TimeoutError } from "../../../mod.ts";
import { readVariables } from "../../environment.ts";
import { EXIT_CODE } from "../../exit_code.ts";
import { explainError } from "../../explain_error.ts";
import { harmlessLine } from "../../harmless.ts";
import { type CliIo, note } from "../../io.ts";
import { defaultKeyPath } from "../../key_file.ts";
import { UsageError } from "../../usage_error.ts";
import type { Variables } from "../../variables.ts";
import type { ConnectingFlags } from "./flags.ts";

/** What differs from this machine. */
export interface CommandWorld extends Partial<ConduitWorld> {
  /** The environment. */
  readonly variables?: Variables;
}

/**
 * Lends a conduit to a command.
 *
 * @param flags Which network, and whom to ask.
 * @param io The surroundings.
 * @param world What differs from this machine.
 * @param use Does what is to be done. Gives the exit code.
 * @returns The exit code: 3 when nobody can be reached.
 */
export async function withConduit(
  flags: ConnectingFlags,
  io: CliIo,
  world: CommandWorld,
  use: (conduit: Conduit) => Promise<number>,
): Promise<number> {
  const conduit = openConduit(flags, world);
  let failure: string | undefined;
  conduit.events.on("dialFailed", ({ peer, reason }) => failure = nameFailure(peer, reason));
  try {
    return await use(conduit);
  } catch (error) {
    if (io.signal.aborted) throw io.signal.reason;
    const reason = explainAbsence(error, conduit, failure);
    if (reason === undefined) throw error;
    await note(io, reason);
    return EXIT_CODE.unreachable;
  } finally {
    await conduit.close();
  }
}

/**
 * Makes one.
 *
 * @param flags Which network, and whom to ask.
 * @param world What differs from this machine.
 * @throws {UsageError} When the flags name what isn't there.
 */
export function openConduit(flags: ConnectingFlags, world: CommandWorld = {}): Conduit {
  const { peers, proxy } = flags;
  const { variables = readVariables(), ...parts } = world;
  const network = findNetworkFlag(flags.network);
  if (peers.length === 0 && network.dnsSeeds.length === 0) {
    throw new UsageError(
      `Cannot look for nodes of ${network.name} as it has no DNS seeds: name a node to ask`,
    );
  }
  // Who names peers meets no others, and has nothing to remember.
  const addressBook = peers.length === 0 ? addressBookPath(network, variables) : undefined;
  try {
    return new Conduit({ network, peers, proxy, addressBook }, parts);
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(error.message) : error;
  }
}

/**
 * Reads `--network`.
 *
 * @param name As it was written.
 * @throws {UsageError} When there is none of that name.
 */
export function findNetworkFlag(name: string): BitcoinNetwork {
  try {
    return requireNetwork(name);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/**
 * Says where a network's nodes are remembered.
 *
 * @param network Each has a file of its own.
 * @param variables The environment.
 * @returns undefined where there is no home to remember anything in.
 */
export function addressBookPath(
  { name }: BitcoinNetwork,
  variables: Variables,
): string | undefined {
  try {
    return join(dirname(defaultKeyPath(variables)), `bitcoin-${name}.json`);
  } catch {
    return undefined;
  }
}

/**
 * Says of whom it is that something went wrong, where that isn't said.
 *
 * @param peer As `host:port`.
 * @param reason What went wrong: in a stranger's words, too.
 */
export function nameFailure(peer: string, reason: string): string {
  return harmlessLine(reason.includes(peer) ? reason : `${peer}: ${reason}`);
}

/** @returns undefined where somebody was there. */
function explainAbsence(
  error: unknown,
  conduit: Conduit,
  failure: string | undefined,
): string | undefined {
  if (error instanceof TimeoutError && conduit.getPeers().length === 0) {
    const { name } = conduit.network;
    const last = failure === undefined ? "" : `; the last that was tried: ${failure}`;
    return `no node of ${name} could be reached within ${formatDuration(error.timeoutMs)}${last}`;
  }
  const isNobody = error instanceof SynapseError && error.code === "unreachable";
  return isNobody ? explainError(error) : undefined;
}
