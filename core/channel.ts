/**
 * What core needs of the world, as interfaces: connections, listeners, time.
 *
 * Core never opens a socket and never reads a clock. Whoever embeds it hands in {@linkcode
 * Transport}s and a {@linkcode Clock}; the real ones are in `transports/`, the fake ones in tests.
 *
 * @module
 */
import type { Address } from "./address.ts";
import type { ByteWriter } from "./codec.ts";
import type { TransportError } from "./errors.ts";

/** Receives what a {@linkcode Channel} has to say. Never called before `open`, nor after `close`. */
export interface ChannelSink {
  /**
   * Bytes have arrived.
   *
   * @param chunk Belongs to the sink from now on: the channel neither reads nor writes it again.
   */
  data(chunk: Uint8Array): void;
  /** Output that made `flush` answer false has gone out. */
  drain(): void;
  /** The other side has said all that it will, but may still listen. */
  end(): void;
  /**
   * The channel is gone: the last call that the sink gets.
   *
   * @param error Why, or undefined when either side closed in good order.
   */
  close(error?: Error): void;
}

/** An ordered duplex to one remote. */
export interface Channel {
  /** `stream` delivers arbitrary chunks, `message` whole messages. */
  readonly kind: "stream" | "message";
  /** This end. */
  readonly local: Address;
  /** The other end. */
  readonly remote: Address;
  /** Output is appended here, then handed on by {@linkcode flush}. */
  readonly writer: ByteWriter;
  /** Bytes handed to `flush` or waiting in `writer` that the network has not taken yet. */
  readonly bufferedBytes: number;
  /**
   * Starts delivery. Until then nothing is read.
   *
   * @param sink Gets everything from now on; a second call replaces it.
   * @param highWaterBytes Unsent output above which {@linkcode flush} answers false.
   */
  open(sink: ChannelSink, highWaterBytes?: number): void;
  /**
   * Sends what `writer` holds, at the end of this tick, or at once when enough is waiting that the
   * other side had better start.
   *
   * @returns false above the high-water mark: stop producing until `drain`.
   */
  flush(): boolean;
  /** Stops reading; at most what is already on its way still arrives. */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /**
   * Closes. Without a reason in good order: what is buffered goes out first. With one at once, and
   * what is buffered is dropped.
   *
   * @param reason Handed to the sink's `close`.
   * @returns Settles when the channel is gone.
   */
  close(reason?: Error): Promise<void>;
}

/** How much has gone through so far. */
export interface Traffic {
  /** In bytes. */
  readonly receivedBytes: number;
  /** In bytes, those included that wait to be sent. */
  readonly sentBytes: number;
}

/** A bound listening socket. */
export interface Listener extends AsyncDisposable {
  /** Where it listens, with the port that the system chose when 0 was asked for. */
  readonly address: Address;
  /** Of all connections that it has accepted, closed ones included; undefined where nothing is sent as bytes. */
  readonly traffic?: Traffic;
  /** Stops accepting. Connections already accepted stay. */
  close(): Promise<void>;
}

/** What {@linkcode Transport.dial} takes. */
export interface DialOptions {
  /** Gives up dialling; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A way to reach other processes. */
export interface Transport {
  /** The URL schemes that it serves, such as `tcp`. */
  readonly schemes: readonly string[];
  /**
   * Connects.
   *
   * @throws {TransportError} `unreachable`, with the socket's error as cause.
   */
  dial(to: Address, options?: DialOptions): Promise<Channel>;
  /**
   * Listens.
   *
   * @param at Where; port 0 lets the system choose.
   * @param accept Called once a connection. Must call `open` on the channel or close it.
   * @throws {TransportError} `unreachable`, when the address is taken or not ours.
   */
  listen(at: Address, accept: (channel: Channel) => void): Promise<Listener>;
}

/** Where a datagram comes from or goes to. */
export interface DatagramAddress {
  /** An IPv4 address. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** A network that one broadcast reaches; this machine itself is one. */
export interface DatagramLink {
  /** Our own IPv4 address in it. */
  readonly host: string;
}

/** Receives what a {@linkcode DatagramTransport} has to say. */
export interface DatagramSink {
  /**
   * A datagram has arrived. It may be anything, from anybody.
   *
   * @param datagram Belongs to the sink from now on.
   * @param from Where it says that it comes from.
   */
  receive(datagram: Uint8Array, from: DatagramAddress): void;
  /** Something can't be had, and is done without. Said once for each cause. */
  warn(error: TransportError): void;
}

/** Datagrams, to one or to all: may be lost, doubled or overtaken, and nobody says so. */
export interface DatagramTransport {
  /**
   * Starts delivery.
   *
   * @param sink Gets everything from now on.
   * @param preferredPort The port to send from, and to be reached at alone, where it is free; any other
   * where it isn't, or where left out.
   * @returns Settles when datagrams are heard. What can't be had is a warning: it never rejects.
   */
  open(sink: DatagramSink, preferredPort?: number): Promise<void>;
  /** The networks that broadcasts reach just now. */
  links(): readonly DatagramLink[];
  /** Sends to one, or not. */
  send(datagram: Uint8Array, to: DatagramAddress): void;
  /** Sends to everybody else in one network who listens on the port that all share. */
  broadcast(datagram: Uint8Array, link: DatagramLink): void;
  /** Closes. What was sent before still goes out. */
  close(): Promise<void>;
}

/** Time, as an argument. */
export interface Clock {
  /** Milliseconds from some fixed point, never going back. For durations. */
  now(): number;
  /** Milliseconds since 1970, as the wall shows them. For what leaves the process. */
  unixMs(): number;
  /**
   * Calls back once.
   *
   * @param delayMs From now; 0 means on a later turn of the event loop.
   * @returns Takes the call back. Safe to call twice, or too late.
   */
  after(delayMs: number, callback: () => void): () => void;
}

/** A number from 0 up to, not including, 1; the signature of `Math.random`. */
export type Random = () => number;
