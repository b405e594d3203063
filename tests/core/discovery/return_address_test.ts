import { assertEquals, assertNotEquals } from "@std/assert";
import { ReturnAddress, saltOf } from "../../../core/discovery/return_address.ts";
import { StillClock } from "../../support/still_clock.ts";

const HOME = { host: "10.0.0.1", port: 9_999 };

function createReturnAddress(clock: StillClock = new StillClock(), secret = 1): ReturnAddress {
  return new ReturnAddress(new Uint8Array(64).fill(secret), clock);
}

Deno.test("ReturnAddress knows its cookies again, for a minute at least and two at most", () => {
  const clock = new StillClock();
  const returnAddress = createReturnAddress(clock);
  clock.pass(59_999);
  const cookie = returnAddress.issue(HOME);
  clock.pass(60_000);
  assertEquals(returnAddress.isGood(cookie, HOME), true);
  clock.pass(1);
  assertEquals(returnAddress.isGood(cookie, HOME), false);
});

Deno.test("ReturnAddress takes a cookie from nowhere else, and from nobody else", () => {
  const returnAddress = createReturnAddress();
  const cookie = returnAddress.issue(HOME);
  assertEquals(returnAddress.isGood(cookie, { ...HOME, port: 9_998 }), false);
  assertEquals(returnAddress.isGood(cookie, { ...HOME, host: "10.0.0.2" }), false);
  assertEquals(createReturnAddress(new StillClock(), 2).isGood(cookie, HOME), false);
});

Deno.test("ReturnAddress refuses cookies of another length", () => {
  const returnAddress = createReturnAddress();
  const cookie = returnAddress.issue(HOME);
  for (const other of [new Uint8Array(0), cookie.subarray(1), Uint8Array.of(...cookie, 0)]) {
    assertEquals(returnAddress.isGood(other, HOME), false);
  }
});

Deno.test("saltOf() differs from pair to pair", () => {
  const returnAddress = createReturnAddress();
  const [salt, other] = [HOME, { ...HOME, port: 1 }].map((to) => saltOf(returnAddress.issue(to)));
  assertEquals(salt.length, 2);
  assertNotEquals(salt, other);
});
