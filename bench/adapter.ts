/**
 * What a system brings to be measured: a module that exports {@linkcode Adapter}'s two functions.
 *
 * @module
 */
import type { EchoOptions, Phase } from "./work.ts";
import type { Latencies } from "./latencies.ts";

/** What a server tells its client: how to reach it. Travels as JSON. */
export interface Announcement {
  readonly port: number;
  /** Processes that serve besides the server's own, such as a broker. */
  readonly pids?: readonly number[];
}

/** One client's connection to the server. */
export interface Connection {
  /** Answers its arguments as a list. */
  echo(text: string, number: number, options: EchoOptions): Promise<unknown>;
  /** Answers its argument. */
  blob(bytes: Uint8Array): Promise<unknown>;
}

/** When a drive ends: at whichever comes first. */
export interface DriveLimit {
  readonly calls: number;
  /** On the clock of `performance.now()`. */
  readonly untilMs: number;
}

/** Does the work of `phase` and answers how many calls it made. */
export type Drive = (phase: Phase, limit: DriveLimit, latencies: Latencies) => Promise<number>;

/** A connection without calls, which moves the bytes of a phase by a loop of its own. */
export interface DrivenConnection {
  readonly drive: Drive;
}

/** The two sides of a system, each used in a process of its own. */
export interface Adapter {
  /** Serves `echo` and `blob` on a free port of 127.0.0.1 until the process ends. */
  serve(): Promise<Announcement>;
  /** Connects; resolves when the first call can be made. */
  connect(server: Announcement): Promise<Connection | DrivenConnection>;
}
