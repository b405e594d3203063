import { assertEquals, assertThrows } from "@std/assert";
import { DEFAULT_LIMITS, type Limits, resolveLimits } from "../../core/limits.ts";

Deno.test("resolveLimits() gives the defaults, all of them usable", () => {
  assertEquals(resolveLimits(), DEFAULT_LIMITS);
  assertEquals(resolveLimits(DEFAULT_LIMITS), DEFAULT_LIMITS);
});

Deno.test("resolveLimits() overrides what is given and nothing else", () => {
  const limits = resolveLimits({ maxDepth: 7 });
  assertEquals(limits, { ...DEFAULT_LIMITS, maxDepth: 7 });
  assertEquals(DEFAULT_LIMITS.maxDepth, 128);
});

Deno.test("resolveLimits() refuses what is no positive whole number, by name", () => {
  for (const name of Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]) {
    assertEquals(resolveLimits({ [name]: 1 })[name], 1);
    for (const value of [0, -1, 1.5, NaN, Infinity, 2 ** 53, "5", null]) {
      assertThrows(
        () => resolveLimits({ [name]: value }),
        RangeError,
        `Cannot set limit ${name} as it must be a positive whole number: got ${value}`,
      );
    }
  }
});
