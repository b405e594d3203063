import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { PinnedKeys } from "../../core/pinned_keys.ts";
import { RUNS } from "../support/arbitraries.ts";

Deno.test("PinnedKeys remembers, replaces and forgets", () => {
  const pins = new PinnedKeys(10);
  assertEquals(pins.get("alice@demo"), undefined);
  for (const isEstablished of [false, true]) {
    pins.remember({ handle: "alice@demo", key: "1" }, isEstablished);
    assertEquals(pins.get("alice@demo"), "1");
    pins.remember({ handle: "alice@demo", key: "2" }, isEstablished);
    assertEquals(pins.get("alice@demo"), "2");
    assertEquals(pins.forget("alice@demo"), true);
    assertEquals(pins.get("alice@demo"), undefined);
    assertEquals(pins.forget("alice@demo"), false);
  }
});

Deno.test("PinnedKeys lets a flood push out only its like", () => {
  const pins = new PinnedKeys(100);
  pins.remember({ handle: "alice@demo", key: "alice" }, true);
  pins.remember({ handle: "fleeting@demo", key: "fleeting" }, false);
  for (let i = 0; i < 100_000; i++) pins.remember({ handle: `${i}@demo`, key: `${i}` }, false);
  assertEquals(pins.get("alice@demo"), "alice");
  assertEquals(pins.get("fleeting@demo"), undefined);
  assertEquals(pins.get("99999@demo"), "99999");
});

Deno.test("PinnedKeys keeps an established name established, however short the next visit", () => {
  const pins = new PinnedKeys(100);
  pins.remember({ handle: "alice@demo", key: "alice" }, true);
  pins.remember({ handle: "alice@demo", key: "alice" }, false);
  assertEquals(pins.established(), [{ handle: "alice@demo", key: "alice" }]);
  for (let i = 0; i < 1000; i++) pins.remember({ handle: `${i}@demo`, key: `${i}` }, false);
  assertEquals(pins.get("alice@demo"), "alice");
  pins.remember({ handle: "alice@demo", key: "another" }, false);
  assertEquals(pins.get("alice@demo"), "another");
});

Deno.test("PinnedKeys does not fall back to what was replaced", () => {
  const pins = new PinnedKeys(10);
  pins.remember({ handle: "alice@demo", key: "1" }, false);
  pins.remember({ handle: "alice@demo", key: "2" }, true);
  for (let i = 0; i < 20; i++) pins.remember({ handle: `${i}@demo`, key: `${i}` }, true);
  assertEquals(pins.get("alice@demo"), undefined);
});

Deno.test("PinnedKeys keeps what is asked for", () => {
  const pins = new PinnedKeys(10);
  pins.remember({ handle: "alice@demo", key: "alice" }, true);
  for (let i = 0; i < 1000; i++) {
    pins.remember({ handle: `${i}@demo`, key: `${i}` }, true);
    assertEquals(pins.get("alice@demo"), "alice");
  }
});

Deno.test("PinnedKeys holds at least the last half of maxEntries and at most maxEntries", () => {
  const handles = fc.array(fc.nat(30).map((i) => `${i}@demo`), { maxLength: 100 });
  fc.assert(
    fc.property(handles, fc.integer({ min: 2, max: 12 }), (handles, maxEntries) => {
      const pins = new PinnedKeys(maxEntries);
      for (const handle of handles) pins.remember({ handle, key: handle }, true);
      const held = pins.established().map(({ handle }) => handle);
      assertEquals(held.length, new Set(held).size);
      assert(held.length <= maxEntries, `${held.length}`);
      const recent = [...new Set(handles.toReversed())].slice(0, Math.floor(maxEntries / 2));
      for (const handle of recent) assert(held.includes(handle), handle);
    }),
    RUNS,
  );
});
