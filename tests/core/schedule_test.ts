import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { cron, every, type Schedule } from "../../core/schedule.ts";

Deno.test("every() counts from the beginning, whenever it is asked", () => {
  const schedule = every("5s");
  assertEquals(schedule.next(100_000), 105_000);
  assertEquals(schedule.next(99_999, 100_000), 105_000);
  assertEquals(schedule.next(105_000, 100_000), 110_000);
  assertEquals(schedule.next(105_001, 100_000), 110_000);
  assertEquals(schedule.next(109_999, 100_000), 110_000);
  assertEquals(schedule.next(172_800_001, 100_000), 172_805_000);
});

Deno.test("every() is due at the beginning where that is asked for", () => {
  const schedule = every("5s", { immediately: true });
  assertEquals(schedule.next(99_999, 100_000), 100_000);
  assertEquals(schedule.next(100_000, 100_000), 105_000);
  assertEquals(schedule.next(100_000), 105_000);
});

Deno.test("every() is due one interval after the other, also between whole milliseconds", () => {
  const sinceMs = fc.double({ min: 0, max: 2e12, noNaN: true });
  const intervalMs = fc.integer({ min: 1, max: 1e6 });
  // 0.1 + 4 - 0.1 is 3.9999999999999996.
  const examples: [number, number][] = [[0.1, 1], [146046.13397524352, 975553]];
  const isDueEachTime = fc.property(sinceMs, intervalMs, (since, interval) => {
    const schedule = every(interval);
    for (let count = 1, due = since; count <= 100; count++) {
      due = schedule.next(due, since)!;
      assert(Math.abs(due - (since + count * interval)) < 0.01, `number ${count} is at ${due}`);
    }
  });
  fc.assert(isDueEachTime, { examples });
});

for (const interval of [0, -1, 1.5, NaN, Infinity, "0s", "0.5ms"]) {
  Deno.test(`every() refuses an interval of ${interval}`, () => {
    assertThrows(() => every(interval), RangeError, `got ${interval}`);
  });
}

Deno.test("every() refuses text that is not a duration", () => {
  assertThrows(() => every("5"), TypeError, "the unit is missing");
});

Deno.test("Schedule.text says the rule", () => {
  assertEquals(every("90s").text, "every 1 m 30 s");
  assertEquals(every(250).text, "every 250 ms");
  assertEquals(cron("*/5 * * * *").text, "cron */5 * * * *");
  assertEquals(cron("@daily", { timezone: "UTC" }).text, "cron @daily (UTC)");
});

function dueTimes(schedule: Schedule, after: string, count: number): string[] {
  const times: string[] = [];
  let time: number | undefined = Date.parse(after);
  while (times.length < count && (time = schedule.next(time)) !== undefined) {
    times.push(new Date(time).toISOString().replace(".000Z", "Z"));
  }
  return times;
}

const CALENDAR: ReadonlyArray<{
  readonly expression: string;
  readonly timezone: string;
  readonly after: string;
  readonly due: readonly string[];
}> = [
  {
    expression: "*/20 * * * *",
    timezone: "UTC",
    after: "2026-01-01T00:00:00.000Z",
    due: ["2026-01-01T00:20:00Z", "2026-01-01T00:40:00Z", "2026-01-01T01:00:00Z"],
  },
  {
    expression: "*/20 * * * *",
    timezone: "UTC",
    after: "2026-01-01T00:19:59.999Z",
    due: ["2026-01-01T00:20:00Z"],
  },
  {
    expression: "*/30 * * * * *",
    timezone: "UTC",
    after: "2026-01-01T00:00:00.001Z",
    due: ["2026-01-01T00:00:30Z", "2026-01-01T00:01:00Z"],
  },
  {
    expression: "0 0 29 2 *",
    timezone: "UTC",
    after: "2026-01-01T00:00:00.000Z",
    due: ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"],
  },
  {
    expression: "0 3 * * MON",
    timezone: "Asia/Kolkata",
    after: "2026-01-01T00:00:00.000Z",
    due: ["2026-01-04T21:30:00Z"],
  },
  {
    expression: "@yearly",
    timezone: "UTC",
    after: "2026-01-01T00:00:00.000Z",
    due: ["2027-01-01T00:00:00Z"],
  },
  { expression: "0 0 30 2 *", timezone: "UTC", after: "2026-01-01T00:00:00.000Z", due: [] },
  {
    expression: "0 0 0 1 1 * 2027",
    timezone: "UTC",
    after: "2026-01-01T00:00:00.000Z",
    due: ["2027-01-01T00:00:00Z"],
  },
  // At 03:00 Oslo puts its clocks back to 02:00: the hour comes twice.
  {
    expression: "30 2 * * *",
    timezone: "Europe/Oslo",
    after: "2026-10-24T12:00:00.000Z",
    due: ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
  },
  {
    expression: "*/30 2 * * *",
    timezone: "Europe/Oslo",
    after: "2026-10-24T12:00:00.000Z",
    due: [
      "2026-10-25T00:00:00Z",
      "2026-10-25T00:30:00Z",
      "2026-10-25T01:00:00Z",
      "2026-10-25T01:30:00Z",
      "2026-10-26T01:00:00Z",
    ],
  },
  // At 02:00 it puts them forward to 03:00: half past two does not exist.
  {
    expression: "30 2 * * *",
    timezone: "Europe/Oslo",
    after: "2026-03-28T12:00:00.000Z",
    due: ["2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"],
  },
];

for (const { expression, timezone, after, due } of CALENDAR) {
  Deno.test(`cron() finds when ${expression} is due in ${timezone} after ${after}`, () => {
    const count = Math.max(due.length, 1);
    assertEquals(dueTimes(cron(expression, { timezone }), after, count), due);
  });
}

const UNREADABLE: Readonly<Record<string, string>> = {
  "": "exactly five, six, or seven",
  "* * *": "exactly five, six, or seven",
  "61 * * * *": "Invalid value for minute: 61",
  "often * * * *": "illegal characters",
  "*/0 * * * *": "illegal stepping",
  "@reboot": "not supported",
  "2027-01-01T00:00:00": "it is a date",
};

for (const [expression, reason] of Object.entries(UNREADABLE)) {
  Deno.test(`cron() refuses ${JSON.stringify(expression)}`, () => {
    const error = assertThrows(
      () => cron(expression),
      TypeError,
      "Cannot read cron expression as ",
    );
    assert(error.message.includes(reason), error.message);
    assert(error.message.endsWith(`: got ${JSON.stringify(expression)}`), error.message);
  });
}

Deno.test("cron() refuses a time zone that does not exist", () => {
  assertThrows(() => cron("@daily", { timezone: "Europe/Atlantis" }), RangeError, "Atlantis");
});

Deno.test("cron() starts no timer and answers alike at any time of day", () => {
  const RealDate = globalThis.Date;
  const { setTimeout } = globalThis;
  const expressions = ["*/5 * * * *", "0 3 * * MON", "@yearly", "? ? * * *"];
  const answers = () =>
    expressions.map((expression) => cron(expression, { timezone: "UTC" }).next(1_767_225_600_000));
  const expected = answers();
  globalThis.setTimeout = (() => {
    throw new Error("a timer was started");
  }) as unknown as typeof setTimeout;
  globalThis.Date = class extends RealDate {
    constructor(time: number = Date.UTC(2100, 0)) {
      super(time);
    }
  } as typeof Date;
  try {
    assertEquals(new Date().getUTCFullYear(), 2100);
    assertEquals(answers(), expected);
  } finally {
    globalThis.Date = RealDate;
    globalThis.setTimeout = setTimeout;
  }
});
