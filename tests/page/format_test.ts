import { assertEquals } from "@std/assert";
import { formatCount, formatMs, formatRate, formatSpan } from "../../page/format.ts";

/** With plain spaces. */
function plain(text: string): string {
  return text.replaceAll("\u00a0", " ");
}

Deno.test("formatMs() writes two digits that count", () => {
  const written = [0.004, 0.1, 0.994, 1, 1.26, 9.94, 9.96, 99, 994.4, 996, 12_300].map(formatMs);
  assertEquals(written.map(plain), [
    ...["0.00 ms", "0.10 ms", "0.99 ms", "1 ms", "1.3 ms", "9.9 ms", "10 ms", "99 ms", "994 ms"],
    ...["1.0 s", "12 s"],
  ]);
});

Deno.test("formatSpan() writes the largest unit and the next one", () => {
  const written = [-5, 0, 999, 61_000, 3_600_000, 11_520_000, 90_000_000].map(formatSpan);
  assertEquals(written.map(plain), [
    "0 s",
    "0 s",
    "0 s",
    "1 min 1 s",
    "1 h",
    "3 h 12 min",
    "1 d 1 h",
  ]);
});

Deno.test("formatRate() and formatCount() write numbers that are easily read", () => {
  assertEquals([0, 0.52, 3.99, 9.97, 12_345.6].map(formatRate), ["0", "0.5", "4", "10", "12,346"]);
  assertEquals(formatCount(1_234_567), "1,234,567");
});
