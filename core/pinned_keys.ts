/**
 * Which key a name was first used with, also after the peer itself was forgotten.
 *
 * Names that somebody was heard under for a while and names that were just heard once are kept apart,
 * so that a flood of made-up names can push out only its like.
 *
 * @module
 */

/** One remembered name. */
export interface PinnedKey {
  /** `name@namespace`. */
  readonly handle: string;
  /** The public key, base64url. */
  readonly key: string;
}

/** The keys of peers that are gone, the least recently used forgotten first. */
export class PinnedKeys {
  readonly #established: RecentMap;
  readonly #fleeting: RecentMap;

  /** @param maxEntries How many to remember of either kind, at most. */
  constructor(maxEntries: number) {
    this.#established = new RecentMap(maxEntries);
    this.#fleeting = new RecentMap(maxEntries);
  }

  /**
   * Looks a name up. That counts as use: what is being attacked is not forgotten.
   *
   * @param handle `name@namespace`.
   * @returns The key that belongs to it, if one is remembered.
   */
  get(handle: string): string | undefined {
    return this.#established.get(handle) ?? this.#fleeting.get(handle);
  }

  /**
   * Remembers a key.
   *
   * @param pinned Name and key.
   * @param isEstablished Whether it was heard for a while. Once it was, it stays so.
   */
  remember({ handle, key }: PinnedKey, isEstablished: boolean): void {
    if (isEstablished || this.#established.get(handle) !== undefined) {
      this.#fleeting.delete(handle);
      this.#established.set(handle, key);
    } else {
      this.#fleeting.set(handle, key);
    }
  }

  /** @param handle `name@namespace`, which may belong to anybody from now on. */
  forget(handle: string): boolean {
    const wasEstablished = this.#established.delete(handle);
    return this.#fleeting.delete(handle) || wasEstablished;
  }

  /** @returns The established ones, most recently used last. */
  established(): PinnedKey[] {
    return this.#established.entries().map(([handle, key]) => ({ handle, key }));
  }
}

/**
 * At least half of `maxEntries` most recently used entries, and at most `maxEntries`.
 *
 * In two generations, as taking the oldest out of a `Map` one by one gets slow: at 10,000 entries, 7.5 µs
 * each.
 */
class RecentMap {
  readonly #generationSize: number;
  #young = new Map<string, string>();
  #old = new Map<string, string>();

  constructor(maxEntries: number) {
    this.#generationSize = Math.max(1, Math.floor(maxEntries / 2));
  }

  get(name: string): string | undefined {
    const young = this.#young.get(name);
    if (young !== undefined) return young;
    const old = this.#old.get(name);
    if (old !== undefined) this.set(name, old);
    return old;
  }

  set(name: string, value: string): void {
    this.#old.delete(name);
    if (this.#young.size >= this.#generationSize && !this.#young.has(name)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(name, value);
  }

  delete(name: string): boolean {
    const wasYoung = this.#young.delete(name);
    return this.#old.delete(name) || wasYoung;
  }

  entries(): [string, string][] {
    return [...this.#old, ...this.#young];
  }
}
