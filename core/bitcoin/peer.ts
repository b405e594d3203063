/**
 * One conversation with a Bitcoin node, from the dialler's side: handshake, pings, good manners. Sans I/O: on a
 * {@linkcode Channel} and a {@linkcode Clock}.
 *
 * What is worth knowing reaches others as events; what the protocol itself asks for is done here.
 *
 * @module
 */
import type { Channel, ChannelSink, Clock } from "../channel.ts";
import { encodeFrame, FrameDecoder } from "../codecs/bitcoin/frame.ts";
import {
  type BitcoinMessage,
  decodeMessage,
  encodeMessage,
  payloadLimits,
  type UnknownMessage,
} from "../codecs/bitcoin/messages.ts";
import type { BitcoinNetwork } from "../codecs/bitcoin/networks.ts";
import { createDeferred, type Deferred } from "../deferred.ts";
import { Emitter } from "../emitter.ts";
import { DecodeError, SynapseError, TimeoutError } from "../errors.ts";
import { Conduct, type Offence, type OffenceCounts } from "./conduct.ts";
import { type Endpoint, formatEndpoint } from "./endpoint.ts";
import { FloodGuard } from "./flood_guard.ts";
import { type Announcement, Handshake, type PeerInfo } from "./handshake.ts";
import { RoundTrips } from "./round_trips.ts";
import { TransactionServer } from "./transaction_server.ts";

/** Why a conversation is over. */
export interface PeerClosed {
  /** In a sentence. */
  readonly reason: string;
  /** Whether it was the peer's fault, so that it had better not be dialled again soon. */
  readonly misbehaved: boolean;
}

/** What happens to a peer. */
export interface BitcoinPeerEvents {
  /** The handshake is through. */
  ready: { readonly info: PeerInfo };
  /** It has had time to say what it has to say after that, such as its fee filter. */
  settled: { readonly info: PeerInfo };
  /** It says something that the protocol itself doesn't take care of. */
  message: { readonly message: BitcoinMessage; readonly payloadBytes: number };
  /** It says something that is not understood here. */
  unknown: UnknownMessage;
  /** It is over: the last event. */
  closed: PeerClosed;
}

/** What a {@linkcode BitcoinPeer} takes. */
export interface BitcoinPeerOptions {
  readonly channel: Channel;
  readonly network: BitcoinNetwork;
  readonly clock: Clock;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly announcement: Announcement;
  /** Where it is. */
  readonly endpoint: Endpoint;
  /** Nonces of our connections that are open: those of all peers, so that dialling ourselves is noticed. */
  readonly ownNonces: Set<bigint>;
  /** Gets what event listeners throw. */
  readonly onListenerError: (error: unknown, name: string) => void;
}

/** Theirs are 60 s, btcd's 30 s; who needs longer is no use. */
const HANDSHAKE_MS = 10_000;
/** Core answers the first ping behind everything that it has to say first. */
const SETTLE_MS = 2_000;
const PING_INTERVAL_MS = 30_000;
/** So many pings in a row unanswered, with nothing else heard: gone. */
const MAX_MISSED_PINGS = 2;
/** So many, whatever else is heard: no use. */
const MAX_IGNORED_PINGS = 10;
/** One that asks and doesn't read. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
/** What is left to be said in the end gets so long: who doesn't read keeps nobody. */
const GOODBYE_MS = 3_000;
/** What a node that is in its initial download sets its fee filter to, less some rounding. */
const INITIAL_DOWNLOAD_SAT = 9_000_000n;

/** One peer. */
export class BitcoinPeer {
  /** Where it is. */
  readonly endpoint: Endpoint;
  /** The same as `host:port`. */
  readonly name: string;
  /** What happens to it. */
  readonly events: Emitter<BitcoinPeerEvents>;
  /** What it may ask for. */
  readonly offers: TransactionServer = new TransactionServer(this);
  readonly #options: BitcoinPeerOptions;
  readonly #channel: Channel;
  readonly #decoder: FrameDecoder;
  readonly #handshake: Handshake;
  readonly #nonce: bigint;
  readonly #conduct = new Conduct();
  readonly #roundTrips: RoundTrips;
  readonly #guard = new FloodGuard();
  readonly #closed: Deferred<PeerClosed> = createDeferred();
  #cancelTimer: () => void;
  #cancelSettling: () => void = () => {};
  #info: PeerInfo | undefined;
  #isSettled = false;
  #isClosed = false;
  #feeFilterSat: bigint | undefined;
  #missedPings = 0;
  #hasHeard = false;

