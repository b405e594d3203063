/**
 * A WebSocket as a channel of whole messages: the platform's, or one of `ws`.
 *
 * One flush is one binary message, of as many MessagePack-RPC messages as were waiting. There are no halves: when
 * one side has said all that it will, both are done.
 *
 * @module
 */
import { type Address, formatAddress } from "../core/address.ts";
import { SynapseError, TransportError } from "../core/errors.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { BufferedChannel } from "./buffered_channel.ts";

/** What of a `WebSocket` is used. */
export interface WebSocketLike {
  /** Bytes that were sent and that the network has not taken yet. */
  readonly bufferedAmount: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  /** @param sent Called when the network has taken it, by `ws` alone. */
  send(message: Uint8Array, sent?: () => void): void;
  close(code?: number, reason?: string): void;
  /** Hangs up at once. Only `ws` can, as it alone can stop reading, and go on. */
  terminate?(): void;
  pause?(): void;
  resume?(): void;
}

/** How a WebSocket has ended. */
export interface WebSocketEnd {
  /** RFC 6455, section 7.4. */
  readonly code: number;
  readonly reason: string;
}

/** Ended in good order: all is said, a page was left, or no code was given. */
const GOOD_CODES: readonly number[] = [1000, 1001, 1005];
/** There was no goodbye. */
const ABNORMAL_CODE = 1006;
/** Text, where bytes are expected. */
const UNSUPPORTED_CODE = 1003;
/** A message too big, or too many. */
const TOO_MUCH_CODE = 1009;
/** The first that is free for applications: a page may give 1000 and those alone. */
const CUT_CODE = 4000;
/** How long the other side may take to answer a goodbye, what is still to be sent included. */
const LINGER_MS = 30_000;
/** How often to look whether output has gone out where nobody says so, while too much waits. */
const DRAIN_CHECK_MS = 4;
/** Why it ended is the other side's text, shown to people. */
const MAX_REASON_LENGTH = 123;

/** One connection. */
export class WebSocketChannel extends BufferedChannel {
  readonly kind = "message";
  readonly local: Address;
  readonly remote: Address;
  readonly #socket: WebSocketLike;
  readonly #sent = (): void => this.drained();
  /** What came while nobody reads; undefined says that no more will. */
  #inbox: (Uint8Array | undefined)[] = [];
  #inboxBytes = 0;
  #isReading = false;
  #isClosing = false;
  #together: Uint8Array[] | undefined;
  #fault = "";
  #lingering: ReturnType<typeof setTimeout> | undefined;
  #drainCheck: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param socket A connected one.
   * @param ends Where it leads.
   */
  constructor(socket: WebSocketLike, ends: { readonly local: Address; readonly remote: Address }) {
    super();
    this.#socket = socket;
    this.local = ends.local;
    this.remote = ends.remote;
    socket.onmessage = ({ data }: { readonly data: unknown }) => this.#take(data);
    socket.onerror = ({ message }: { readonly message?: unknown }) => {
      this.#fault = String(message ?? "");
    };
    socket.onclose = (end: WebSocketEnd) => this.#closed(end);
    socket.pause?.();
  }

  /** @inheritdoc */
  override flush(): boolean {
    const isWritable = super.flush();
    if (!isWritable && this.#socket.terminate === undefined) this.#watchDrain();
    return isWritable;
  }

  protected get queuedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  protected transmit(part: Uint8Array): void {
    if (this.#together === undefined) this.#socket.send(part, this.#sent);
    else this.#together.push(part);
  }

  /** A message is never cut: payloads are copied to where their heads are. */
  protected override transmitTogether(transmitParts: () => void): void {
    const parts: Uint8Array[] = [];
    this.#together = parts;
    transmitParts();
    this.#together = undefined;
    if (parts.length > 0) this.transmit(join(parts));
  }

  protected startReading(): void {
    this.#isReading = true;
    this.#socket.resume?.();
    if (this.#inbox.length > 0) queueMicrotask(() => this.#deliver());
  }

  protected stopReading(): void {
    this.#isReading = false;
    this.#socket.pause?.();
  }

  protected finish(): void {
    this.#isClosing = true;
    this.#empty();
    this.#lingering = setTimeout(() => {
      this.#socket.terminate?.();
      this.#over(this.#lost("the other side has not answered the goodbye"));
    }, LINGER_MS);
    // The answer has to be read, too.
    this.#socket.resume?.();
    this.#socket.close(1000);
  }

  protected abort(): void {
    this.#isClosing = true;
    this.#empty();
    if (this.#socket.terminate === undefined) this.#socket.close(CUT_CODE);
    else this.#socket.terminate();
    queueMicrotask(() => this.#over());
  }

  #take(data: unknown): void {
    if (this.#isClosing) return;
    if (typeof data === "string") {
      const message = "Cannot read message as it is text: calls travel in binary messages";
      return this.#refuse(UNSUPPORTED_CODE, new SynapseError("protocol_error", message));
    }
    const chunk = data instanceof ArrayBuffer ? new Uint8Array(data) : plain(data as Uint8Array);
    if (this.#isReading && this.#inbox.length === 0) return this.received(chunk);
    this.#inbox.push(chunk);
    this.#inboxBytes += chunk.length;
    const { maxBufferedBytes } = DEFAULT_LIMITS;
    if (this.#inboxBytes <= maxBufferedBytes) return;
    const message = `Cannot read on as more than ${maxBufferedBytes} bytes wait to be taken`;
    this.#refuse(TOO_MUCH_CODE, new SynapseError("limit_exceeded", message));
  }

  /** Says why before it hangs up; `ws` cuts who doesn't answer. */
  #refuse(code: number, error: SynapseError): void {
    this.#isClosing = true;
    this.#socket.resume?.();
    const isFree = this.#socket.terminate !== undefined;
    this.#socket.close(isFree ? code : CUT_CODE, error.message.slice(0, MAX_REASON_LENGTH));
    this.#over(error);
  }

  #deliver(): void {
    while (this.#isReading && this.#inbox.length > 0) {
      const chunk = this.#inbox.shift();
      if (chunk === undefined) {
        this.ended();
        return this.#over();
      }
      this.#inboxBytes -= chunk.length;
      this.received(chunk);
    }
  }

  #closed({ code, reason }: WebSocketEnd): void {
    if (!GOOD_CODES.includes(code)) {
      const cut = code === ABNORMAL_CODE ? this.#fault || "the other side cut it" : undefined;
      return this.#over(this.#isClosing ? undefined : this.#lost(cut ?? readEnd(code, reason)));
    }
    if (this.#isClosing) return this.#over();
    this.#inbox.push(undefined);
    this.#deliver();
  }

  #over(error?: Error): void {
    clearTimeout(this.#lingering);
    clearTimeout(this.#drainCheck);
    this.#empty();
    this.gone(error);
  }

  #empty(): void {
    this.#inbox = [];
    this.#inboxBytes = 0;
  }

  #watchDrain(): void {
    clearTimeout(this.#drainCheck);
    this.#drainCheck = setTimeout(() => {
      this.drained();
      if (!this.flush()) this.#watchDrain();
    }, DRAIN_CHECK_MS);
  }

  #lost(reason: string): TransportError {
    const url = formatAddress(this.remote);
    return new TransportError("connection_lost", url, `Connection with ${url} broke: ${reason}`);
  }
}

function readEnd(code: number, reason: string): string {
  const text = reason.slice(0, MAX_REASON_LENGTH).replace(/\p{C}/gu, "");
  return `the other side closed it with code ${code}` + (text === "" ? "" : `, ${text}`);
}

/** `slice` of a node Buffer doesn't copy. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
