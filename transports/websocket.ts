/**
 * Dialling `ws://` and `wss://` over the platform's `WebSocket`: in a page, a worker, Deno, Bun, or a new Node.
 *
 * No `node:` built-in is needed. Who listens is `transports/http/`.
 *
 * @module
 */
import { type Address, formatAddress } from "../core/address.ts";
import type { Channel, DialOptions, Listener, Transport } from "../core/channel.ts";
import { SynapseError, TransportError } from "../core/errors.ts";
import { WebSocketChannel, type WebSocketLike } from "./websocket_channel.ts";

/** Where a node takes native connections, when the address says nothing else. */
const DEFAULT_PATH = "/rpc";

/** What {@linkcode WebSocketTransport} takes. */
export interface WebSocketTransportOptions {
  /** Begins to connect, for messages as array buffers or byte arrays; the platform's `WebSocket` by default. */
  readonly createSocket?: (url: string) => WebSocketLike | Promise<WebSocketLike>;
}

/** Connects to `ws://host:port/path` and `wss://host:port/path`; the path is `/rpc` where left out. */
export class WebSocketTransport implements Transport {
  /** @inheritdoc */
  readonly schemes: readonly string[] = ["ws", "wss"];
  readonly #createSocket: (url: string) => WebSocketLike | Promise<WebSocketLike>;

  /** @param options Another implementation, where the platform has none. */
  constructor(options: WebSocketTransportOptions = {}) {
    this.#createSocket = options.createSocket ?? createPlatformSocket;
  }

  /** @inheritdoc */
  async dial(to: Address, options: DialOptions = {}): Promise<Channel> {
    const { signal } = options;
    signal?.throwIfAborted();
    const url = formatAddress(to.path === "" ? { ...to, path: DEFAULT_PATH } : to);
    let socket: WebSocketLike;
    try {
      socket = await this.#createSocket(url);
    } catch (cause) {
      throw unreachable(to, cause);
    }
    return await new Promise((resolve, reject) => {
      const settle = (): void => {
        socket.onopen = socket.onclose = null;
        // What still comes of an attempt that was given up would end the process of some platforms.
        socket.onerror = () => {};
        signal?.removeEventListener("abort", aborted);
      };
      const failed = (event: { readonly message?: unknown }): void => {
        settle();
        reject(unreachable(to, event.message));
      };
      const aborted = (): void => {
        settle();
        socket.close();
        reject(signal?.reason);
      };
      socket.onopen = () => {
        settle();
        // The platform doesn't tell which port this end has got.
        const local: Address = { scheme: to.scheme, host: "", port: 0, path: "" };
        resolve(new WebSocketChannel(socket, { local, remote: to }));
      };
      socket.onerror = socket.onclose = failed;
      if (signal?.aborted) return aborted();
      signal?.addEventListener("abort", aborted);
    });
  }

  /** @inheritdoc */
  listen(at: Address): Promise<Listener> {
    return Promise.reject(
      new SynapseError(
        "not_supported",
        `Cannot listen on ${
          formatAddress(at)
        } as WebSockets are taken where a node listens on tcp://`,
      ),
    );
  }
}

function createPlatformSocket(url: string): WebSocketLike {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  return socket as unknown as WebSocketLike;
}

/** Pages aren't told why: a port could be scanned that way. */
function unreachable(address: Address, cause: unknown): TransportError {
  const url = formatAddress(address);
  const detail = cause instanceof Error ? cause.message : cause;
  const reason = `there is no WebSocket to be had there${detail ? `: ${detail}` : ""}`;
  return new TransportError("unreachable", url, `Cannot connect to ${url} as ${reason}`, { cause });
}
