/**
 * A node that is asked for others where nobody hears broadcasts: joined, told now and then that we are still
 * there, and asked whom it knows.
 *
 * What it says of others is hearsay: the peer table takes it for names that no key belongs to.
 *
 * @module
 */
import { formatAddress, parseAddress, reachableAt } from "./address.ts";
import type { Clock } from "./channel.ts";
import { RemoteError } from "./errors.ts";
import { readPeerAddress } from "./peer_observation.ts";
import type { PeerTable } from "./peer_table.ts";
import type { Remote } from "./remote.ts";

/** What asking a seed takes. */
export interface SeedOptions {
  /** Where it is. */
  readonly address: string;
  readonly namespace: string;
  readonly table: PeerTable;
  readonly clock: Clock;
  /** Connects, and comes back when the connection breaks. */
  connect(address: string): Promise<Remote>;
  /** What we say of ourselves; undefined where nobody can call us. */
  self(): Readonly<Record<string, string>> | undefined;
  /** It says that our name is another's already. */
  nameTaken(): void;
  /** It can't be reached, or doesn't answer. Said once each time that it goes. */
  warn(error: Error): void;
}

/** What `_synapse.join` refuses a name with. */
export const NAME_TAKEN: string = "name_taken";
/** Twice within the silence after which a peer is taken for offline. */
const ASK_AGAIN_MS = 4_000;
/** More than that are left out: a seed could name any number. */
const MAX_PEERS = 10_000;

/** Asks one seed until it is stopped. */
export class Seed {
  readonly #options: SeedOptions;
  #remote: Remote | undefined;
  #cancelNext: () => void = () => {};
  #isStopped = false;
  #hasWarned = false;

  /** @param options Whom to ask. */
  constructor(options: SeedOptions) {
    this.#options = options;
  }

  /** Asks once, and then again and again. A seed that isn't there is a warning, never an error. */
  async ask(): Promise<void> {
    const { address, clock, warn } = this.#options;
    try {
      this.#remote ??= await this.#options.connect(address);
      await this.#introduce(this.#remote);
      this.#hasWarned = false;
    } catch (error) {
      // One warning each time that it goes, not one each time that it is asked.
      if (!this.#isStopped && !this.#hasWarned) warn(error as Error);
      this.#hasWarned = true;
    }
    if (this.#isStopped) return;
    this.#cancelNext = clock.after(ASK_AGAIN_MS, () => void this.ask());
  }

  /** Asks no more. The connection is its maker's to close. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelNext();
  }

  /** Once more under another name, where ours is taken. */
  async #introduce(remote: Remote): Promise<void> {
    try {
      await this.#exchange(remote);
    } catch (error) {
      if (!(error instanceof RemoteError) || error.code !== NAME_TAKEN) throw error;
      this.#options.nameTaken();
      await this.#exchange(remote);
    }
  }

  async #exchange(remote: Remote): Promise<void> {
    const self = this.#options.self();
    const options = { timeoutMs: ASK_AGAIN_MS };
    if (self === undefined) {
      const seed = await remote.call("_synapse.info", [], options);
      return this.#learn([seed, ...asList(await remote.call("_synapse.peers", [], options))]);
    }
    const joined = await remote.call("_synapse.join", [self], options) as Record<string, unknown>;
    this.#learn([joined?.self, ...asList(joined?.peers)]);
  }

  #learn(peers: readonly unknown[]): void {
    const { namespace, table, clock } = this.#options;
    const self = this.#options.self();
    const seedHost = parseAddress(this.#options.address).host;
    for (const peer of peers.slice(0, MAX_PEERS)) {
      const heard = (typeof peer === "object" && peer !== null ? peer : {}) as Record<
        string,
        unknown
      >;
      const { name, address } = heard;
      if (heard.namespace !== namespace || name === self?.name) continue;
      if (typeof name !== "string" || typeof address !== "string") continue;
      const said = address.startsWith("tcp://") ? readPeerAddress(address) : undefined;
      if (said === undefined) continue;
      // It has put the others' in itself; its own it can't know.
      const reachable = formatAddress(reachableAt(parseAddress(said), seedHost));
      table.merge({ namespace, name, address: reachable, heardMs: clock.unixMs() });
    }
  }
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
