/**
 * The client's side of a pnet connection: dial, write one packet, read the answer.
 *
 * @module
 */
import type { Address } from "../address.ts";
import type { Channel, Clock, Transport } from "../channel.ts";
import { withDeadline } from "../deadline.ts";
import { LineReader } from "./line_reader.ts";

/** What {@linkcode exchangePacket} takes. */
export interface ExchangeOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Of the answer. */
  readonly maxPacketBytes: number;
  /** For dialling, writing and reading together. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** What is being done, for errors: `ask bob`. */
  readonly operation: string;
}

const UTF8 = new TextEncoder();

/**
 * Sends a packet and waits for what comes back.
 *
 * @param to Where.
 * @param packet A line, with its end.
 * @param options Time, bounds.
 * @returns The answer without its newline; empty when the other side closes without one.
 * @throws {TransportError} `unreachable`, `connection_lost`.
 * @throws {TimeoutError} `deadline_exceeded`.
 * @throws {DecodeError} `limit` when the answer is too long.
 */
export function exchangePacket(
  to: Address,
  packet: string,
  options: ExchangeOptions,
): Promise<string> {
  return withDeadline(options, async (signal) => {
    const channel = await options.transport.dial(to, { signal });
    const aborted = (): Promise<void> => channel.close(signal.reason);
    signal.addEventListener("abort", aborted);
    try {
      signal.throwIfAborted();
      return await converse(channel, packet, options.maxPacketBytes);
    } finally {
      signal.removeEventListener("abort", aborted);
    }
  });
}

function converse(channel: Channel, packet: string, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const line = new LineReader(maxBytes);
    const take = (read: () => string | undefined): void => {
      try {
        const answer = read();
        if (answer === undefined) return;
        resolve(answer);
        channel.close().catch(() => {});
      } catch (error) {
        reject(error);
        channel.close(error as Error).catch(() => {});
      }
    };
    channel.open({
      data: (chunk) => take(() => line.push(chunk)),
      end: () => take(() => line.end()),
      drain() {},
      close: (error) => error === undefined ? take(() => line.end()) : reject(error),
    });
    channel.writer.bytes(UTF8.encode(packet));
    channel.flush();
  });
}
