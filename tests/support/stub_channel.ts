/**
 * The channel to a peer that the test plays.
 *
 * @module
 */
import type { Address } from "../../core/address.ts";
import { BufferedChannel } from "../../transports/buffered_channel.ts";
import { join } from "./raw_peer.ts";

/** A connection whose other end is the test. */
export class StubChannel extends BufferedChannel {
  readonly kind = "stream";
  readonly local: Address = { scheme: "stub", host: "node", port: 1, path: "" };
  readonly remote: Address = { scheme: "stub", host: "peer", port: 2, path: "" };
  /** How it was closed from this end, once it was: without a reason in good order. */
  closing: { readonly reason: Error | undefined } | undefined;
  #parts: Uint8Array[] = [];

  protected readonly queuedBytes = 0;

  /** Writes that went out, each as one. */
  get writes(): readonly Uint8Array[] {
    return this.#parts;
  }

  /** All that went out. */
  get output(): Uint8Array {
    return join(this.#parts);
  }

  /** The peer sends. */
  say(bytes: Uint8Array): this {
    this.received(bytes.slice());
    return this;
  }

  /** The peer says that it will say no more. */
  halfClose(): this {
    this.ended();
    return this;
  }

  /** The peer is gone. */
  cut(error?: Error): this {
    this.gone(error);
    return this;
  }

  override close(reason?: Error): Promise<void> {
    this.closing ??= { reason };
    return super.close(reason);
  }

  protected transmit(part: Uint8Array): void {
    this.#parts.push(part.slice());
  }

  protected startReading(): void {}

  protected stopReading(): void {}

  protected finish(): void {}

  protected abort(): void {
    queueMicrotask(() => this.gone());
  }
}
