/**
 * WebSockets as easyrpc needs them, in text frames: of the npm package `ws`, or the platform's own.
 *
 * @module
 */
import { type Address, formatAddress } from "../core/address.ts";
import type { TextChannel, TextSink } from "../core/easyrpc/text_channel.ts";
import { TransportError } from "../core/errors.ts";

/** What of a `WebSocket` is used. */
export interface TextSocket {
  binaryType: string;
  /** Bytes that were sent and that the network has not taken yet. */
  readonly bufferedAmount: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  /** @param sent Called when the network has taken it, by `ws` alone. */
  send(text: string, sent?: () => void): void;
  close(code?: number): void;
  /** Hangs up at once. Only `ws` can, as it alone can stop reading, and go on. */
  terminate?(): void;
  pause?(): void;
  resume?(): void;
}

/** What {@linkcode dialTexts} takes. */
export interface DialTextsOptions {
  /** Gives up; the promise rejects with its reason. */
  readonly signal: AbortSignal;
  /** Begins to connect; the platform's `WebSocket` by default, which Node has from version 22 on. */
  readonly createSocket?: (url: string) => TextSocket | Promise<TextSocket>;
}

/** Ended in good order: all is said, a page was left, or no code was given. */
const GOOD_CODES: readonly number[] = [1000, 1001, 1005];

/**
 * Makes a channel of a WebSocket that was accepted.
 *
 * @param socket Just opened, and nobody else's.
 * @param remote The other end.
 */
export function acceptTexts(socket: TextSocket, remote: Address): TextChannel {
  return new SocketTexts(socket, remote);
}

/**
 * Dials.
 *
 * @param to Where: `easyrpc://host:port/path`.
 * @param options How, and for how long.
 * @returns The channel.
 * @throws {TransportError} `unreachable`.
 */
export async function dialTexts(to: Address, options: DialTextsOptions): Promise<TextChannel> {
  const { signal, createSocket = (url) => new WebSocket(url) } = options;
  signal.throwIfAborted();
  let socket: TextSocket;
  try {
    socket = await createSocket(formatAddress({ ...to, scheme: "ws" }));
  } catch (cause) {
    throw unreachable(to, cause);
  }
  return await new Promise((resolve, reject) => {
    const settle = (): void => {
      signal.removeEventListener("abort", aborted);
      // Errors that nobody listens to end some platforms' process.
      socket.onerror = () => {};
      socket.onopen = socket.onclose = null;
    };
    const failed = (event: { readonly message?: unknown; readonly error?: unknown }): void => {
      settle();
      reject(unreachable(to, event.error ?? event.message));
    };
    const aborted = (): void => {
      settle();
      socket.close();
      reject(signal.reason);
    };
    socket.onopen = () => {
      settle();
      resolve(new SocketTexts(socket, to));
    };
    socket.onerror = failed;
    socket.onclose = () => failed({});
    signal.addEventListener("abort", aborted);
    // It may have been given up while the socket was made.
    if (signal.aborted) aborted();
  });
}

class SocketTexts implements TextChannel {
  readonly remote: Address;
  readonly #socket: TextSocket;
  /** Come before anybody listened: nothing but what was on its way already. */
  readonly #early: (string | Uint8Array)[] = [];
  #sink: TextSink | undefined;
  #cause: unknown;
  #error: Error | undefined;
  #isGone = false;
  readonly #sent = (): void => {
    if (!this.#isGone) this.#sink?.drain();
  };

  constructor(socket: TextSocket, remote: Address) {
    this.remote = remote;
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.pause?.();
    socket.onmessage = ({ data }: { readonly data: string | ArrayBuffer }) => {
      const message = typeof data === "string" ? data : new Uint8Array(data);
      if (this.#sink === undefined) this.#early.push(message);
      else this.#sink.receive(message);
    };
    socket.onerror = ({ error }: { readonly error?: unknown }) => {
      this.#cause ??= error;
    };
    socket.onclose = ({ code }: { readonly code: number }) => this.#over(code);
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  open(sink: TextSink): void {
    this.#sink = sink;
    for (const message of this.#early.splice(0)) sink.receive(message);
    if (this.#isGone) queueMicrotask(() => sink.close(this.#error));
    else this.#socket.resume?.();
  }

  send(text: string): void {
    if (!this.#isGone) this.#socket.send(text, this.#sent);
  }

  pause(): void {
    this.#socket.pause?.();
  }

  resume(): void {
    this.#socket.resume?.();
  }

  close(code: number = 1000): void {
    // The other side's goodbye has to be read.
    this.#socket.resume?.();
    this.#socket.close(code);
  }

  cut(): void {
    if (this.#socket.terminate !== undefined) return this.#socket.terminate();
    this.#socket.close();
    this.#error ??= lost(this.remote, "was cut");
    this.#gone();
  }

  #over(code: number): void {
    if (!GOOD_CODES.includes(code)) {
      this.#error ??= lost(this.remote, `was closed with code ${code}`, this.#cause);
    }
    this.#gone();
  }

  #gone(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#sink?.close(this.#error);
    this.#sink = undefined;
  }
}

/** Pages aren't told why: a port could be scanned that way. */
function unreachable(address: Address, cause: unknown): TransportError {
  const url = formatAddress(address);
  const detail = cause instanceof Error ? cause.message : typeof cause === "string" ? cause : "";
  const reason = "there is no WebSocket to be had there" + (detail === "" ? "" : `: ${detail}`);
  return new TransportError("unreachable", url, `Cannot connect to ${url} as ${reason}`, { cause });
}

function lost(address: Address, how: string, cause?: unknown): TransportError {
  const url = formatAddress(address);
  const reason = `Connection with ${url} is lost as its WebSocket ${how}`;
  return new TransportError("connection_lost", url, reason, { cause });
}
