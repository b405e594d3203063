/**
 * One connection for one command.
 *
 * @module
 */
import { type CallOptions, Node, type Remote, TimeoutError } from "../mod.ts";
import type { CliIo } from "./io.ts";

/** Whom to talk to, and for how long. */
export interface RemoteOptions {
  /** The peer's URL. */
  readonly target: string;
  /** For connecting and what comes after together. */
  readonly timeoutMs: number;
  /** What comes after, for the error when it takes too long. */
  readonly operation: string;
}

/**
 * Connects, and closes in the end.
 *
 * @param options Whom to talk to.
 * @param io The surroundings: Ctrl-C gives up.
 * @param use Does what is to be done. Gets what is left of the time.
 * @returns What it returns.
 * @throws {TimeoutError} With the whole time, also where only the rest of it was waited for.
 */
export async function withRemote<Result>(
  options: RemoteOptions,
  io: CliIo,
  use: (remote: Remote, options: CallOptions) => Promise<Result>,
): Promise<Result> {
  const { target, timeoutMs, operation } = options;
  const { signal } = io;
  const startMs = performance.now();
  const remote = await new Node().connect(target, { timeoutMs, signal });
  try {
    const leftMs = Math.max(0, timeoutMs - (performance.now() - startMs));
    return await use(remote, { signal, timeoutMs: leftMs });
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    throw new TimeoutError(`${operation} at ${target}`, timeoutMs);
  } finally {
    await remote.close(0);
  }
}
