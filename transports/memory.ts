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
  readonly #listeners = new Map<string, (channel: Channel) => void>();
  #nextName = 1;

  /** @inheritdoc */
  dial(to: Address, options: DialOptions = {}): Promise<Channel> {
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    const url = formatAddress(to);
    const accept = this.#listeners.get(to.host);
    if (accept === undefined) {
      return Promise.reject(
        new TransportError("unreachable", url, `Cannot connect to ${url} as nothing listens there`),
      );
    }
    const from: Address = { ...to, host: `${to.host}-${this.#nextName++}` };
    const near = new MemoryChannel(from, to);
    const far = new MemoryChannel(to, from);
    near.attach(far);
    far.attach(near);
    accept(far);
    return Promise.resolve(near);
  }

  /** @inheritdoc */
  listen(at: Address, accept: (channel: Channel) => void): Promise<Listener> {
    const name = at.host === "" ? `${this.#nextName++}` : at.host;
    const address: Address = { ...at, host: name };
    const url = formatAddress(address);
    if (this.#listeners.has(name)) {
      return Promise.reject(
        new TransportError("unreachable", url, `Cannot listen on ${url} as the name is taken`),
      );
    }
    this.#listeners.set(name, accept);
    const close = (): Promise<void> => {
      if (this.#listeners.get(name) === accept) this.#listeners.delete(name);
      return Promise.resolve();
    };
    return Promise.resolve({ address, close, [Symbol.asyncDispose]: close });
  }
}

class MemoryChannel extends BufferedChannel {
  readonly kind = "stream";
  readonly local: Address;
  readonly remote: Address;
  #other: MemoryChannel | undefined;
  #inbox: (Uint8Array | "end")[] = [];
  #inboxBytes = 0;
  #isReading = false;
  #isDeliveryScheduled = false;
  #isFinished = false;
  #hasEnded = false;

  constructor(local: Address, remote: Address) {
    super();
    this.local = local;
    this.remote = remote;
  }

  attach(other: MemoryChannel): void {
    this.#other = other;
  }

  protected get queuedBytes(): number {
    return this.#other === undefined ? 0 : this.#other.#inboxBytes;
  }

  protected transmit(part: Uint8Array): void {
    if (this.#other !== undefined) this.#other.#deliver(part.slice());
  }

  protected startReading(): void {
    this.#isReading = true;
    this.#schedule();
  }

  protected stopReading(): void {
    this.#isReading = false;
  }

  protected finish(): void {
    this.#isFinished = true;
    if (this.#other !== undefined) this.#other.#deliver("end");
    this.#isReading = true;
    this.#schedule();
  }

  protected abort(): void {
    const other = this.#other;
    const url = formatAddress(this.remote);
    this.#leave();
    if (other === undefined) return;
    queueMicrotask(() =>
      other.#leave(
        new TransportError(
          "connection_lost",
          url,
          `Connection with ${url} was cut by the other side`,
        ),
      )
    );
  }

  #deliver(part: Uint8Array | "end"): void {
    this.#inbox.push(part);
    if (part !== "end") this.#inboxBytes += part.length;
    this.#schedule();
  }

  #schedule(): void {
    if (
      this.#isDeliveryScheduled || !this.#isReading || (this.#inbox.length === 0 && !this.#hasEnded)
    ) return;
    this.#isDeliveryScheduled = true;
    queueMicrotask(() => {
      this.#isDeliveryScheduled = false;
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
      this.#other?.drained();
      if (this.#hasEnded && this.#isFinished) this.#leave();
    });
  }

  #leave(error?: Error): void {
    const other = this.#other;
    this.#other = undefined;
    this.#isReading = false;
    this.#inbox = [];
    this.#inboxBytes = 0;
    this.gone(error);
    if (error === undefined && other !== undefined && other.#hasEnded && other.#isFinished) other.#leave();
  }
}