  /**
   * Begins the handshake.
   *
   * @param options A channel that was just dialled, and who we are.
   */
  constructor(options: BitcoinPeerOptions) {
    const { channel, network, clock, announcement, endpoint, ownNonces } = options;
    this.#options = options;
    this.#channel = channel;
    this.endpoint = endpoint;
    this.name = formatEndpoint(endpoint);
    this.events = new Emitter(options.onListenerError);
    this.#decoder = new FrameDecoder({
      magic: network.magic,
      maxPayloadBytes: payloadLimits(network),
      acceptsExtended: network.chain === "bsv",
    });
    this.#roundTrips = new RoundTrips(clock);
    this.#nonce = this.#draw();
    ownNonces.add(this.#nonce);
    this.#handshake = new Handshake({
      network,
      announcement,
      nonce: this.#nonce,
      isOwnNonce: (nonce) => ownNonces.has(nonce),
      unixMs: clock.unixMs(),
    });
    this.#cancelTimer = clock.after(HANDSHAKE_MS, () => {
      this.#end(new TimeoutError(`shake hands with ${this.name}`, HANDSHAKE_MS), false);
    });
    channel.open(this.#sink());
    this.#write(this.#handshake.begin());
  }

  /** What it says of itself; undefined before the handshake is through. */
  get info(): PeerInfo | undefined {
    return this.#info;
  }

  /** Whether the handshake is through and the connection there. */
  get isReady(): boolean {
    return this.#info !== undefined && !this.#isClosed;
  }

  /** Whether it has had time to say what it has to say first, too. */
  get isSettled(): boolean {
    return this.#isSettled && !this.#isClosed;
  }

  /** Whether it is over. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Settles when it is over. */
  get closed(): Promise<PeerClosed> {
    return this.#closed.promise;
  }

  /** What it takes as a fee at least, in satoshi per 1000 virtual bytes; undefined where it hasn't said. */
  get feeFilterSat(): bigint | undefined {
    return this.#feeFilterSat;
  }

  /** Whether it is still catching up with the chain: it takes no transactions then. */
  get isInInitialDownload(): boolean {
    return (this.#feeFilterSat ?? 0n) >= INITIAL_DOWNLOAD_SAT;
  }

  /** The shortest round trip so far, in milliseconds. */
  get minPingMs(): number | undefined {
    return this.#roundTrips.minMs;
  }

  /** The smoothed round trip, in milliseconds. */
  get pingMs(): number | undefined {
    return this.#roundTrips.latency?.smoothedMs;
  }

  /** What it has done wrong, and how often. */
  get offences(): OffenceCounts & { readonly badChecksums: number } {
    return { ...this.#conduct.counts, badChecksums: this.#decoder.badChecksums };
  }

  /**
   * Says something. After the end nobody hears it.
   *
   * @param message What. Before the handshake is through, nothing but the handshake belongs on the wire.
   * @throws {RangeError} When it has no encoding.
   */
  send(message: BitcoinMessage): void {
    this.#write(message);
  }

  /**
   * Says something in bytes: commands that are not known here.
   *
   * @param command At most 12 characters.
   * @param payload What it carries.
   * @throws {RangeError} When the command is no command.
   */
  sendPayload(command: string, payload: Uint8Array): void {
    if (this.#isClosed) return;
    const { network } = this.#options;
    this.#channel.writer.bytes(encodeFrame(network, command, payload));
    if (this.#channel.flush()) return;
    // Who doesn't read gets no more to answer.
    this.#channel.pause();
    if (this.#channel.bufferedBytes <= MAX_OUTPUT_BYTES) return;
    this.#end(new SynapseError("limit_exceeded", "it reads too slowly what it is sent"), true);
  }

  /** Pings. @returns Resolves with the round trip in milliseconds; rejects when the connection ends. */
  ping(): Promise<number> {
    const nonce = this.#draw();
    const answered = this.#roundTrips.ping(nonce);
    this.#write({ command: "ping", nonce });
    if (this.#isClosed) this.#roundTrips.end(this.#gone("it was closed"));
    return answered;
  }

  /**
   * Notes that it has done wrong; when that has been enough, hangs up.
   *
   * @param offence What.
   * @param error The same in detail.
   */
  note(offence: Offence, error?: DecodeError): void {
    if (!this.#conduct.note(offence)) return;
    const counts = Object.entries(this.#conduct.counts).filter(([, count]) => count > 0)
      .map(([name, count]) => `${count} ${name}`).join(", ");
    const last = error === undefined ? "" : `; the last: ${error.message}`;
    this.#end(new SynapseError("protocol_error", `it misbehaved: ${counts}${last}`), true);
  }

  /**
   * Hangs up; what was sent before still goes out, if that doesn't take long.
   *
   * @param reason Why, in a sentence.
   * @param misbehaved Whether it is the peer's fault.
   * @returns Settles when the connection is gone.
   */
  async close(reason: string = "it was closed", misbehaved: boolean = false): Promise<void> {
    const error = new SynapseError("cancelled", reason);
    this.#end(error, misbehaved, "orderly");
    const cut = (): void => void this.#channel.close(error).catch(() => {});
    const cancelCut = this.#options.clock.after(GOODBYE_MS, cut);
    await this.#channel.close().finally(cancelCut);
  }

  #sink(): ChannelSink {
    return {
      data: (chunk) => this.#receive(chunk),
      drain: () => this.#channel.resume(),
      end: () => this.#end(new SynapseError("connection_lost", "the other side hung up"), false),
      close: (error) => {
        this.#end(error ?? new SynapseError("connection_lost", "the connection ended"), false);
      },
    };
  }

  #receive(chunk: Uint8Array): void {
    this.#hasHeard = true;
    for (const { command, payload } of this.#decoder.push(chunk)) {
      if (this.#isClosed) return;
      this.#read(command, payload);
    }
    const { fault } = this.#decoder;
    if (fault === undefined) return;
    // Nodes of BSV and BCH may have larger blocks than we take: no fault of theirs.
    const isOurLimit = fault.reason === "limit" && this.#options.network.chain !== "btc";
    this.#end(fault, !isOurLimit);
  }

  #read(command: string, payload: Uint8Array): void {
    let message: BitcoinMessage | UnknownMessage;
    try {
      message = decodeMessage(command, payload);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      if (error.reason === "limit") this.#end(error, true);
      else this.note("malformed", error);
      return;
    }
    if ("unknown" in message) this.#passOn(message);
    else if (this.#info === undefined) this.#shakeHands(message);
    else this.#take(message, payload.length);
  }

  /** Whoever speaks of what we don't know does nothing wrong: half of what nodes say is such. */
  #passOn(message: UnknownMessage): void {
    if (this.#info !== undefined) this.events.emit("unknown", message);
  }

  #shakeHands(message: BitcoinMessage): void {
    try {
      const { replies, isUnexpected, info } = this.#handshake.take(message);
      for (const reply of replies) this.#write(reply);
      if (isUnexpected) this.note("unexpected");
      if (info !== undefined) this.#begin(info);
    } catch (error) {
      if (!(error instanceof SynapseError)) throw error;
      this.#end(error, true);
    }
  }

  #begin(info: PeerInfo): void {
    const { clock } = this.#options;
    this.#info = info;
    this.#cancelTimer();
    this.#cancelTimer = clock.after(PING_INTERVAL_MS, () => this.#keepAlive());
    this.events.emit("ready", { info });
    if (this.#isClosed) return;
    const settle = (): void => this.#settle(info);
    this.#cancelSettling = clock.after(SETTLE_MS, settle);
    this.ping().then(settle, () => {});
  }

  #settle(info: PeerInfo): void {
    this.#cancelSettling();
    if (this.#isSettled || this.#isClosed) return;
    this.#isSettled = true;
    this.events.emit("settled", { info });
  }

  #take(message: BitcoinMessage, payloadBytes: number): void {
    if (!this.#guard.allows(message, this.#options.clock.now())) return this.note("flood");
    switch (message.command) {
      case "ping":
        if (message.nonce === undefined) return;
        return this.#write({ command: "pong", nonce: message.nonce });
      case "pong":
        this.#missedPings = 0;
        if (!this.#roundTrips.pong(message.nonce)) this.note("unexpected");
        return;
      case "feefilter":
        this.#feeFilterSat = message.feeRateSat;
        break;
      case "getdata":
        this.offers.answer(message.items);
        break;
      case "version":
      case "verack":
      case "wtxidrelay":
      case "sendaddrv2":
        return this.note("unexpected");
    }
    this.events.emit("message", { message, payloadBytes });
  }

  #keepAlive(): void {
    const { clock } = this.#options;
    if (this.#missedPings >= (this.#hasHeard ? MAX_IGNORED_PINGS : MAX_MISSED_PINGS)) {
      const silentMs = this.#missedPings * PING_INTERVAL_MS;
      return this.#end(new TimeoutError(`ping ${this.name}`, silentMs), false);
    }
    this.#hasHeard = false;
    this.#missedPings++;
    this.#cancelTimer = clock.after(PING_INTERVAL_MS, () => this.#keepAlive());
    this.ping().catch(() => {});
  }

  #write(message: BitcoinMessage): void {
    this.sendPayload(message.command, encodeMessage(message));
  }

  #end(error: Error, misbehaved: boolean, how: "orderly" | "at once" = "at once"): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelTimer();
    this.#cancelSettling();
    this.#options.ownNonces.delete(this.#nonce);
    this.#roundTrips.end(error);
    this.#channel.close(how === "orderly" ? undefined : error).catch(() => {});
    const closed: PeerClosed = { reason: error.message, misbehaved };
    this.#closed.resolve(closed);
    this.events.emit("closed", closed);
  }

  #gone(reason: string): SynapseError {
    return new SynapseError("connection_lost", `Connection with ${this.name} is lost: ${reason}`);
  }

  #draw(): bigint {
    const bytes = this.#options.randomBytes(8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  }
}
