/**
 * TCP and Unix-domain sockets, over `node:net`, so that the same file runs on Deno, Node and Bun.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { unlink } from "node:fs/promises";
import net from "node:net";
import { type Address, formatAddress } from "../core/address.ts";
import type { Channel, DialOptions, Listener, Transport } from "../core/channel.ts";
import { TransportError } from "../core/errors.ts";
import { BufferedChannel } from "./buffered_channel.ts";

/** Connections that wait for `accept`: more than a burst of callers, still small. */
const BACKLOG = 1024;
/** The system's own probes, for peers whose dialect has no ping. */
const KEEP_ALIVE_MS = 30_000;
/** How long a peer may take to close its end after we closed ours. */
const LINGER_MS = 2_000;

/** Connects and listens on `tcp://host:port` and `unix:///path`. */
export class TcpTransport implements Transport {
  /** @inheritdoc */
  readonly schemes: readonly string[] = ["tcp", "unix"];

  /** @inheritdoc */
  dial(to: Address, options: DialOptions = {}): Promise<Channel> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const socket = net.connect({ ...endpoint(to), allowHalfOpen: true });
      const settle = (): void => {
        socket.off("connect", connected).off("error", failed);
        signal?.removeEventListener("abort", aborted);
      };
      const connected = (): void => {
        settle();
        resolve(new SocketChannel(socket, to.scheme, to));
      };
      const failed = (error: Error): void => {
        settle();
        reject(unreachable(`connect to ${formatAddress(to)}`, to, error));
      };
      const aborted = (): void => {
        settle();
        socket.on("error", () => {}).destroy();
        reject(signal?.reason);
      };
      socket.on("connect", connected).on("error", failed);
      signal?.addEventListener("abort", aborted);
    });
  }

  /** @inheritdoc */
  async listen(at: Address, accept: (channel: Channel) => void): Promise<Listener> {
    const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      accept(new SocketChannel(socket, at.scheme));
    });
    try {
      await bind(server, at);
    } catch (error) {
      if (!(at.scheme === "unix" && await isAbandoned(at, error))) {
        throw unreachable(`listen on ${formatAddress(at)}`, at, error);
      }
      await unlink(at.path);
      await bind(server, at);
    }
    // Without a listener for it, a failing accept (too many open files) would end the process.
    server.on("error", () => {});
    const bound = server.address();
    const address: Address = bound !== null && typeof bound === "object"
      ? { ...at, host: bound.address, port: bound.port }
      : at;
    const close = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
    return { address, close, [Symbol.asyncDispose]: close };
  }
}

class SocketChannel extends BufferedChannel {
  readonly kind = "stream";
  readonly local: Address;
  readonly remote: Address;
  readonly #socket: net.Socket;
  #error: Error | undefined;
  #hasEnded = false;
  #linger: ReturnType<typeof setTimeout> | undefined;

  constructor(socket: net.Socket, scheme: string, dialled?: Address) {
    super();
    this.#socket = socket;
    this.local = { scheme, host: socket.localAddress ?? "", port: socket.localPort ?? 0, path: "" };
    this.remote = dialled ??
      { scheme, host: socket.remoteAddress ?? "", port: socket.remotePort ?? 0, path: "" };
    if (scheme === "tcp") socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on("drain", () => this.drained());
    socket.on("error", (error) => this.#error = error);
    socket.on("close", () => this.#closed());
  }

  protected get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  protected transmit(part: Uint8Array): void {
    this.#socket.write(Buffer.from(part.buffer, part.byteOffset, part.byteLength));
  }

  protected startReading(): void {
    if (this.#socket.listenerCount("data") === 0) {
      this.#socket.on("data", (chunk: Uint8Array) => this.received(chunk));
      this.#socket.on("end", () => {
        this.#hasEnded = true;
        this.ended();
      });
    }
    this.#socket.resume();
  }

  protected stopReading(): void {
    this.#socket.pause();
  }

  protected finish(): void {
    this.#socket.end();
    if (this.#hasEnded) return;
    this.#linger = setTimeout(() => this.#socket.destroy(), LINGER_MS);
    this.startReading();
  }

  protected abort(): void {
    this.#socket.destroy();
  }

  #closed(): void {
    clearTimeout(this.#linger);
    const error = this.#error;
    if (error === undefined) return this.gone();
    const url = formatAddress(this.remote);
    this.gone(
      new TransportError(
        "connection_lost",
        url,
        `Connection with ${url} broke: ${explain(error)}`,
        { cause: error },
      ),
    );
  }
}

function endpoint(address: Address): { path: string } | { host: string; port: number } {
  return address.scheme === "unix"
    ? { path: address.path }
    : { host: address.host, port: address.port };
}

function bind(server: net.Server, at: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...endpoint(at), backlog: BACKLOG }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Whether a Unix socket's path is only what a process left behind that is gone. */
function isAbandoned(at: Address, error: unknown): Promise<boolean> {
  if (codeOf(error) !== "EADDRINUSE") return Promise.resolve(false);
  return new Promise((resolve) => {
    const socket = net.connect(at.path);
    socket.on("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.on("error", (refused) => resolve(codeOf(refused) === "ECONNREFUSED"));
  });
}

function unreachable(attempt: string, address: Address, error: unknown): TransportError {
  return new TransportError(
    "unreachable",
    formatAddress(address),
    `Cannot ${attempt} as ${explain(error)}`,
    { cause: error },
  );
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown })?.code ?? "");
}

const EXPLANATIONS: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  EADDRINUSE: "the address is taken by another process: choose another port, or 0 for any",
  EADDRNOTAVAIL: "the address is not one of this machine",
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the other side reset it",
  EHOSTUNREACH: "there is no route to the host",
  ENETUNREACH: "the network is unreachable",
  ENOENT: "there is no such socket",
  ENOTFOUND: "the host name is unknown",
  EAI_AGAIN: "the host name could not be looked up",
  EPIPE: "the other side closed it",
  ETIMEDOUT: "the other side did not answer",
};

/** One readable line, several failed addresses of one name included. */
function explain(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return [...new Set(error.errors.map(explain))].join("; ");
  }
  const code = codeOf(error);
  return EXPLANATIONS[code] ?? (error instanceof Error ? error.message : String(error));
}
