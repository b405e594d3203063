/**
 * Items that wait to be read, and about how much memory they hold.
 *
 * An estimate, made of what decoders give: an item may be a map of a million empty maps, or four kilobytes that
 * keep the whole message that they came in.
 *
 * @module
 */

/** A value's own place: a number in an array, a key in a map. */
const VALUE_BYTES = 16;
/** An empty array or map. */
const CONTAINER_BYTES = 56;

/** A queue that knows what it costs. */
export class HeldItems {
  readonly #items: unknown[] = [];
  readonly #sizes: number[] = [];
  #bytes = 0;
  #lastBuffer: ArrayBufferLike | undefined;

  /** How many there are. */
  get length(): number {
    return this.#items.length;
  }

  /** About how many bytes of memory they hold. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds one at the end. */
  push(item: unknown): void {
    const size = new Size();
    size.add(item);
    // Items that came in one chunk share its buffer, and come one after the other.
    const bufferBytes = size.buffer === this.#lastBuffer ? 0 : size.buffer?.byteLength ?? 0;
    this.#lastBuffer = size.buffer;
    this.#items.push(item);
    this.#sizes.push(size.bytes + bufferBytes);
    this.#bytes += size.bytes + bufferBytes;
  }

  /** Takes the first one; there must be one. */
  shift(): unknown {
    this.#bytes -= this.#sizes.shift()!;
    if (this.#items.length === 1) this.#lastBuffer = undefined;
    return this.#items.shift();
  }

  /** Drops all. */
  clear(): void {
    this.#items.length = this.#sizes.length = this.#bytes = 0;
    this.#lastBuffer = undefined;
  }
}

/** Adds up one item. */
class Size {
  bytes = 0;
  /** The largest that bytes are views into: a message's views all share one. */
  buffer: ArrayBufferLike | undefined;

  add(value: unknown): void {
    this.bytes += VALUE_BYTES;
    if (typeof value === "string") this.bytes += value.length;
    else if (typeof value === "object" && value !== null) this.#addObject(value);
  }

  #addObject(value: object): void {
    if (ArrayBuffer.isView(value)) {
      const { buffer } = value;
      if (buffer.byteLength > (this.buffer?.byteLength ?? 0)) this.buffer = buffer;
      // Short bytes have buffers of their own.
      this.bytes += value.byteLength < buffer.byteLength ? 0 : value.byteLength;
      return;
    }
    this.bytes += CONTAINER_BYTES;
    if (Array.isArray(value)) {
      for (const element of value) this.add(element);
    } else if (value instanceof Map) {
      for (const [key, element] of value) {
        this.add(key);
        this.add(element);
      }
    } else if (Object.getPrototypeOf(value) === Object.prototype) {
      for (const key in value) {
        this.add(key);
        this.add((value as Record<string, unknown>)[key]);
      }
    }
  }
}
