/**
 * Learns from each peer what its adverts don't say.
 *
 * @module
 */
import type { Node, Peer } from "../../../mod.ts";
import { dialPeer, type DialPeerOptions } from "../../dial_peer.ts";
import { presentPeers } from "../../looking_node.ts";
import type { Found } from "./peer_lines.ts";

/** More at once would measure our own queue. */
const MAX_AT_ONCE = 32;

/** Pings peers, and asks what they publish, once each time that they come. */
export class Surveyor implements AsyncDisposable {
  /** Knows the peers, and gets to know their latency. */
  readonly node: Node;
  readonly #options: DialPeerOptions;
  readonly #functions = new Map<string, readonly string[]>();
  readonly #over = new AbortController();
  readonly #waiting: Peer[] = [];
  readonly #running = new Set<Promise<void>>();
  #unsubscribe = (): void => {};

  /**
   * @param node Looks for peers.
   * @param options For each of them.
   */
  constructor(node: Node, { timeoutMs, signal }: DialPeerOptions) {
    this.node = node;
    this.#options = { timeoutMs, signal: AbortSignal.any([signal, this.#over.signal]) };
  }

  /**
   * Asks those that are there, and each that comes, until the end.
   *
   * @param onAnswer Gets each that has answered.
   */
  begin(onAnswer: (found: Found) => void = () => {}): void {
    const ask = (peer: Peer): void => {
      this.#waiting.push(peer);
      this.#askNext(onAnswer);
    };
    this.#unsubscribe = this.node.on("peerJoined", ({ peer }) => ask(peer));
    for (const peer of presentPeers(this.node)) ask(peer);
  }

  /** Those that are there, with what was learnt of them so far. */
  found(): Found[] {
    return presentPeers(this.node).map((peer) => this.#found(peer));
  }

  /** Ends: asks no more. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    this.#waiting.length = 0;
    this.#over.abort();
    await Promise.all(this.#running);
  }

  #askNext(onAnswer: (found: Found) => void): void {
    if (this.#running.size >= MAX_AT_ONCE) return;
    const peer = this.#waiting.shift();
    if (peer === undefined) return;
    const asking = this.#ask(peer).then(
      () => onAnswer(this.#found(this.node.peers.get(peer.id) ?? peer)),
      // Whoever can't be reached is listed without.
      () => {},
    ).then(() => {
      this.#running.delete(asking);
      this.#askNext(onAnswer);
    });
    this.#running.add(asking);
  }

  async #ask(peer: Peer): Promise<void> {
    const remote = await dialPeer(this.node, peer, this.#options);
    try {
      this.node.peers.pinged(peer.id, await remote.ping(this.#options));
      const endpoints = await remote.methods(this.#options);
      this.#functions.set(peer.id, endpoints.map(({ name }) => name));
    } finally {
      await remote.close(0);
    }
  }

  #found(peer: Peer): Found {
    const { id, functions } = peer;
    const told = functions.length > 0 ? functions : undefined;
    return { peer, functions: this.#functions.get(id) ?? told };
  }
}
