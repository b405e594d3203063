/**
 * Numbers for people.
 *
 * @module
 */

const GROUPED = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
/** Between a number and its unit. */
const SPACE = "\u00a0";

/**
 * Writes a count.
 *
 * @param count Of whatever.
 * @returns Such as `12,345`.
 */
export function formatCount(count: number): string {
  return GROUPED.format(count);
}

/**
 * Writes a rate.
 *
 * @param perSecond How often in a second.
 * @returns Such as `0.5`, `12` or `12,345`.
 */
export function formatRate(perSecond: number): string {
  return perSecond >= 9.95 ? formatCount(perSecond) : String(Number(perSecond.toFixed(1)));
}

/**
 * Writes how long something took.
 *
 * @param ms Milliseconds.
 * @returns Two digits that count, and the unit.
 */
export function formatMs(ms: number): string {
  if (ms >= 9_950) return formatCount(ms / 1000) + SPACE + "s";
  if (ms >= 995) return (ms / 1000).toFixed(1) + SPACE + "s";
  const digits = ms >= 9.95 ? 0 : ms >= 0.995 ? 1 : 2;
  // A whole number is exact.
  return (Number.isInteger(ms) ? String(ms) : ms.toFixed(digits)) + SPACE + "ms";
}

const UNITS = [["d", 86_400], ["h", 3_600], ["min", 60], ["s", 1]] as const;

/**
 * Writes a time that goes on.
 *
 * @param ms Milliseconds.
 * @returns The largest unit and the next one, such as `3 h 12 min`.
 */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const first = UNITS.findIndex(([, size]) => seconds >= size);
  if (first === -1) return `0${SPACE}s`;
  let rest = seconds;
  const parts = UNITS.slice(first, first + 2).map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest %= size;
    return count === 0 ? "" : count + SPACE + unit;
  });
  return parts.filter((part) => part !== "").join(" ");
}

/**
 * Writes a time of day.
 *
 * @param unixMs Milliseconds since 1970.
 * @returns Such as `09:05:07`, where the reader is.
 */
export function formatTime(unixMs: number): string {
  const date = new Date(unixMs);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, "0")).join(":");
}
