/**
 * How far a transfer has come, on one line of a terminal.
 *
 * @module
 */
import { harmlessLine } from "./harmless.ts";
import type { Output } from "./io.ts";

/** What is shown. */
export interface Progress {
  /** Of what. */
  readonly name: string;
  /** How many bytes there are. */
  readonly size: number;
  /** How many of them are done. */
  readonly bytes: number;
  /** Bytes a second; undefined while that isn't known. */
  readonly rate: number | undefined;
}

/** What a {@linkcode ProgressLine} takes. */
export interface ProgressLineOptions {
  /** Of what. */
  readonly name: string;
  /** How wide the terminal is just now. */
  readonly columns: () => number;
  /** Milliseconds, from anywhere. */
  readonly now: () => number;
}

const MAX_NAME_LENGTH = 30;
/** What is behind the bar is rarely longer, and the bar shouldn't jump. */
const AFTER_LENGTH = 52;
const MIN_BAR_LENGTH = 8;
const MAX_BAR_LENGTH = 40;
const UNITS: readonly string[] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const CLEAR = "\r\u001b[K";
/** Often enough to look alive. */
const REDRAW_MS = 100;
/** The rate is that of the last seconds: an hour ago the network was another. */
const RATE_MS = 5_000;

/**
 * Describes progress in one line.
 *
 * @param progress How far.
 * @param columns How long the line may be; the bar goes first where it is too long, then the rest from the right.
 */
export function formatProgress(progress: Progress, columns: number): string {
  const { size, bytes, rate } = progress;
  const share = size === 0 ? 1 : Math.min(1, bytes / size);
  const before = shorten(harmlessLine(progress.name), MAX_NAME_LENGTH);
  const after = [
    `${Math.floor(share * 100)} %`.padStart(7),
    `${formatBytes(bytes)} of ${formatBytes(size)}`,
    ...(rate === undefined ? [] : [`${formatBytes(rate)}/s`, formatLeft(size - bytes, rate)]),
  ].join("  ");
  const room = columns - before.length - AFTER_LENGTH - "  []".length;
  if (room < MIN_BAR_LENGTH) return `${before}${after}`.slice(0, columns);
  const length = Math.min(room, MAX_BAR_LENGTH);
  const bar = "#".repeat(Math.floor(share * length)).padEnd(length, "-");
  return `${before}  [${bar}]${after}`.slice(0, columns);
}

/**
 * Writes a number of bytes for people.
 *
 * @param bytes Not negative.
 * @returns Such as `512 MiB` or `1.9 GiB`.
 */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 999.5 && unit < UNITS.length - 1; unit++) value /= 1024;
  const isShort = unit > 0 && value < 9.95;
  return `${value.toFixed(isShort ? 1 : 0)} ${UNITS[unit]}`;
}

/** A line that is drawn again and again in its place. */
export class ProgressLine {
  readonly #output: Output;
  readonly #options: ProgressLineOptions;
  #samples: { readonly ms: number; readonly bytes: number }[] = [];
  #drawnMs = -Infinity;

  /**
   * @param output The terminal.
   * @param options Name and width.
   */
  constructor(output: Output, options: ProgressLineOptions) {
    this.#output = output;
    this.#options = options;
  }

  /** Shows it, where the last time is long enough ago. */
  update(bytes: number, size: number): void {
    const nowMs = this.#options.now();
    const isDone = bytes === size;
    if (!isDone && nowMs - this.#drawnMs < REDRAW_MS) return;
    this.#drawnMs = nowMs;
    const { name, columns } = this.#options;
    const line = formatProgress(
      { name, size, bytes, rate: this.#rate(nowMs, bytes) },
      columns() - 1,
    );
    this.#write(`${CLEAR}${line}`);
  }

  /** Takes it away: something else is to be said. */
  clear(): void {
    if (this.#drawnMs === -Infinity) return;
    this.#drawnMs = -Infinity;
    this.#write(CLEAR);
  }

  /** Nothing depends on whether anybody sees it. */
  #write(text: string): void {
    this.#output.write(text).catch(() => {});
  }

  /** After a break it may begin again further back: what came before says nothing any more. */
  #rate(ms: number, bytes: number): number | undefined {
    const last = this.#samples.at(-1);
    if (last !== undefined && bytes < last.bytes) this.#samples = [];
    this.#samples.push({ ms, bytes });
    while (this.#samples.length > 2 && ms - this.#samples[1].ms >= RATE_MS) this.#samples.shift();
    const first = this.#samples[0];
    return ms > first.ms ? (bytes - first.bytes) / (ms - first.ms) * 1_000 : undefined;
  }
}

function formatLeft(bytes: number, rate: number): string {
  if (bytes <= 0) return "done";
  if (rate <= 0) return "stalled";
  const seconds = Math.ceil(bytes / rate);
  if (seconds >= 360_000) return "days left";
  const two = (value: number): string => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const head = hours > 0 ? `${hours}:${two(minutes)}` : `${minutes}`;
  return `${head}:${two(seconds % 60)} left`;
}

function shorten(text: string, length: number): string {
  const characters = [...text];
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join("")}…`;
}
