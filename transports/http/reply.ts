/**
 * Answers of an HTTP server that nobody can turn against it.
 *
 * @module
 */
import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";

/** One answer. */
export interface Reply {
  readonly status: number;
  /** `text/plain` where left out. */
  readonly type?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A few words for people, of which a browser makes nothing but text. */
const TEXT = "text/plain; charset=utf-8";
/** Nothing is kept, guessed, framed or run, but what a reply allows itself. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

/**
 * Sends an answer.
 *
 * @param response Where.
 * @param reply What. To a HEAD, its body is left out.
 */
export function send(response: ServerResponse, reply: Reply): void {
  const { status, type = TEXT, body = "", headers } = reply;
  const bytes = new TextEncoder().encode(body);
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    ...(status !== 204 && { "Content-Type": type, "Content-Length": bytes.length }),
    ...headers,
  });
  response.end(response.req.method === "HEAD" || status === 204 ? undefined : bytes);
}

/**
 * Sends an answer where there is no request that node could answer, and closes the connection.
 *
 * @param socket Where.
 * @param reply What.
 */
export function sendRaw(socket: Socket, { status, body = "", headers = {} }: Reply): void {
  const head = Object.entries({
    ...SECURITY_HEADERS,
    "Content-Type": TEXT,
    "Content-Length": String(new TextEncoder().encode(body).length),
    ...headers,
    "Connection": "close",
  }).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n${body}`, () => {
    socket.destroy();
  });
}

/**
 * A refusal, for people.
 *
 * @param reason A clause.
 */
export function refused(status: number, reason: string): Reply {
  return { status, body: `Cannot serve request as ${reason}\n` };
}
