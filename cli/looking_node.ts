/**
 * A node that looks for peers for one command, and isn't found itself.
 *
 * @module
 */
import {
  formatDuration,
  Node,
  type NodeOptions,
  type NodeWorld,
  type Peer,
  TransportError,
} from "../mod.ts";
import { forAtMost } from "./abort.ts";
import type { DiscoveryFlags } from "./discovery_flags.ts";
import { explainError } from "./explain_error.ts";
import { type CliIo, note } from "./io.ts";
import { readKeyFile } from "./key_file.ts";
import { UsageError } from "./usage_error.ts";

/** Whom to look for. */
export interface LookOptions extends DiscoveryFlags {
  /** The crowd. */
  readonly namespace: string;
}

/** What {@linkcode gatherPeers} takes. */
export interface GatherOptions {
  /** Enough; undefined for as many as there are. */
  readonly expect?: number;
  /** How long to look at most. */
  readonly waitMs: number;
}

/** Whoever asks is answered within 100 ms, or a few times that in a large crowd. */
const QUIET_MS = 400;
/** Nodes say that they are there every 2.5 s: one that was missed is heard again by then. */
export const LOOK_MS: number = 5_000;
/** Seeds that haven't answered by then go on being asked, and nobody waits for them. */
const SEEDS_MS = 1_000;
/** Peers that are named where the one that was wanted isn't there. */
const MAX_NAMED = 8;

/**
 * Looks for peers while something is done with them.
 *
 * @param options Where to look, and as whom.
 * @param io The surroundings.
 * @param world What differs from this machine.
 * @param use Does what is to be done.
 * @returns What it returns.
 */
export async function withLookingNode<Result>(
  options: LookOptions,
  io: CliIo,
  world: Partial<NodeWorld>,
  use: (node: Node) => Promise<Result>,
): Promise<Result> {
  const { namespace, discovery, identity } = options;
  const node = new Node({ namespace, ...await readIdentity(identity) }, world);
  const warnings = new Set<string>();
  node.on("discoveryWarning", ({ error }) => {
    const warning = `warning: ${explainError(error)}`;
    // A seed that is away is asked again and again.
    if (!warnings.has(warning)) note(io, warning);
    warnings.add(warning);
  });
  try {
    await beginLooking(node.discover(discovery), io.signal);
    return await use(node);
  } finally {
    await node.close(0);
  }
}

/**
 * Reads who a node is to be.
 *
 * @param path The key file; undefined for somebody new.
 * @throws {UsageError} When it can't be read.
 */
export async function readIdentity(
  path: string | undefined,
): Promise<Pick<NodeOptions, "identity" | "signed">> {
  return path === undefined ? {} : { identity: await readKeyFile(path), signed: true };
}

/**
 * Waits until a node looks for peers, though not for seeds that don't answer.
 *
 * @param begun What `Node.advertise` or `Node.discover` has returned.
 * @param signal Gives up.
 * @throws {UsageError} When a name can't be one.
 */
export async function beginLooking(begun: Promise<void>, signal: AbortSignal): Promise<void> {
  try {
    await forAtMost(begun, SEEDS_MS, signal);
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(error.message) : error;
  }
}

/**
 * Waits until everybody who is there has had the time to say so, or until there are enough.
 *
 * @param node Looks for peers.
 * @param options How many, how long.
 * @param signal Gives up.
 * @returns Who is there.
 * @throws {TransportError} `unreachable`, when nobody is.
 */
export async function gatherPeers(
  node: Node,
  { expect, waitMs }: GatherOptions,
  signal: AbortSignal,
): Promise<Peer[]> {
  // Counting is dear in a large crowd.
  const isEnough = () =>
    expect !== undefined && node.peers.size >= expect && presentPeers(node).length >= expect;
  const quietMs = expect === undefined ? QUIET_MS : Infinity;
  await untilPeers(node, { waitMs, quietMs, isEnough }, signal);
  const peers = presentPeers(node);
  if (peers.length > 0) return peers;
  const whom = `*@${node.homeNamespace}`;
  throw new TransportError("unreachable", whom, explainNobody(whom, waitMs));
}

/**
 * Waits for a peer.
 *
 * @param node Looks for peers.
 * @param name The peer's name.
 * @param waitMs How long to look.
 * @param signal Gives up.
 * @throws {TransportError} `unreachable`, when it isn't there.
 */
export async function findPeer(
  node: Node,
  name: string,
  waitMs: number,
  signal: AbortSignal,
): Promise<Peer> {
  const isThere = () =>
    (node.peers.named(name, node.homeNamespace)?.state ?? "offline") !== "offline";
  await untilPeers(node, { waitMs, quietMs: Infinity, isEnough: isThere }, signal);
  const found = node.peers.named(name, node.homeNamespace);
  if (found !== undefined && isThere()) return found;
  const others = presentPeers(node).map((peer) => peer.name);
  const whom = `${name}@${node.homeNamespace}`;
  throw new TransportError(
    "unreachable",
    whom,
    others.length === 0 ? explainNobody(whom, waitMs) : explainOthers(whom, others),
  );
}

/**
 * Lists the peers that are there.
 *
 * @param node Looks for them.
 */
export function presentPeers(node: Node): Peer[] {
  return node.peers.list(node.homeNamespace).filter(({ state }) => state !== "offline");
}

interface PeersWait {
  readonly waitMs: number;
  /** Once there is somebody: how long to wait for the next one. */
  readonly quietMs: number;
  isEnough(): boolean;
}

async function untilPeers(
  node: Node,
  { waitMs, quietMs, isEnough }: PeersWait,
  signal: AbortSignal,
): Promise<void> {
  const endMs = performance.now() + waitMs;
  let hasNews = true;
  let wake = (): void => {};
  const unsubscribe = node.on("peerJoined", () => {
    hasNews = true;
    wake();
  });
  try {
    while (hasNews && !isEnough()) {
      hasNews = false;
      const joined = new Promise<void>((resolve) => wake = resolve);
      const leftMs = Math.max(0, endMs - performance.now());
      await forAtMost(joined, node.peers.size > 0 ? Math.min(leftMs, quietMs) : leftMs, signal);
    }
  } finally {
    unsubscribe();
  }
}

function explainNobody(whom: string, waitMs: number): string {
  return `Cannot find ${whom} as nobody was heard there within ${formatDuration(waitMs)}`;
}

function explainOthers(whom: string, others: readonly string[]): string {
  const more = others.length > MAX_NAMED ? `, and ${others.length - MAX_NAMED} more` : "";
  const names = others.toSorted().slice(0, MAX_NAMED).join(", ");
  return `Cannot find ${whom} as only others are there: ${names}${more}`;
}
