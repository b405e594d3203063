/**
 * The HTTP half of a listener without the rest of it: every connection is one of HTTP.
 *
 * @module
 */
import net from "node:net";
import type { Conversation } from "../../core/acceptor.ts";
import type { Address } from "../../core/address.ts";
import type { Channel, Listener } from "../../core/channel.ts";
import { type Limits, resolveLimits } from "../../core/limits.ts";
import { NodeMetrics } from "../../core/node_metrics.ts";
import { Registry } from "../../core/registry.ts";
import { createHttpAcceptor, type HttpOptions } from "../../transports/http/acceptor.ts";
import { TcpTransport } from "../../transports/tcp.ts";
import { FakeClock } from "./fake_clock.ts";

/** What {@linkcode HttpServer.listen} takes. */
export interface HttpServerOptions extends Partial<HttpOptions> {
  readonly limits?: Partial<Limits>;
  readonly at?: Address;
}

/** A server whose time stands still, and what it has been told. */
export class HttpServer implements AsyncDisposable {
  readonly clock: FakeClock = new FakeClock();
  readonly registry: Registry = new Registry();
  readonly metrics: NodeMetrics = new NodeMetrics();
  readonly conversations: Conversation[] = [];
  /** Native connections that came as WebSockets. */
  readonly channels: Channel[] = [];
  listener!: Listener;

  static async listen(options: HttpServerOptions = {}): Promise<HttpServer> {
    const server = new HttpServer();
    const { limits, at = { scheme: "tcp", host: "127.0.0.1", port: 0, path: "" } } = options;
    const acceptor = createHttpAcceptor({
      registry: server.registry,
      clock: server.clock,
      limits: resolveLimits(limits),
    }, {
      converse: (channel) => void server.channels.push(channel),
      metrics: server.metrics,
      ...options,
    });
    server.listener = await new TcpTransport().listen(at, (channel) => {
      server.conversations.push(acceptor.accept(channel, new Uint8Array()));
    });
    return server;
  }

  get port(): number {
    return this.listener.address.port;
  }

  /** `127.0.0.1:port`, as clients name it. */
  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Sends a request as it is, but with a host, and closing. */
  async request(line: string, headers: readonly string[] = [], body = ""): Promise<HttpAnswer> {
    const head = [`${line} HTTP/1.1`, `Host: ${this.host}`, "Connection: close", ...headers];
    const length = body === "" ? [] : [`Content-Length: ${new TextEncoder().encode(body).length}`];
    return await this.exchange([...head, ...length, "", body].join("\r\n"));
  }

  /** Calls by JSON-RPC. */
  async call(request: unknown): Promise<HttpAnswer> {
    const body = typeof request === "string" ? request : JSON.stringify(request);
    return await this.request("POST /rpc", ["Content-Type: application/json"], body);
  }

  /** Sends bytes, and reads until the server closes. */
  async exchange(text: string): Promise<HttpAnswer> {
    return parseAnswer(await exchange(this.port, text));
  }

  /** How often requests were answered so: `route status`. */
  counted(route: string, status: number): number {
    const line = `synapse_http_requests_total{route="${route}",status="${status}"} `;
    const found = this.metrics.all.format().split("\n").find((other) => other.startsWith(line));
    return Number(found?.slice(line.length) ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.listener.close();
    await Promise.all([
      ...this.conversations.map((conversation) => conversation.close(0)),
      ...this.channels.map((channel) => channel.close(new Error("The test is over"))),
    ]);
  }
}

/** What a server said. */
export interface HttpAnswer {
  /** 0 where it said nothing. */
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends bytes on a connection of their own, and reads until it is closed. */
export function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: "127.0.0.1", port });
    let answer = "";
    socket.setEncoding("utf8").on("data", (chunk) => answer += chunk);
    // A server that refuses may reset what it hasn't read.
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
    socket.write(text);
  });
}

/** Takes an answer apart. */
export function parseAnswer(text: string): HttpAnswer {
  const end = text.indexOf("\r\n\r\n");
  const [first, ...lines] = text.slice(0, Math.max(end, 0)).split("\r\n");
  const headers = lines.map((line) => {
    const [name, ...value] = line.split(": ");
    return [name.toLowerCase(), value.join(": ")];
  });
  return {
    status: Number(first.split(" ")[1] ?? 0),
    headers: Object.fromEntries(headers),
    body: text.slice(end + 4),
  };
}
