/**
 * TCP and Unix-domain sockets, over `node:net`, so that the same file runs on Deno, Node and Bun.
 *
 * @module
 */
import { lstat, unlink } from "node:fs/promises";
import net from "node:net";
import { type Address, formatAddress } from "../core/address.ts";
import type { Channel, DialOptions, Listener, Transport } from "../core/channel.ts";
import { TransportError } from "../core/errors.ts";
import { BufferedChannel } from "./buffered_channel.ts";
import { explainSocketError, socketErrorCode } from "./socket_error.ts";
import { SocketTraffic } from "./socket_traffic.ts";

/** Connections that wait for `accept`: more than a burst of callers, still small. */
const BACKLOG = 1024;
/** The system's own probes, for peers whose dialect has no ping. */
const KEEP_ALIVE_MS = 30_000;
/** How long, in a closing connection, a peer may go without taking any more of what is left for it. */
const STALLED_MS = 30_000;
/** How long it may then take to close its own end. */
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
        resolve(new SocketChannel(socket, to, to));
      };
      const failed = (error: Error): void => {
        settle();
        reject(unreachable("connect to", to, error));
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
    const traffic = new SocketTraffic();
    const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      traffic.follow(socket);
      accept(new SocketChannel(socket, at));
    });
    try {
      await bind(server, at).catch(async (error) => {
        if (!await isAbandoned(at, error)) throw error;
        await unlink(at.path);
        await bind(server, at);
      });
    } catch (error) {
      throw unreachable("listen on", at, error);
    }
    // Without a listener for it, a failing accept (too many open files) would end the process.
    server.on("error", () => {});
    const bound = server.address();
    const address: Address = bound !== null && typeof bound === "object"
      ? { ...at, host: bound.address, port: bound.port }
      : at;
    const close = (): Promise<void> => {
      // Its callback would wait for the last connection to end, but those stay.
      server.close();
      return Promise.resolve();
    };
    return { address, traffic, close, [Symbol.asyncDispose]: close };
  }
}

/** A connection over a socket of `node:net`. */
export class SocketChannel extends BufferedChannel {
  readonly kind = "stream";
  readonly local: Address;
  readonly remote: Address;
  readonly #socket: net.Socket;
  readonly #sent = (error?: Error | null): void => {
    if (error) return;
    this.drained();
    if (this.#hangingUp !== undefined) this.#hangUpAfter(STALLED_MS);
  };
  readonly #onData = (chunk: Uint8Array): void => {
    // A plain array: `slice` of a node Buffer doesn't copy.
    this.received(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
  };
  readonly #onEnd = (): void => this.ended();
  readonly #onClose = (): void => this.#closed();
  #error: Error | undefined;
  #hangingUp: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param socket A connected one.
   * @param via What was dialled or listened on.
   * @param dialled The other end's address, where its user gave one.
   */
  constructor(socket: net.Socket, via: Address, dialled?: Address) {
    super();
    this.#socket = socket;
    this.local = socketAddress(via, socket.localAddress, socket.localPort);
    this.remote = dialled ?? socketAddress(via, socket.remoteAddress, socket.remotePort);
    if (via.scheme === "tcp") socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on("error", (error) => this.#error = error);
    socket.on("close", this.#onClose);
  }

  /**
   * Hands the socket over to who speaks a protocol that has an implementation of its own, such as HTTP.
   *
   * @returns The socket, paused. Whoever takes it closes it; the channel says nothing any more, and sends nothing.
   */
  detach(): net.Socket {
    const socket = this.#socket;
    return socket.off("data", this.#onData).off("end", this.#onEnd).off("close", this.#onClose)
      .pause();
  }

  protected get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  protected transmit(part: Uint8Array): void {
    this.#socket.write(part, this.#sent);
  }

  /** One system call instead of one a part: a head of 20 bytes would travel, and be read, alone. */
  protected override transmitTogether(transmitParts: () => void): void {
    this.#socket.cork();
    transmitParts();
    this.#socket.uncork();
  }

  protected startReading(): void {
    const socket = this.#socket;
    if (socket.listenerCount("data") === 0) socket.on("data", this.#onData).on("end", this.#onEnd);
    socket.resume();
  }

  protected stopReading(): void {
    this.#socket.pause();
  }

  protected finish(): void {
    this.#socket.on("finish", () => this.#hangUpAfter(LINGER_MS));
    this.#hangUpAfter(STALLED_MS);
    this.#socket.end();
    this.startReading();
  }

  protected abort(): void {
    this.#socket.destroy();
  }

  #hangUpAfter(delayMs: number): void {
    const socket = this.#socket;
    clearTimeout(this.#hangingUp);
    this.#hangingUp = setTimeout(() => {
      socket.destroy(
        socket.writableFinished ? undefined : new Error("the other side has stopped reading"),
      );
    }, delayMs);
  }

  #closed(): void {
    clearTimeout(this.#hangingUp);
    const cause = this.#error;
    if (cause === undefined) return this.gone();
    const url = formatAddress(this.remote);
    const message = `Connection with ${url} broke: ${explainSocketError(cause)}`;
    this.gone(new TransportError("connection_lost", url, message, { cause }));
  }
}

function endpoint(address: Address): { path: string } | { host: string; port: number } {
  return address.scheme === "unix"
    ? { path: address.path }
    : { host: address.host, port: address.port };
}

/** One end of a connection. The ends of a Unix socket have no names: both go by its path. */
function socketAddress(via: Address, host = "", port = 0): Address {
  return via.scheme === "unix" ? via : { scheme: via.scheme, host, port, path: "" };
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

/** Whether all that is in the way is the socket file of a process that is gone. */
async function isAbandoned(at: Address, error: unknown): Promise<boolean> {
  if (at.scheme !== "unix" || socketErrorCode(error) !== "EADDRINUSE") return false;
  if (!(await lstat(at.path)).isSocket()) return false;
  return new Promise((resolve) => {
    const socket = net.connect(at.path);
    socket.on("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.on("error", (refused) => resolve(socketErrorCode(refused) === "ECONNREFUSED"));
  });
}

function unreachable(attempt: string, address: Address, cause: unknown): TransportError {
  const url = formatAddress(address);
  const message = `Cannot ${attempt} ${url} as ${explainSocketError(cause)}`;
  return new TransportError("unreachable", url, message, { cause });
}
