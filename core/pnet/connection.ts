/**
 * One accepted pnet connection: a packet in, an answer out, closed.
 *
 * Where a real server would wait or hang for ever, a deadline closes the connection here.
 *
 * @module
 */
import { type Address, formatAddress } from "../address.ts";
import type { Channel, ChannelSink, Clock } from "../channel.ts";
import { parsePnetContent } from "../codecs/pnet_content.ts";
import { isIpv4, parsePnetPlace } from "../codecs/pnet_advert.ts";
import { parseKeyField } from "../codecs/pnet_public_key.ts";
import type { PnetValue } from "../codecs/pnet_value.ts";
import { type PnetErrorCode, type PnetRequest, readPnetRequest } from "../dialects/pnet.ts";
import { createDeferred, type Deferred } from "../deferred.ts";
import { DecodeError, SynapseError, TimeoutError } from "../errors.ts";
import type { Trace } from "../trace.ts";
import type { Budget } from "../budget.ts";
import type { PnetPublicKey } from "./crypto.ts";
import type { PnetLimits } from "./limits.ts";
import { LineReader } from "./line_reader.ts";
import type { PnetPeers } from "./peers.ts";
import type { PnetSealer } from "./sealer.ts";

/** Who has sent a message. */
export interface PnetSender {
  /** Its name, where an advert has told whose key it is. A claim: messages aren't signed. */
  readonly name: string | undefined;
  /** Its public key as PKCS#1 PEM: the answer is encrypted for it. */
  readonly publicKeyPem: string;
  /** The connection's other end, not where it listens. */
  readonly address: Address;
}

/** What a kind of node does with what comes. */
export interface PnetHandler {
  /**
   * Answers a message. When it throws, the connection is closed without an answer, as real nodes do.
   *
   * @param signal Aborted when nobody waits for the answer any more.
   */
  message(
    value: PnetValue,
    sender: PnetSender,
    signal: AbortSignal,
  ): PnetValue | Promise<PnetValue>;
  /** Takes what was sent to everybody; it can't be answered. */
  broadcast?(text: string, address: Address): void;
}

/** What a connection needs of its node. */
export interface PnetConnectionHost {
  readonly network: string;
  readonly limits: PnetLimits;
  readonly clock: Clock;
  readonly sealer: PnetSealer;
  readonly peers: PnetPeers;
  /** What all connections may hold of packets that aren't whole. */
  readonly budget: Budget;
  readonly handler: PnetHandler;
  readPublicKey(pem: string): PnetPublicKey;
  /** Writes an answer packet. */
  format(type: "rsp" | "err", content: string, withKey: boolean): string;
  /** Tells of the packet and its answer, where anybody wants to know. */
  readonly trace: Trace | undefined;
  /** Something was not taken. */
  refused(error: unknown, address: Address): void;
  closed(connection: PnetConnection): void;
}

const UTF8 = new TextEncoder();
/** What is said of a pickled value, which real servers would run. */
const PICKLE_REFUSED = "ERR_PICKLE_REFUSED";

/** Why a connection is over, and work for it may stop. */
const NOBODY_WAITS = new SynapseError("connection_lost", "Nobody waits for this answer any more");

/** Serves one connection. */
export class PnetConnection implements ChannelSink {
  readonly #channel: Channel;
  readonly #host: PnetConnectionHost;
  readonly #line: LineReader;
  readonly #controller = new AbortController();
  #cancelDeadline: () => void;
  #heldBytes = 0;
  #isAnswering = false;
  #askedMs = 0;
  readonly #over: Deferred<void> = createDeferred();

  /**
   * Begins to read.
   *
   * @param channel Newly accepted.
   * @param host The node.
   */
  constructor(channel: Channel, host: PnetConnectionHost) {
    this.#channel = channel;
    this.#host = host;
    this.#line = new LineReader(host.limits.maxPacketBytes);
    this.#cancelDeadline = this.#allow(host.limits.requestMs, "read pnet packet");
    channel.open(this);
  }

