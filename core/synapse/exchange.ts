/**
 * The client's side of a connection that carries one call: dial, write once, read the answer, close.
 *
 * @module
 */
import type { Channel, Clock } from "../channel.ts";
import { withDeadline } from "../deadline.ts";
import type { AnswerReader, OneCallAnswer } from "../dialects/one_call.ts";

/** What {@linkcode exchangeOnce} takes. */
export interface ExchangeOptions {
  /** Connects; gives up when the signal is aborted. */
  dial(signal: AbortSignal): Promise<Channel>;
  readonly clock: Clock;
  /** For dialling, writing and reading together. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** What is being done, for errors: `call sum`. */
  readonly operation: string;
}

/**
 * Sends a request and waits for its answer.
 *
 * @param request The bytes of it: written at once, and not to be changed.
 * @param reader Reads the answer.
 * @param options Where to, and how long.
 * @returns The result.
 * @throws {RemoteError} When the call has failed over there.
 * @throws {TransportError} `unreachable`, `connection_lost`.
 * @throws {TimeoutError} `deadline_exceeded`.
 * @throws {DecodeError} When what comes is no answer.
 */
export function exchangeOnce(
  request: Uint8Array,
  reader: AnswerReader,
  options: ExchangeOptions,
): Promise<unknown> {
  return withDeadline(options, async (signal) => {
    const channel = await options.dial(signal);
    const aborted = (): void => void channel.close(signal.reason).catch(() => {});
    signal.addEventListener("abort", aborted);
    try {
      if (signal.aborted) aborted();
      return await converse(channel, request, reader);
    } finally {
      signal.removeEventListener("abort", aborted);
    }
  });
}

function converse(
  channel: Channel,
  request: Uint8Array,
  reader: AnswerReader,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let isDone = false;
    const take = (read: () => OneCallAnswer | undefined): void => {
      if (isDone) return;
      try {
        const answer = read();
        if (answer === undefined) return;
        resolve(answer.result);
      } catch (error) {
        reject(error);
      }
      isDone = true;
      channel.close().catch(() => {});
    };
    channel.open({
      data: (chunk) => take(() => reader.push(chunk)),
      end: () => take(() => reader.end()),
      drain() {},
      close: (error) => error === undefined ? take(() => reader.end()) : reject(error),
    });
    channel.writer.bytes(request);
    channel.flush();
  });
}
