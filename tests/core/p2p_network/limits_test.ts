import { assertEquals, assertThrows } from "@std/assert";
import { DEFAULT_P2P_LIMITS, resolveP2pLimits } from "../../../core/p2p_network/limits.ts";

Deno.test("resolveP2pLimits() fills in the defaults", () => {
  assertEquals(resolveP2pLimits(), DEFAULT_P2P_LIMITS);
  assertEquals(resolveP2pLimits({ quietMs: 5 }), { ...DEFAULT_P2P_LIMITS, quietMs: 5 });
});

for (const value of [0, -1, 1.5, NaN, Infinity]) {
  Deno.test(`resolveP2pLimits() refuses ${value}`, () => {
    const limits = { maxMessageBytes: value };
    assertThrows(
      () => resolveP2pLimits(limits),
      RangeError,
      "Cannot set p2p limit maxMessageBytes",
    );
  });
}
