/**
 * Durations as people write and read them: `500ms`, `5s`, `2m`, `1h`.
 *
 * A number without a unit is refused: half of the world would read it as seconds.
 *
 * @module
 */

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

const DURATION = /^(\d+(?:\.\d+)?|\.\d+)(ms|s|m|h)?$/;

/**
 * Reads a duration.
 *
 * @param text A number and `ms`, `s`, `m` or `h`, with nothing between them; `1.5s` is fine.
 * @returns Milliseconds, to the microsecond.
 * @throws {TypeError} When the text is anything else, or too long to count in milliseconds.
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseDuration("1.5s"), 1_500);
 * ```
 */
export function parseDuration(text: string): number {
  const match = DURATION.exec(text);
  if (match === null) {
    throw refusal("it is not a number with a unit (ms, s, m or h), such as 5s", text);
  }
  const [, amount, unit] = match;
  if (unit === undefined) {
    throw refusal("the unit is missing: add ms, s, m or h, such as 5s", text);
  }
  // 1.005 * 1000 is 1004.9999999999999.
  const ms = Math.round(Number(amount) * UNIT_MS[unit] * 1_000) / 1_000;
  if (ms > Number.MAX_SAFE_INTEGER) throw refusal("it is too long", text);
  return ms;
}

function refusal(reason: string, text: string): TypeError {
  return new TypeError(
    `Cannot read duration as ${reason}: got ${JSON.stringify(text.slice(0, 40))}`,
  );
}

/**
 * Writes a duration for tables and logs, with the one or two units that matter.
 *
 * @param ms Milliseconds, finite.
 * @returns For instance `850 µs`, `1.2 ms`, `3.4 s`, `2 m 5 s`, `3 d 4 h`.
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatDuration(125_000), "2 m 5 s");
 * ```
 */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms === 0) return "0 ms";
  const microseconds = Math.round(ms * 1_000);
  if (microseconds < 1_000) return `${microseconds} µs`;
  if (round(ms) < 1_000) return `${round(ms)} ms`;
  if (round(ms / 1_000) < 60) return `${round(ms / 1_000)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return inTwoUnits(seconds, 60, "m s");
  const minutes = Math.round(ms / 60_000);
  if (minutes < 24 * 60) return inTwoUnits(minutes, 60, "h m");
  return inTwoUnits(Math.round(ms / 3_600_000), 24, "d h");
}

/** One decimal while it says something: `99.9`, then `100`. */
function round(value: number): number {
  return value < 99.95 ? Math.round(value * 10) / 10 : Math.round(value);
}

/** The total, counted in the smaller unit, as so many of the larger one and what is left over. */
function inTwoUnits(total: number, smallPerLarge: number, units: "m s" | "h m" | "d h"): string {
  const [large, small] = units.split(" ");
  const rest = total % smallPerLarge;
  const head = `${Math.floor(total / smallPerLarge)} ${large}`;
  return rest === 0 ? head : `${head} ${rest} ${small}`;
}
