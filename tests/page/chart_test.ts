import { assertEquals } from "@std/assert";
import { drawLine, roundUp } from "../../page/chart.ts";

Deno.test("roundUp() gives 1, 2 or 5, times a power of ten", () => {
  assertEquals([1, 1.1, 2, 3, 5, 6, 10, 99, 0.1, 0.03].map(roundUp), [
    ...[1, 2, 2, 5, 5, 10, 10, 100, 0.1, 0.05],
  ]);
});

Deno.test("drawLine() ends at the right, between the edges", () => {
  assertEquals(drawLine([0, 5, 10], { top: 10 }), "M117 47.00L118 24.00L119 1.00");
});

Deno.test("drawLine() leaves a gap where a value is missing, and a dot for one alone", () => {
  const line = drawLine([1, undefined, 1, 1], { top: 1 });
  assertEquals(line, "M116 1.00h.01M118 1.00L119 1.00");
  assertEquals(drawLine([undefined], { top: 1 }), "");
});

Deno.test("drawLine() goes by orders of magnitude where it has a floor", () => {
  assertEquals(
    drawLine([0, 1, 10, 100], { top: 100, floor: 1 }),
    [
      ...["M116 47.00", "L117 47.00", "L118 24.00", "L119 1.00"],
    ].join(""),
  );
});
