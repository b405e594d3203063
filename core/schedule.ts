/**
 * When something is due: {@linkcode every} so often, or by {@linkcode cron} expression.
 *
 * Schedules only calculate. They keep no timer and are told the time; `background.ts` waits.
 *
 * @module
 */
import { Cron } from "croner";
import { formatDuration, parseDuration } from "./duration.ts";

/** Times no further apart are one, told apart only by rounding: doubles hold today's to 0.0003 ms. */
const SAME_TIME_MS = 0.001;

/** A rule that says when something is due. */
export interface Schedule {
  /** The rule in words, for logs and lists. */
  readonly text: string;
  /**
   * Says when it is due next.
   *
   * @param afterUnixMs Strictly after this time, in milliseconds since 1970.
   * @param sinceUnixMs When counting began, for a rule that counts from somewhere; `afterUnixMs`
   * where left out.
   * @returns Milliseconds since 1970, or undefined when it is never due again.
   */
  next(afterUnixMs: number, sinceUnixMs?: number): number | undefined;
}

/** What {@linkcode every} takes besides the interval. */
export interface EveryOptions {
  /** Whether it is due at the very beginning too, not only after the first interval. */
  readonly immediately?: boolean;
}

/** What {@linkcode cron} takes besides the expression. */
export interface CronOptions {
  /** An IANA name such as `Europe/Oslo`. The machine's own time zone where left out. */
  readonly timezone?: string;
}

/**
 * Is due again and again at the same distance, measured from start to start.
 *
 * @param interval A duration such as `5s`, or milliseconds; whole milliseconds either way.
 * @param options Whether it is due at the beginning too.
 * @returns The schedule.
 * @throws {TypeError} When the text is not a duration.
 * @throws {RangeError} When the interval is not at least one whole millisecond.
 * @example Usage
 * ```ts
 * import { every } from "@synapse/p2p";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(every("5s").next(60_000), 65_000);
 * ```
 */
export function every(interval: string | number, options: EveryOptions = {}): Schedule {
  const intervalMs = typeof interval === "string" ? parseDuration(interval) : interval;
  if (!Number.isSafeInteger(intervalMs) || intervalMs < 1) {
    throw new RangeError(
      `Cannot schedule as the interval must be at least one whole millisecond: got ${interval}`,
    );
  }
  const firstMs = options.immediately ? 0 : intervalMs;
  return {
    text: `every ${formatDuration(intervalMs)}`,
    next(afterUnixMs, sinceUnixMs = afterUnixMs) {
      if (afterUnixMs < sinceUnixMs + firstMs) return sinceUnixMs + firstMs;
      const passed = Math.floor((afterUnixMs - sinceUnixMs) / intervalMs);
      const due = sinceUnixMs + (passed + 1) * intervalMs;
      // Fractions of a millisecond in either time can make the division come out just too low.
      return due - afterUnixMs > SAME_TIME_MS ? due : due + intervalMs;
    },
  };
}

/**
 * Is due by the calendar.
 *
 * @param expression Five fields (minute, hour, day of month, month, day of week), six with seconds
 * in front, or a nickname such as `@daily`; the syntax of the npm package `croner`.
 * @param options The time zone that the fields are meant in.
 * @returns The schedule. Where clocks are put forward, a time of day that is skipped is due right
 * after the gap; where they are put back, only what repeats within the day is due in both hours.
 * @throws {TypeError} When the expression can't be read.
 * @throws {RangeError} When there is no such time zone.
 * @example Usage
 * ```ts
 * import { cron } from "@synapse/p2p";
 * import { assertEquals } from "@std/assert";
 *
 * const nightly = cron("0 3 * * *", { timezone: "UTC" });
 * assertEquals(nightly.next(Date.UTC(2026, 0, 1)), Date.UTC(2026, 0, 1, 3));
 * ```
 */
export function cron(expression: string, options: CronOptions = {}): Schedule {
  const { timezone } = options;
  const pattern = readExpression(expression, timezone);
  return {
    text: timezone === undefined ? `cron ${expression}` : `cron ${expression} (${timezone})`,
    next: (afterUnixMs) => pattern.nextRun(new Date(afterUnixMs))?.getTime(),
  };
}

/** Without a function to run, a `Cron` starts no timer. */
function readExpression(expression: string, timezone: string | undefined): Cron {
  // Croner itself would notice only when asked what is due.
  if (timezone !== undefined) new Intl.DateTimeFormat("en", { timeZone: timezone });
  // Croner would take a date as something to be run once.
  if (expression.includes(":")) throw refusal("it is a date", expression);
  try {
    return new Cron(expression, { timezone });
  } catch (cause) {
    const reason = (cause as Error).message.replace("CronPattern: ", "");
    throw refusal(reason, expression, cause);
  }
}

function refusal(reason: string, expression: string, cause?: unknown): TypeError {
  const found = JSON.stringify(expression);
  return new TypeError(`Cannot read cron expression as ${reason}: got ${found}`, { cause });
}
