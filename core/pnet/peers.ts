/**
 * The nodes of one pnet network that adverts have told of.
 *
 * Adverts prove nothing, and real nodes draw a new key whenever they start: a later advert moves a name to
 * another address and key, as it does in real nodes. Real nodes never forget; here, a node that has been silent
 * gives way when there are too many.
 *
 * @module
 */
import type { Address } from "../address.ts";
import type { Clock } from "../channel.ts";
import type { PnetAdvert } from "../codecs/pnet_advert.ts";

/** A node that can be called. */
export interface PnetPeer {
  /** Its name in the network. */
  readonly name: string;
  /** Where it takes connections. */
  readonly address: Address;
  /** Its public key as PKCS#1 PEM. */
  readonly publicKeyPem: string;
}

/** What an advert has changed: nothing for `unchanged`, and nothing for `full` and `self`, which are refused. */
export type PnetMergeOutcome = "joined" | "moved" | "unchanged" | "self" | "full";

/** What {@linkcode PnetPeers} is made with. */
export interface PnetPeersOptions {
  /** The node's own name, which nobody else can take. */
  readonly self: string;
  readonly clock: Pick<Clock, "now">;
  /** How many nodes it holds. */
  readonly maxPeers: number;
  /** Milliseconds for which a silent node keeps its place. */
  readonly peerSilenceMs: number;
}

interface Entry {
  peer: PnetPeer;
  heardMs: number;
}

/** Names to nodes. */
export class PnetPeers {
  readonly #options: PnetPeersOptions;
  /** The one heard of longest ago comes first. */
  readonly #entries = new Map<string, Entry>();
  readonly #waiting = new Map<string, Set<(peer: PnetPeer) => void>>();

  /** @param options Bounds, own name, time. */
  constructor(options: PnetPeersOptions) {
    this.#options = options;
  }

  /** How many are known. */
  get size(): number {
    return this.#entries.size;
  }

  /** Their names. */
  get names(): string[] {
    return [...this.#entries.keys()];
  }

  /** Finds one by its name. */
  get(name: string): PnetPeer | undefined {
    return this.#entries.get(name)?.peer;
  }

  /** Finds one by its key. */
  byKey(publicKeyPem: string): PnetPeer | undefined {
    for (const { peer } of this.#entries.values()) {
      if (peer.publicKeyPem === publicKeyPem) return peer;
    }
    return undefined;
  }

  /** Takes in what an advert says. */
  merge(advert: PnetAdvert): PnetMergeOutcome {
    const host = advert.host === "localhost" ? "127.0.0.1" : advert.host;
    return this.add({
      name: advert.name,
      address: { scheme: "tcp", host, port: advert.port, path: "" },
      publicKeyPem: advert.publicKeyPem,
    });
  }

  /** Takes in a node that somebody else knows of. */
  add(peer: PnetPeer): PnetMergeOutcome {
    const { name } = peer;
    if (name === this.#options.self) return "self";
    const known = this.#entries.get(name);
    if (known === undefined && !this.#hasRoom()) return "full";
    const isSame = known !== undefined && isEqual(known.peer, peer);
    this.#entries.delete(name);
    this.#entries.set(name, {
      peer: isSame ? known.peer : peer,
      heardMs: this.#options.clock.now(),
    });
    for (const found of this.#waiting.get(name) ?? []) found(peer);
    return isSame ? "unchanged" : known === undefined ? "joined" : "moved";
  }

  /** Forgets one. @returns Whether it was known. */
  remove(name: string): boolean {
    return this.#entries.delete(name);
  }

  /**
   * Waits until a node is known.
   *
   * @param name Its name.
   * @param signal Gives up; the promise rejects with its reason.
   */
  find(name: string, signal: AbortSignal): Promise<PnetPeer> {
    const known = this.get(name);
    if (known !== undefined) return Promise.resolve(known);
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(name) ?? new Set();
      const leave = (): void => {
        signal.removeEventListener("abort", aborted);
        waiting.delete(found);
        if (waiting.size === 0) this.#waiting.delete(name);
      };
      const found = (peer: PnetPeer): void => {
        leave();
        resolve(peer);
      };
      const aborted = (): void => {
        leave();
        reject(signal.reason);
      };
      this.#waiting.set(name, waiting.add(found));
      signal.addEventListener("abort", aborted);
    });
  }

  #hasRoom(): boolean {
    const { maxPeers, peerSilenceMs, clock } = this.#options;
    if (this.#entries.size < maxPeers) return true;
    const [oldest] = this.#entries;
    if (clock.now() - oldest[1].heardMs < peerSilenceMs) return false;
    return this.#entries.delete(oldest[0]);
  }
}

function isEqual(a: PnetPeer, b: PnetPeer): boolean {
  return a.publicKeyPem === b.publicKeyPem && a.address.host === b.address.host &&
    a.address.port === b.address.port && a.address.scheme === b.address.scheme;
}