  /** @inheritdoc */
  data(chunk: Uint8Array): void {
    if (this.#isAnswering) return;
    this.#try(() => {
      const line = this.#line.push(chunk);
      this.#hold(this.#line.heldBytes);
      if (line !== undefined) this.#answer(line);
    });
  }

  /** @inheritdoc */
  end(): void {
    if (!this.#isAnswering) this.#try(() => this.#answer(this.#line.end()));
  }

  /** @inheritdoc */
  drain(): void {}

  /** @inheritdoc */
  close(error?: Error): void {
    this.#cancelDeadline();
    this.#hold(0);
    this.#controller.abort(error ?? NOBODY_WAITS);
    this.#host.closed(this);
    this.#over.resolve();
  }

  /** Settles when it is over. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Ends it from outside. */
  cut(reason: Error): Promise<void> {
    return this.#channel.close(reason);
  }

  #answer(line: string): void {
    this.#isAnswering = true;
    this.#askedMs = this.#host.clock.now();
    this.#tell("in", line);
    this.#hold(0);
    this.#cancelDeadline();
    this.#cancelDeadline = this.#allow(this.#host.limits.answerMs, "answer pnet packet");
    this.#respond(line).then((packet) => {
      if (!this.#controller.signal.aborted) this.#finish(packet);
    }).catch((error) => this.#refuse(error));
  }

  #finish(packet: string | undefined): void {
    if (packet !== undefined) {
      this.#channel.writer.bytes(UTF8.encode(packet));
      this.#tell("out", packet);
    }
    this.#cancelDeadline();
    // The sender may leave its end open.
    const { clock, limits } = this.#host;
    this.#cancelDeadline = clock.after(limits.requestMs, () => this.#channel.close(NOBODY_WAITS));
    this.#channel.close().catch(() => {});
  }

  /** Both are base64 but for a few names, so that characters are bytes. */
  #tell(direction: "in" | "out", packet: string): void {
    const [, type = ""] = packet.split("|", 2);
    const ms = direction === "out" ? this.#host.clock.now() - this.#askedMs : undefined;
    const peer = formatAddress(this.#channel.remote);
    this.#host.trace?.({ direction, dialect: "pnet", peer, type, bytes: packet.length, ms });
  }

  async #respond(line: string): Promise<string | undefined> {
    const { network, sealer, handler } = this.#host;
    const request = readPnetRequest(line, network);
    if (typeof request === "string") return this.#error(request, false);
    let content: string;
    try {
      content = sealer.openFromNetwork(request.content);
    } catch {
      return this.#error("ERR_NET_DECRYPTION_FAILED", false);
    }
    if (request.type === "adv") return this.#takeAdvert(content, request);
    if (request.type === "brd") {
      handler.broadcast?.(content, this.#channel.remote);
      return undefined;
    }
    const sealed = parsePnetContent(content);
    let value: PnetValue;
    try {
      value = sealer.open(sealed);
    } catch (error) {
      if (error instanceof DecodeError) return this.#error("ERR_RSA_DECRYPTION_FAILED", true);
      this.#host.refused(error, this.#channel.remote);
      return this.#host.format("err", PICKLE_REFUSED, true);
    }
    // A real server runs its function first, and then can't answer.
    const key = this.#host.readPublicKey(parseKeyField(request.key));
    const answer = await handler.message(value, this.#sender(key), this.#controller.signal);
    return this.#host.format("rsp", sealer.seal(answer, key), true);
  }

  #takeAdvert(text: string, request: PnetRequest): string | undefined {
    if (text.split("@").length > 2) throw new DecodeError("malformed", "Cannot read pnet advert");
    let place;
    try {
      place = parsePnetPlace(text);
    } catch {
      return this.#error("ERR_BR_INVALID_FORMAT", true);
    }
    if (!isIpv4(place.host)) return this.#error("ERR_BR_INVALID_IP", true);
    const { pem } = this.#host.readPublicKey(parseKeyField(request.key));
    this.#host.peers.merge({ ...place, publicKeyPem: pem });
    return undefined;
  }

  #sender(key: PnetPublicKey): PnetSender {
    const { peers } = this.#host;
    return {
      get name() {
        return peers.byKey(key.pem)?.name;
      },
      publicKeyPem: key.pem,
      address: this.#channel.remote,
    };
  }

  #error(code: PnetErrorCode, withKey: boolean): string {
    this.#host.refused(
      new DecodeError("malformed", `Cannot take pnet packet: ${code}`),
      this.#channel.remote,
    );
    return this.#host.format("err", code, withKey);
  }

  /** Keeps account of what is held in memory. */
  #hold(bytes: number): void {
    const { budget } = this.#host;
    budget.give(this.#heldBytes);
    this.#heldBytes = 0;
    if (!budget.take(bytes)) {
      throw new DecodeError("limit", "Cannot read pnet packet as too many are being read");
    }
    this.#heldBytes = bytes;
  }

  #allow(ms: number, operation: string): () => void {
    return this.#host.clock.after(ms, () => this.#refuse(new TimeoutError(operation, ms)));
  }

  #try(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#refuse(error);
    }
  }

  #refuse(error: unknown): void {
    this.#isAnswering = true;
    this.#host.refused(error, this.#channel.remote);
    this.#channel.close(error instanceof Error ? error : new Error(String(error))).catch(() => {});
  }
}
