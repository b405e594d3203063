/**
 * Connections through a SOCKS5 proxy, such as Tor.
 *
 * Names are resolved by the proxy, never here. Each connection names another user to the proxy, unless the
 * proxy's address names one: Tor then gives each a circuit of its own, so that nobody can tell by the exit
 * that they belong together.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { Duplex } from "node:stream";
import { setImmediate } from "node:timers";
import { SocksClient } from "socks";
import { type Address, formatAddress } from "../core/address.ts";
import type { Channel, ChannelSink, DialOptions, Listener, Transport } from "../core/channel.ts";
import type { ByteWriter } from "../core/codec.ts";
import { SynapseError, TransportError } from "../core/errors.ts";
import { TcpTransport } from "./tcp.ts";

/** Longer than any deadline of those who dial, and shorter than for ever. */
const NEGOTIATION_MS = 60_000;
const DEFAULT_PORT = 1080;
const MAX_CREDENTIAL_BYTES = 255;
const UTF8 = new TextEncoder();

/** Connects to `tcp://host:port` by way of a proxy. Can't listen. */
export class Socks5Transport implements Transport {
  /** @inheritdoc */
  readonly schemes: readonly string[] = ["tcp"];
  readonly #proxy: Address;
  readonly #credentials: Credentials | undefined;
  readonly #transport: Transport;

  /**
   * @param proxyUrl `socks5://host:port` or `socks5://user:password@host:port`; `socks5h` is the same.
   * @param transport Leads to the proxy.
   * @throws {TypeError} When the URL is anything else.
   */
  constructor(proxyUrl: string, transport: Transport = new TcpTransport()) {
    const { proxy, credentials } = parseProxyUrl(proxyUrl);
    this.#proxy = proxy;
    this.#credentials = credentials;
    this.#transport = transport;
  }

  /** @inheritdoc */
  async dial(to: Address, options: DialOptions = {}): Promise<Channel> {
    const channel = await this.#dialProxy(to, options);
    const stream = new ChannelStream(channel);
    const abort = (): void => void stream.destroy();
    options.signal?.addEventListener("abort", abort);
    const { userId, password } = this.#credentials ??
      { userId: randomUUID(), password: randomUUID() };
    try {
      await SocksClient.createConnection({
        command: "connect",
        proxy: { host: this.#proxy.host, port: this.#proxy.port, type: 5, userId, password },
        destination: { host: to.host, port: to.port },
        timeout: NEGOTIATION_MS,
        existing_socket: stream,
      });
    } catch (cause) {
      const reason = options.signal?.aborted ? options.signal.reason : this.#refused(to, cause);
      channel.close(reason instanceof Error ? reason : this.#refused(to, cause)).catch(() => {});
      throw reason;
    } finally {
      options.signal?.removeEventListener("abort", abort);
    }
    return new ProxiedChannel(channel, to, await stream.detach());
  }

  /** @inheritdoc */
  listen(at: Address): Promise<Listener> {
    return Promise.reject(
      new SynapseError(
        "not_supported",
        `Cannot listen on ${formatAddress(at)} as a SOCKS proxy is for dialling only`,
      ),
    );
  }

  async #dialProxy(to: Address, options: DialOptions): Promise<Channel> {
    try {
      return await this.#transport.dial(this.#proxy, options);
    } catch (cause) {
      options.signal?.throwIfAborted();
      throw this.#refused(to, cause);
    }
  }

  #refused(to: Address, cause: unknown): TransportError {
    const url = formatAddress(to);
    const proxy = formatAddress({ ...this.#proxy, scheme: "socks5" });
    const words = cause instanceof Error ? cause.message : String(cause);
    const message = `Cannot connect to ${url} through ${proxy} as it failed: got ${words}`;
    return new TransportError("unreachable", url, message, { cause });
  }
}

interface Credentials {
  readonly userId: string;
  readonly password: string;
}

/** A channel as the stream that the library negotiates on. Ends where the negotiation ends. */
class ChannelStream extends Duplex {
  readonly #channel: Channel;

  constructor(channel: Channel) {
    super();
    this.#channel = channel;
    channel.open({
      data: (chunk) => this.push(chunk),
      drain: () => {},
      end: () => this.destroy(),
      close: (error) => this.destroy(error),
    });
  }

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    this.#channel.writer.bytes(Uint8Array.from(chunk));
    this.#channel.flush();
    done();
  }

  /** Lets go of the channel. @returns What came behind the proxy's last answer. */
  async detach(): Promise<Uint8Array[]> {
    this.#channel.pause();
    const unread: Uint8Array[] = [];
    this.on("data", (chunk) => unread.push(Uint8Array.from(chunk)));
    // The library puts back what it has read too much on the next turn.
    await new Promise((resolve) => setImmediate(resolve));
    this.destroy();
    return unread;
  }
}

/** The channel to the proxy, now that it leads further. */
class ProxiedChannel implements Channel {
  readonly #channel: Channel;
  readonly remote: Address;
  #unread: Uint8Array[];

  constructor(channel: Channel, remote: Address, unread: Uint8Array[]) {
    this.#channel = channel;
    this.remote = remote;
    this.#unread = unread;
  }

  get kind(): "stream" | "message" {
    return this.#channel.kind;
  }

  get local(): Address {
    return this.#channel.local;
  }

  get writer(): ByteWriter {
    return this.#channel.writer;
  }

  get bufferedBytes(): number {
    return this.#channel.bufferedBytes;
  }

  open(sink: ChannelSink, highWaterBytes?: number): void {
    this.#channel.open(sink, highWaterBytes);
    for (const chunk of this.#unread.splice(0)) sink.data(chunk);
    this.#channel.resume();
  }

  flush(): boolean {
    return this.#channel.flush();
  }

  pause(): void {
    this.#channel.pause();
  }

  resume(): void {
    this.#channel.resume();
  }

  close(reason?: Error): Promise<void> {
    return this.#channel.close(reason);
  }
}

function parseProxyUrl(text: string): { proxy: Address; credentials: Credentials | undefined } {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw unreadable(text);
  }
  if (!["socks5:", "socks5h:"].includes(url.protocol) || url.hostname === "") {
    throw unreadable(text);
  }
  if (!["", "/"].includes(url.pathname)) throw unreadable(text);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? DEFAULT_PORT : Number(url.port);
  const proxy = { scheme: "tcp", host, port, path: "" };
  if (url.username === "") return { proxy, credentials: undefined };
  const userId = decodeURIComponent(url.username);
  const password = decodeURIComponent(url.password);
  if ([userId, password].some((part) => UTF8.encode(part).length > MAX_CREDENTIAL_BYTES)) {
    throw unreadable(text);
  }
  return { proxy, credentials: { userId, password } };
}

function unreadable(text: string): TypeError {
  return new TypeError(
    `Cannot read proxy as it is not socks5://host:port: got ${JSON.stringify(text.slice(0, 200))}`,
  );
}
