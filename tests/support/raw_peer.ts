/**
 * The other end of a connection, written byte by byte: peers that keep no rules.
 *
 * @module
 */
import type { Address } from "../../core/address.ts";
import type { Channel, ChannelSink, Listener, Transport } from "../../core/channel.ts";
import { ByteWriter } from "../../core/codec.ts";
import { encodeMessagePack } from "../../core/codecs/messagepack.ts";
import { MsgpackRpcCodec, type RpcMessage } from "../../core/codecs/msgpack_rpc.ts";
import type { Notify, Response } from "../../core/message.ts";
import { TransportError } from "../../core/errors.ts";

/**
 * A peer under the test's control, and the {@linkcode channel} that leads to it.
 *
 * Everything happens at once: what it sends is served before {@linkcode send} returns, and what is
 * answered then is in {@linkcode messages}.
 */
export class RawPeer {
  /** For the node under test. */
  readonly channel: RawChannel = new RawChannel(this);
  /** What the node has sent, as plain MessagePack-RPC. */
  readonly messages: RpcMessage[] = [];
  /** The node's bytes that this peer has taken. */
  receivedBytes = 0;
  /** What this peer has sent while the node wasn't reading. */
  readonly unread: Uint8Array[] = [];
  /** Why the node has hung up, once it has: undefined when in good order. */
  hungUp: { readonly reason: Error | undefined } | undefined;
  readonly #decoder = new MsgpackRpcCodec({ maxMessageBytes: 2 ** 30, maxItems: 2 ** 30 })
    .decoder();

  /** Encodes and sends messages, all in one chunk. */
  send(...messages: readonly unknown[]): this {
    return this.sendBytes(join(messages.map((message) => encodeMessagePack(message))));
  }

  /** Sends one chunk. */
  sendBytes(bytes: Uint8Array): this {
    if (this.channel.isPaused || this.unread.length > 0) this.unread.push(bytes);
    else this.channel.sink?.data(bytes.slice());
    return this;
  }

  /** Says that it takes streams, cancellation and pings. */
  hello(window = 64): this {
    return this.send([2, "$/hello", [{ name: "raw", namespace: "", window }]]);
  }

  /** Takes nothing any more; until {@linkcode readOn}. */
  stopReading(): this {
    this.channel.isTaken = false;
    return this;
  }

  /** Takes what has been waiting, and what comes. */
  readOn(): this {
    this.channel.isTaken = true;
    return this.readOnce();
  }

  /** Takes what has been waiting, and no more. */
  readOnce(): this {
    this.channel.take();
    return this;
  }

  /** Says that it will say no more. */
  halfClose(): this {
    this.channel.sink?.end();
    return this;
  }

  /** Is gone, and the network says so. */
  cut(error?: Error): this {
    this.channel.over(error);
    return this;
  }

  /** Everything received but the node's own hello. */
  get answers(): RpcMessage[] {
    return this.messages.filter((message) =>
      !(message.type === "notify" && message.method === "$/hello")
    );
  }

  /** The answers to requests. */
  get responses(): Response[] {
    return this.messages.filter((message) => message.type === "response");
  }

  /** Extensions and other notifications of that name: their params. */
  notified(method: string): (readonly unknown[])[] {
    return this.messages.filter((message): message is Notify =>
      message.type === "notify" && message.method === method
    ).map((message) => message.args);
  }

  /** For the channel: the node's output. */
  receive(bytes: Uint8Array): void {
    this.receivedBytes += bytes.length;
    this.messages.push(...this.#decoder.push(bytes.slice()));
    if (this.#decoder.fault !== undefined) throw this.#decoder.fault;
  }
}

const LOCAL: Address = { scheme: "raw", host: "node", port: 1, path: "" };
const REMOTE: Address = { scheme: "raw", host: "peer", port: 2, path: "" };

class RawChannel implements Channel {
  readonly kind = "stream";
  readonly local = LOCAL;
  readonly remote = REMOTE;
  readonly writer: ByteWriter = new ByteWriter();
  readonly #peer: RawPeer;
  sink: ChannelSink | undefined;
  isTaken = true;
  isPaused = false;
  /** How often the node has stopped reading. */
  pauses = 0;
  #highWaterBytes = Infinity;
  #isBlocked = false;
  #isClosing = false;
  #isOver = false;

  constructor(peer: RawPeer) {
    this.#peer = peer;
  }

  get bufferedBytes(): number {
    return this.writer.pendingBytes;
  }

  open(sink: ChannelSink, highWaterBytes = Infinity): void {
    this.#highWaterBytes = highWaterBytes;
    if (this.#isOver) queueMicrotask(() => sink.close());
    else this.sink = sink;
  }

  flush(): boolean {
    if (this.#isClosing) this.writer.drainTo(() => {});
    else if (this.isTaken) this.take();
    else if (this.bufferedBytes >= this.#highWaterBytes) this.#isBlocked = true;
    return !this.#isBlocked;
  }

  pause(): void {
    this.isPaused = true;
    this.pauses++;
  }

  resume(): void {
    this.isPaused = false;
    while (!this.isPaused && this.#peer.unread.length > 0) {
      const chunk = this.#peer.unread.shift()!;
      this.sink?.data(chunk.slice());
    }
  }

  close(reason?: Error): Promise<void> {
    this.#peer.hungUp = { reason: reason ?? this.#peer.hungUp?.reason };
    if (reason !== undefined || this.isTaken) this.over(reason);
    this.#isClosing = true;
    return Promise.resolve();
  }

  /** The peer reads what there is. */
  take(): void {
    this.writer.drainTo((part) => this.#peer.receive(part));
    if (this.#isClosing) return this.over();
    if (!this.#isBlocked) return;
    this.#isBlocked = false;
    this.sink?.drain();
  }

  over(error?: Error): void {
    const { sink } = this;
    this.#isOver = true;
    this.sink = undefined;
    if (sink !== undefined) queueMicrotask(() => sink.close(error));
  }
}

/** Leads to raw peers: those that a test lets connect, and those that it lets be dialled. */
export class RawTransport implements Transport {
  readonly schemes: readonly string[] = ["raw"];
  /** Who answers the next dials, in order; an error is a dial that fails. */
  readonly dialled: (RawPeer | Error | Promise<RawPeer>)[] = [];
  #accept: ((channel: Channel) => void) | undefined;

  /** Lets a peer connect to the node that listens. */
  connect(): RawPeer {
    const peer = new RawPeer();
    this.#accept!(peer.channel);
    return peer;
  }

  async dial(): Promise<Channel> {
    const next = await this.dialled.shift();
    if (next instanceof RawPeer) return next.channel;
    throw next ??
      new TransportError("unreachable", "raw://peer", "Cannot connect as nobody is there");
  }

  listen(at: Address, accept: (channel: Channel) => void): Promise<Listener> {
    this.#accept = accept;
    const close = (): Promise<void> => Promise.resolve();
    return Promise.resolve({ address: at, close, [Symbol.asyncDispose]: close });
  }
}

/** One array of all. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
