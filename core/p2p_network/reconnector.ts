/**
 * Connects anew with nodes that were lost, again and again, until somebody gives up.
 *
 * @module
 */
import type { Clock } from "../channel.ts";
import type { P2pEvents, P2pPeer } from "./peer.ts";

/** Where a node listens. */
export interface P2pPlace {
  readonly host: string;
  readonly port: number;
}

/** What {@linkcode P2pReconnector} takes. */
export interface P2pReconnectorOptions {
  readonly clock: Clock;
  /** Before each attempt. */
  readonly delayMs: number;
  /** Connects. */
  connect(place: P2pPlace): Promise<P2pPeer>;
  /** Tells that a node isn't there. */
  failed(event: P2pEvents["nodeReconnectionError"]): void;
}

/** A node that is to stay connected. */
interface Kept extends P2pPlace {
  cancel: () => void;
  isForgotten: boolean;
}

/** Keeps nodes connected. */
export class P2pReconnector {
  readonly #options: P2pReconnectorOptions;
  readonly #kept = new Map<P2pPeer, Kept>();

  /** @param options How. */
  constructor(options: P2pReconnectorOptions) {
    this.#options = options;
  }

  /** From now on this node is connected with anew when it is lost. */
  keep(peer: P2pPeer, { host, port }: P2pPlace): void {
    if (this.#kept.has(peer)) return;
    this.#kept.set(peer, { host, port, cancel: () => {}, isForgotten: false });
    if (!peer.isConnected) this.lost(peer);
  }

  /** It is not, from now on. */
  forget(peer: P2pPeer): void {
    const kept = this.#kept.get(peer);
    if (kept === undefined) return;
    this.#kept.delete(peer);
    kept.isForgotten = true;
    kept.cancel();
  }

  /** A node is gone, perhaps one of those. */
  lost(peer: P2pPeer): void {
    const kept = this.#kept.get(peer);
    if (kept !== undefined) this.#schedule(peer, kept, 1);
  }

  /** Ends it. */
  close(): void {
    for (const peer of [...this.#kept.keys()]) this.forget(peer);
  }

  #schedule(peer: P2pPeer, kept: Kept, trials: number): void {
    const { clock, delayMs } = this.#options;
    kept.cancel = clock.after(delayMs, () => this.#try(peer, kept, trials));
  }

  #try(peer: P2pPeer, kept: Kept, trials: number): void {
    const { host, port } = kept;
    this.#options.failed({ host, port, trials, giveUp: () => this.forget(peer) });
    if (kept.isForgotten) return;
    this.#options.connect({ host, port }).then(
      (next) => {
        const isUnwanted = kept.isForgotten;
        this.forget(peer);
        if (!isUnwanted) this.keep(next, { host, port });
        // Somebody has lost interest while it was being dialled.
        else next.close().catch(() => {});
      },
      () => {
        if (!kept.isForgotten) this.#schedule(peer, kept, trials + 1);
      },
    );
  }
}
