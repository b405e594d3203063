/**
 * Connects to a peer that was found.
 *
 * @module
 */
import { type ConnectOptions, type Node, type Peer, type Remote, TimeoutError } from "../mod.ts";

/** How long to try, and whether to come back. */
export interface DialPeerOptions extends ConnectOptions {
  /** For all addresses together. */
  readonly timeoutMs: number;
  /** Gives up. */
  readonly signal: AbortSignal;
}

/**
 * Tries one address after the other, newest first: the others are where the peer once was.
 *
 * @param node Connects.
 * @param peer Whom to.
 * @param options How long.
 * @throws {TransportError} `unreachable`, when none of them answers.
 * @throws {TimeoutError} When that takes too long.
 */
export async function dialPeer(
  node: Node,
  { name, addresses }: Peer,
  options: DialPeerOptions,
): Promise<Remote> {
  const { timeoutMs, signal } = options;
  const endMs = performance.now() + timeoutMs;
  let failure: unknown = new TimeoutError(`connect to ${name}`, timeoutMs);
  for (const address of addresses) {
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) break;
    try {
      return await node.connect(address, { ...options, timeoutMs: leftMs });
    } catch (error) {
      signal.throwIfAborted();
      failure = error;
    }
  }
  throw failure;
}
