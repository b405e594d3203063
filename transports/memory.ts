/**
 * Connections inside one process: `memory://name`. For tests, and for parts of one program that
 * shouldn't know whether they share a process.
 *
 * Bytes are copied and delivered on a later microtask, as from a network: nothing is shared.
 *
 * @module
 */
import { type Address, formatAddress } from "../core/address.ts";
import type { Channel, DialOptions, Listener, Transport } from "../core/channel.ts";
import { TransportError } from "../core/errors.ts";
import { BufferedChannel } from "./buffered_channel.ts";

/** Names and who listens on them. Processes, so to speak, share an instance. */
export class MemoryTransport implements Transport {
  /** @inheritdoc */
  readonly schemes: readonly string[] = ["memory"];
  readonly #listeners = new Map<string, { accept: (channel: Channel) => void }>();
  #nextName = 1;

  /** @inheritdoc */
  async dial(to: Address, options: DialOptions = {}): Promise<Channel> {
    // A network takes its time too: whoever dials may give up meanwhile.
    await Promise.resolve();
    options.signal?.throwIfAborted();
    const listener = this.#listeners.get(to.host);
    if (listener === undefined) throw unreachable("connect to", to, "nothing listens there");
    const from: Address = { ...to, host: `${to.host}-${this.#nextName++}` };
    const [near, far] = MemoryChannel.pair(from, to);
    listener.accept(far);
    return near;
  }

  /** @inheritdoc */
  listen(at: Address, accept: (channel: Channel) => void): Promise<Listener> {
    const name = at.host === "" ? `${this.#nextName++}` : at.host;
    const address: Address = { ...at, host: name };
    if (this.#listeners.has(name)) {
      return Promise.reject(unreachable("listen on", address, "the name is taken"));
    }
    const listener = { accept };
    this.#listeners.set(name, listener);
    const close = (): Promise<void> => {
      if (this.#listeners.get(name) === listener) this.#listeners.delete(name);
      return Promise.resolve();
    };
    return Promise.resolve({ address, close, [Symbol.asyncDispose]: close });
  }
}

class MemoryChannel extends BufferedChannel {
  readonly kind = "stream";
  readonly local: Address;
  readonly remote: Address;
  #other!: MemoryChannel;
  #inbox: (Uint8Array | "end")[] = [];
  #inboxBytes = 0;
  #isReading = false;
  #isDeliveryScheduled = false;
  #isFinished = false;
  #hasEnded = false;

  /** Both ends of a new connection. */
  static pair(near: Address, far: Address): readonly [MemoryChannel, MemoryChannel] {
    const one = new MemoryChannel(near, far);
    const other = new MemoryChannel(far, near);
    one.#other = other;
    other.#other = one;
    return [one, other];
  }

  constructor(local: Address, remote: Address) {
    super();
    this.local = local;
    this.remote = remote;
  }

  protected get queuedBytes(): number {
    return this.#other.#inboxBytes;
  }

  protected transmit(part: Uint8Array): void {
    this.#other.#inboxBytes += part.length;
    this.#other.#put(part.slice());
  }

  protected startReading(): void {
    this.#isReading = true;
    this.#scheduleDelivery();
  }

  protected stopReading(): void {
    this.#isReading = false;
  }

  protected finish(): void {
    this.#isFinished = true;
    this.#other.#put("end");
    this.startReading();
  }

  protected abort(): void {
    queueMicrotask(() => {
      this.#leave();
      const url = formatAddress(this.local);
      const reason = `Connection with ${url} broke: the other side cut it`;
      this.#other.#leave(new TransportError("connection_lost", url, reason));
    });
  }

  #put(part: Uint8Array | "end"): void {
    this.#inbox.push(part);
    this.#scheduleDelivery();
  }

  #scheduleDelivery(): void {
    if (this.#isDeliveryScheduled || !this.#isReading) return;
    this.#isDeliveryScheduled = true;
    queueMicrotask(() => {
      this.#isDeliveryScheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    while (this.#isReading && this.#inbox.length > 0) {
      const part = this.#inbox.shift()!;
      if (part === "end") {
        this.#hasEnded = true;
        this.ended();
      } else {
        this.#inboxBytes -= part.length;
        this.received(part);
      }
    }
    this.#other.drained();
    if (this.#hasEnded && this.#isFinished) this.gone();
  }

  #leave(error?: Error): void {
    this.#isReading = false;
    this.#inbox = [];
    this.#inboxBytes = 0;
    this.gone(error);
  }
}

function unreachable(attempt: string, address: Address, reason: string): TransportError {
  const url = formatAddress(address);
  return new TransportError("unreachable", url, `Cannot ${attempt} ${url} as ${reason}`);
}
