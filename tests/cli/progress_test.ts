import { assertEquals } from "@std/assert";
import { formatBytes, formatProgress, ProgressLine } from "../../cli/progress.ts";
import { FakeOutput } from "./fake_io.ts";

const MIB = 1024 * 1024;
const HALF = { name: "report.pdf", size: 4 * MIB, bytes: 1.8 * MIB, rate: MIB };

for (
  const [bytes, text] of [
    [0, "0 B"],
    [999, "999 B"],
    [1_000, "1.0 KiB"],
    [10_240, "10 KiB"],
    [1_023_999, "1.0 MiB"],
    [1.94 * 1024 * MIB, "1.9 GiB"],
    [9.96 * MIB, "10 MiB"],
    [512 * MIB, "512 MiB"],
    [2 ** 53, "8.0 PiB"],
    [2000 * 2 ** 50, "2000 PiB"],
  ] as const
) {
  Deno.test(`formatBytes() writes ${bytes} as ${text}`, () => {
    assertEquals(formatBytes(bytes), text);
  });
}

for (
  const [columns, line] of [
    [
      120,
      "report.pdf  [##################----------------------]   45 %  1.8 MiB of 4.0 MiB  1.0 MiB/s  0:03 left",
    ],
    [79, "report.pdf  [#####--------]   45 %  1.8 MiB of 4.0 MiB  1.0 MiB/s  0:03 left"],
    [60, "report.pdf   45 %  1.8 MiB of 4.0 MiB  1.0 MiB/s  0:03 left"],
    [20, "report.pdf   45 %  1"],
  ] as const
) {
  Deno.test(`formatProgress() fits into ${columns} columns`, () => {
    assertEquals(formatProgress(HALF, columns).length <= columns, true);
    assertEquals(formatProgress(HALF, columns), line);
  });
}

for (
  const [change, end] of [
    [{ rate: undefined }, "1.8 MiB of 4.0 MiB"],
    [{ rate: 0 }, "0 B/s  stalled"],
    [{ bytes: 4 * MIB }, "100 %  4.0 MiB of 4.0 MiB  1.0 MiB/s  done"],
    [{ size: 0, bytes: 0, rate: undefined }, "100 %  0 B of 0 B"],
    [{ rate: 1_000 }, "38:27 left"],
    [{ rate: 100 }, "6:24:29 left"],
    [{ rate: 1 }, "days left"],
  ] as const
) {
  Deno.test(`formatProgress() ends with ${end}`, () => {
    const line = formatProgress({ ...HALF, ...change }, 200);
    assertEquals(line.slice(-end.length), end);
  });
}

Deno.test("formatProgress() makes long and harmful names harmless", () => {
  assertEquals(
    formatProgress({ ...HALF, name: `\u001b[2J${"x".repeat(50)}` }, 200).split("  ")[0],
    `\\u001b[2J${"x".repeat(20)}…`,
  );
});

Deno.test("ProgressLine draws in place, ten times a second at most, and the end in any case", () => {
  const output = new FakeOutput();
  let nowMs = 0;
  const line = new ProgressLine(output, { name: "a", columns: () => 61, now: () => nowMs });
  for (; nowMs < 1_000; nowMs += 10) line.update(nowMs * 1_000, 2_000_000);
  line.update(1_990_000, 2_000_000);
  nowMs += 5;
  line.update(2_000_000, 2_000_000);
  line.clear();
  const drawn = output.text.split("\r\u001b[K");
  assertEquals(drawn.slice(0, 3), [
    "",
    "a    0 %  0 B of 1.9 MiB",
    "a    5 %  98 KiB of 1.9 MiB  977 KiB/s  0:02 left",
  ]);
  assertEquals(drawn.length, 14);
  assertEquals(drawn.slice(-2), ["a  100 %  1.9 MiB of 1.9 MiB  1.9 MiB/s  done", ""]);
});

Deno.test("ProgressLine forgets the rate when it begins again further back", () => {
  const output = new FakeOutput();
  let nowMs = 0;
  const line = new ProgressLine(output, { name: "a", columns: () => 61, now: () => nowMs });
  for (const bytes of [0, 100_000, 50_000, 51_024]) {
    line.update(bytes, 200_000);
    nowMs += 1_000;
  }
  assertEquals(output.text.split("\r\u001b[K").slice(2), [
    "a   50 %  98 KiB of 195 KiB  98 KiB/s  0:01 left",
    "a   25 %  49 KiB of 195 KiB",
    "a   25 %  50 KiB of 195 KiB  1.0 KiB/s  2:26 left",
  ]);
});

Deno.test("ProgressLine says nothing where there was nothing to say", () => {
  const output = new FakeOutput();
  new ProgressLine(output, { name: "a", columns: () => 61, now: () => 0 }).clear();
  assertEquals(output.text, "");
});

Deno.test("ProgressLine keeps to the width that the terminal has by then", () => {
  const output = new FakeOutput();
  let [columns, nowMs] = [61, 0];
  const line = new ProgressLine(output, { name: "a", columns: () => columns, now: () => nowMs });
  line.update(1_000, 4_000);
  [columns, nowMs] = [21, 200];
  line.update(2_000, 4_000);
  assertEquals(output.text.split("\r\u001b[K").at(-1)?.length, 20);
});
