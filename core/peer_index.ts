/**
 * Where a peer table keeps its records: found by id and by `name@namespace`, the most expendable one at
 * hand, and the keys of those that are gone.
 *
 * @module
 */
import { IndexedHeap } from "./indexed_heap.ts";
import { compareExpendable, type PeerRecord } from "./peer_record.ts";
import { type PinnedKey, PinnedKeys } from "./pinned_keys.ts";

/** Keeps its parts in step; what is right to add or remove is up to the table. */
export class PeerIndex {
  readonly #byId = new Map<string, PeerRecord>();
  readonly #byHandle = new Map<string, PeerRecord>();
  readonly #expendable = new IndexedHeap<PeerRecord>(compareExpendable);
  readonly #pins: PinnedKeys;

  /** @param maxPins How many keys of peers that are gone to remember, of either kind. */
  constructor(maxPins: number) {
    this.#pins = new PinnedKeys(maxPins);
  }

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): PeerRecord | undefined {
    return this.#byId.get(id);
  }

  named(handle: string): PeerRecord | undefined {
    return this.#byHandle.get(handle);
  }

  records(): IterableIterator<PeerRecord> {
    return this.#byId.values();
  }

  /** The key that a name belongs to, whether its peer is still here or not. */
  keyOf(handle: string): string | undefined {
    return this.#byHandle.get(handle)?.key ?? this.#pins.get(handle);
  }

  /** The one to go first, or undefined when all are held. */
  mostExpendable(): PeerRecord | undefined {
    const record = this.#expendable.peek();
    return record?.isHeld ? undefined : record;
  }

  /** Its id and its name must be free. */
  add(record: PeerRecord): void {
    this.#byId.set(record.id, record);
    this.#byHandle.set(record.handle, record);
    this.#expendable.add(record);
  }

  /** Its key stays behind. */
  remove(record: PeerRecord): void {
    const { id, handle, key } = record;
    this.#byId.delete(id);
    this.#byHandle.delete(handle);
    this.#expendable.remove(record);
    if (key !== undefined) this.#pins.remember({ handle, key }, record.isEstablished);
  }

  /** To be called after any change to a record. */
  update(record: PeerRecord): void {
    this.#expendable.update(record);
  }

  /** To be called after a change of name: the old one is free, the new one must be. */
  rename(record: PeerRecord, oldHandle: string): void {
    this.#byHandle.delete(oldHandle);
    this.#pins.forget(oldHandle);
    this.#byHandle.set(record.handle, record);
  }

  pins(): PinnedKey[] {
    return this.#pins.established();
  }

  pin(pinned: PinnedKey): void {
    this.#pins.remember(pinned, true);
  }

  unpin(handle: string): boolean {
    return this.#pins.forget(handle);
  }
}
