/**
 * The client's side of a connection that carries one call: dial, write once, read the answer, close.
 *
 * @module
 */
import { formatAddress } from "../address.ts";
import type { Channel, Clock } from "../channel.ts";
import { withDeadline } from "../deadline.ts";
import type { AnswerReader, OneCallAnswer } from "../dialects/one_call.ts";
import { RemoteError } from "../errors.ts";
import type { OpenTrace } from "../trace.ts";

/** What {@linkcode exchangeOnce} takes. */
export interface ExchangeOptions {
  /** Connects; gives up when the signal is aborted. */
  dial(signal: AbortSignal): Promise<Channel>;
  readonly clock: Clock;
  /** For dialling, writing and reading together. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** The function, for errors. */
  readonly method: string;
  /** The protocol's name. */
  readonly dialect: string;
  /** Tells of both messages, where anybody wants to know. */
  readonly openTrace?: OpenTrace;
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
  const operation = `call ${options.method}`;
  return withDeadline({ ...options, operation }, async (signal) => {
    const channel = await options.dial(signal);
    const aborted = (): void => void channel.close(signal.reason).catch(() => {});
    signal.addEventListener("abort", aborted);
    try {
      if (signal.aborted) aborted();
      const watched = traced(reader, channel, { ...options, requestBytes: request.length });
      return await converse(channel, request, watched);
    } finally {
      signal.removeEventListener("abort", aborted);
    }
  });
}

/** Tells of the request, and then of its answer. */
function traced(
  reader: AnswerReader,
  { remote }: Channel,
  { openTrace, clock, dialect, method, requestBytes }: ExchangeOptions & {
    readonly requestBytes: number;
  },
): AnswerReader {
  const trace = openTrace?.();
  if (trace === undefined) return reader;
  const about = { dialect, peer: formatAddress(remote), method };
  const sentMs = clock.now();
  let bytes = 0;
  const read = <Answer>(take: () => Answer): Answer => {
    const answered = (type: string): void =>
      trace({ ...about, direction: "in", type, bytes, ms: clock.now() - sentMs });
    try {
      const answer = take();
      if (answer !== undefined) answered("result");
      return answer;
    } catch (error) {
      if (error instanceof RemoteError) answered("error");
      throw error;
    }
  };
  trace({ ...about, direction: "out", type: "request", bytes: requestBytes });
  return {
    push(chunk) {
      bytes += chunk.length;
      return read(() => reader.push(chunk));
    },
    end: () => read(() => reader.end()),
  };
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
