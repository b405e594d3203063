/**
 * A connection that has said who is at its other end: messages both ways, until either side closes.
 *
 * @module
 */
import { type Address, formatAddress } from "../address.ts";
import type { Channel, Clock } from "../channel.ts";
import type { P2pValue } from "../codecs/p2p_message.ts";
import { createDeferred, type Deferred } from "../deferred.ts";
import { P2P_NETWORK } from "../dialects/p2p_network.ts";
import { TimeoutError, TransportError } from "../errors.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import type { OpenTrace } from "../trace.ts";
import type { P2pCompression } from "./compression.ts";
import type { P2pGreeting } from "./handshake_reader.ts";
import { P2pInbox } from "./inbox.ts";
import type { P2pLimits } from "./limits.ts";
import { P2pOutbox } from "./outbox.ts";
import type { P2pPeer, P2pSendOptions } from "./peer.ts";

/** What a connection needs of its node. */
export interface P2pConnectionHost {
  readonly clock: Clock;
  readonly limits: P2pLimits;
  readonly compression: P2pCompression;
  /** Where messages are told of, where anybody looks. */
  readonly openTrace?: OpenTrace;
  /** A message has come. */
  received(connection: P2pConnection, data: P2pValue): void;
  /** A message has been sent. */
  sent(): void;
  /** Something came that is no message. */
  damaged(connection: P2pConnection, error: Error): void;
  /** It is over. */
  closed(connection: P2pConnection, error: Error | undefined): void;
}

/** How long a connection may take to close: as elsewhere. */
const DRAIN_MS = 5_000;

/** One connection, and the peer at its other end. */
export class P2pConnection implements P2pPeer {
  /** @inheritdoc */
  readonly id: string;
  /** @inheritdoc */
  readonly port: number;
  /** @inheritdoc */
  readonly direction: "inbound" | "outbound";
  /** @inheritdoc */
  readonly info: Map<string, unknown> = new Map();
  readonly #channel: Channel;
  readonly #host: P2pConnectionHost;
  readonly #inbox: P2pInbox;
  readonly #outbox: P2pOutbox;
  readonly #closed: Deferred<void> = createDeferred();
  #isClosed = false;
  #isPaused = false;

  /**
   * @param channel Whose handshake is over. Not read from before {@linkcode start}.
   * @param greeting Who is at its other end.
   * @param direction Who has connected with whom.
   * @param host The node.
   */
  constructor(
    channel: Channel,
    greeting: P2pGreeting,
    { direction, host }: { direction: "inbound" | "outbound"; host: P2pConnectionHost },
  ) {
    const { clock, limits, compression } = host;
    const trace = this.#openTrace(channel, host);
    this.id = greeting.id;
    this.port = greeting.port ?? channel.remote.port;
    this.direction = direction;
    this.#channel = channel;
    this.#host = host;
    this.#inbox = new P2pInbox({
      limits,
      compression,
      arrived: (bytes) => trace("in", bytes),
      received: (data) => host.received(this, data),
      damaged: (error) => host.damaged(this, error),
      failed: (error) => void this.cut(error).catch(() => {}),
      ended: () => void this.close().catch(() => {}),
      changed: () => this.#updateReading(),
    });
    this.#outbox = new P2pOutbox(channel, {
      clock,
      limits,
      compression,
      // Who has connected has read our id long before it hears of ours.
      settleMs: direction === "inbound" ? limits.settleMs : 0,
      sent: (bytes) => {
        trace("out", bytes);
        host.sent();
      },
      changed: () => this.#updateReading(),
      stalled: (error) => void this.cut(error).catch(() => {}),
    });
  }

  /** @inheritdoc */
  get address(): Address {
    return this.#channel.remote;
  }

  /** @inheritdoc */
  get host(): string {
    return this.#channel.remote.host;
  }

  /** @inheritdoc */
  get isConnected(): boolean {
    return !this.#isClosed;
  }

  /** Settles when it is over. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /**
   * Begins to read.
   *
   * @param early What has been read already.
   */
  start(early: Uint8Array): void {
    const data = (chunk: Uint8Array): void => {
      this.#outbox.settle();
      this.#inbox.push(chunk);
    };
    const sink = {
      data,
      drain: () => {
        this.#outbox.drain();
        this.#updateReading();
      },
      // A real node never just stops sending: it is gone.
      end: () => this.#inbox.end(),
      close: (error?: Error) => this.#over(error),
    };
    // Not above what stops reading, or nothing would tell when to go on.
    this.#channel.open(sink, Math.min(DEFAULT_LIMITS.highWaterBytes, this.#mostUnsentBytes));
    if (early.length > 0) data(early);
  }

  /** @inheritdoc */
  send(data: unknown, options: P2pSendOptions = {}): Promise<void> {
    const sent = this.#outbox.send(data, options);
    this.#updateReading();
    return sent;
  }

  /**
   * Ends it in good order.
   *
   * @param drainMs How long the peer may take for what waits for it.
   */
  async close(drainMs: number = DRAIN_MS): Promise<void> {
    const tooLate = new TimeoutError("close p2p connection", drainMs);
    const cancel = this.#host.clock.after(drainMs, () => void this.cut(tooLate).catch(() => {}));
    await this.#outbox.flush();
    await this.#channel.close();
    cancel();
  }

  /** Ends it at once. */
  cut(reason: Error): Promise<void> {
    this.#inbox.close();
    return this.#channel.close(reason);
  }

  /** Holds the peer up, when there are many such, until a listener has finished with a message. */
  hold(handling: Promise<unknown>): void {
    this.#inbox.hold(handling);
  }

  #openTrace({ remote }: Channel, { openTrace }: P2pConnectionHost) {
    const trace = openTrace?.();
    const entry = { dialect: P2P_NETWORK, peer: formatAddress(remote), type: "message" };
    return (direction: "in" | "out", bytes: number) => trace?.({ ...entry, direction, bytes });
  }

  /** What may wait to be sent while reading goes on. */
  get #mostUnsentBytes(): number {
    return this.#host.limits.maxBufferedBytes / 2;
  }

  #updateReading(): void {
    const isBusy = this.#inbox.isBusy ||
      this.#outbox.bufferedBytes > this.#mostUnsentBytes;
    if (isBusy === this.#isPaused) return;
    this.#isPaused = isBusy;
    if (isBusy) this.#channel.pause();
    else this.#channel.resume();
  }

  #over(error: Error | undefined): void {
    this.#isClosed = true;
    this.#inbox.close();
    this.#outbox.close(this.#lost(error));
    this.#host.closed(this, error);
    this.#closed.resolve();
  }

  #lost(cause: Error | undefined): TransportError {
    const url = formatAddress(this.address);
    const message = `Cannot send message to ${url} as the connection is over`;
    return new TransportError("connection_lost", url, message, { cause });
  }
}
