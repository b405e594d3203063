/**
 * One connection for one command.
 *
 * @module
 */
import { type CallOptions, Node, type NodeWorld, type Remote, TimeoutError } from "../mod.ts";
import { dialPeer, type DialPeerOptions } from "./dial_peer.ts";
import { type CallingFlags, isEasyrpc } from "./calling_flags.ts";
import type { CliIo } from "./io.ts";
import { findPeer, LOOK_MS, readIdentity, withLookingNode } from "./looking_node.ts";
import { formatPeer } from "./peer_name.ts";
import { UsageError } from "./usage_error.ts";

/** Whom to talk to, and for how long. */
export interface RemoteOptions extends CallingFlags {
  /** For finding the peer, connecting and what comes after together. */
  readonly timeoutMs: number;
  /** What comes after, for the error when it takes too long. */
  readonly operation: string;
}

/** Does what is to be done with a connection. Gets what is left of the time. */
export type RemoteUse<Result> = (remote: Remote, options: CallOptions) => Promise<Result>;

type Connect = (options: DialPeerOptions) => Promise<Remote>;

/**
 * Connects, to a peer that is found by its name where it has no address, and closes in the end.
 *
 * @param options Whom to talk to.
 * @param io The surroundings: Ctrl-C gives up.
 * @param world What differs from this machine.
 * @param use Does what is to be done.
 * @returns What it returns.
 * @throws {TransportError} `unreachable`, when nobody is there.
 * @throws {TimeoutError} With the whole time, also where only the rest of it was waited for.
 */
export async function withRemote<Result>(
  options: RemoteOptions,
  io: CliIo,
  world: Partial<NodeWorld>,
  use: RemoteUse<Result>,
): Promise<Result> {
  const { target } = options;
  if (isEasyrpc(target) && !options.secret) {
    throw new UsageError("easyrpc:// takes the server's --secret, or SYNAPSE_SECRET");
  }
  if (typeof target === "string") {
    const node = new Node(await readIdentity(options.identity), world);
    await teach(node, { ...options, target });
    return await useRemote(
      (dialling) =>
        node.connect(target, {
          ...dialling,
          secret: options.secret,
          namespace: options.easyrpcNamespace,
        }),
      { ...options, io, use },
    );
  }
  const { name, namespace } = target;
  return await withLookingNode(
    { ...options, namespace },
    io,
    world,
    (node) => useRemote((dialling) => connectTo(node, name, dialling), { ...options, io, use }),
  );
}

/** What only few need is loaded only for them. */
async function teach(
  node: Node,
  { target, networkKey, discovery }: RemoteOptions & { readonly target: string },
): Promise<void> {
  if (!target.startsWith("pnet://")) return;
  const { pnetCalls } = await import("../pnet.ts");
  node.speak(pnetCalls({ networkKey, ...discovery }));
}

/**
 * Finds a peer and connects.
 *
 * @param node Looks for peers.
 * @param name The peer's name.
 * @param options Signal, reconnecting; the deadline covers it all.
 * @throws {TransportError} `unreachable`, when nobody of that name is there.
 */
export async function connectTo(
  node: Node,
  name: string,
  options: DialPeerOptions,
): Promise<Remote> {
  const { timeoutMs, signal } = options;
  const startMs = performance.now();
  const peer = await findPeer(node, name, Math.min(timeoutMs, LOOK_MS), signal);
  const leftMs = Math.max(0, timeoutMs - (performance.now() - startMs));
  return await dialPeer(node, peer, { ...options, timeoutMs: leftMs });
}

interface Use<Result> extends RemoteOptions {
  readonly io: CliIo;
  readonly use: RemoteUse<Result>;
}

async function useRemote<Result>(
  connect: Connect,
  { target, timeoutMs, operation, io: { signal }, use }: Use<Result>,
): Promise<Result> {
  const startMs = performance.now();
  const remote = await connect({ timeoutMs, signal });
  try {
    const leftMs = Math.max(0, timeoutMs - (performance.now() - startMs));
    return await use(remote, { signal, timeoutMs: leftMs });
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    throw new TimeoutError(`${operation} at ${formatPeer(target)}`, timeoutMs);
  } finally {
    await remote.close(0);
  }
}
