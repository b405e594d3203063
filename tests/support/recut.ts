/**
 * A network that cuts and joins at will.
 *
 * @module
 */
import type { Address } from "../../core/address.ts";
import type { Channel, ChannelSink, DialOptions, Listener, Transport } from "../../core/channel.ts";
import { MemoryTransport } from "../../transports/memory.ts";
import { join } from "./raw_peer.ts";

/** In-process connections whose chunks arrive in other pieces than they were sent in. */
export class RecutTransport implements Transport {
  readonly schemes: readonly string[] = ["memory"];
  readonly #inner = new MemoryTransport();
  readonly #nextSize: () => number;

  /** @param nextSize How large the next piece is; 0 keeps what there is until more has come. */
  constructor(nextSize: () => number) {
    this.#nextSize = nextSize;
  }

  async dial(to: Address, options?: DialOptions): Promise<Channel> {
    return recut(await this.#inner.dial(to, options), this.#nextSize);
  }

  listen(at: Address, accept: (channel: Channel) => void): Promise<Listener> {
    return this.#inner.listen(at, (channel) => accept(recut(channel, this.#nextSize)));
  }
}

/** The same channel, but for how it is opened. */
function recut(channel: Channel, nextSize: () => number): Channel {
  return new Proxy(channel, {
    get(target, name) {
      if (name === "open") {
        return (sink: ChannelSink, highWaterBytes?: number): void =>
          target.open(new RecuttingSink(sink, nextSize), highWaterBytes);
      }
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

class RecuttingSink implements ChannelSink {
  readonly #sink: ChannelSink;
  readonly #nextSize: () => number;
  #kept: Uint8Array = new Uint8Array(0);

  constructor(sink: ChannelSink, nextSize: () => number) {
    this.#sink = sink;
    this.#nextSize = nextSize;
  }

  data(chunk: Uint8Array): void {
    let left = join([this.#kept, chunk]);
    this.#kept = new Uint8Array(0);
    while (left.length > 0) {
      const size = this.#nextSize();
      if (size === 0) {
        this.#kept = left;
        // Nothing may follow for a long time.
        queueMicrotask(() => this.#release());
        return;
      }
      this.#sink.data(left.slice(0, size));
      left = left.slice(size);
    }
  }

  drain(): void {
    this.#sink.drain();
  }

  end(): void {
    this.#release();
    this.#sink.end();
  }

  close(error?: Error): void {
    this.#sink.close(error);
  }

  #release(): void {
    const kept = this.#kept;
    this.#kept = new Uint8Array(0);
    if (kept.length > 0) this.#sink.data(kept);
  }
}
