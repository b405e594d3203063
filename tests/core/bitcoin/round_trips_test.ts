import { assertEquals, assertRejects } from "@std/assert";
import { RoundTrips } from "../../../core/bitcoin/round_trips.ts";
import { SynapseError } from "../../../core/errors.ts";
import { FakeClock } from "../../support/fake_clock.ts";

Deno.test("RoundTrips takes each pong for its own ping, in any order, once", async () => {
  const clock = new FakeClock();
  const trips = new RoundTrips(clock);
  const first = trips.ping(1n);
  await clock.advance(10);
  const second = trips.ping(2n);
  await clock.advance(5);
  assertEquals([trips.pong(2n), trips.pong(1n)], [true, true]);
  assertEquals([await first, await second], [15, 5]);
  assertEquals([trips.pong(1n), trips.pong(3n)], [false, false]);
  assertEquals(trips.minMs, 5);
});

Deno.test("RoundTrips gives up the oldest ping when too many are unanswered", async () => {
  const trips = new RoundTrips(new FakeClock());
  const pings = Array.from({ length: 65 }, (_, i) => trips.ping(BigInt(i)));
  const error = await assertRejects(() => pings[0], SynapseError);
  assertEquals(error.code, "limit_exceeded");
  assertEquals(trips.pong(64n), true);
  const reason = new Error("over");
  trips.end(reason);
  assertEquals(await assertRejects(() => pings[1]), reason);
});

Deno.test("RoundTrips lets pongs to pings that were given up pass, one each", () => {
  const trips = new RoundTrips(new FakeClock());
  for (let i = 0; i < 66; i++) trips.ping(BigInt(i));
  assertEquals(trips.pong(65n), true);
  assertEquals([trips.pong(0n), trips.pong(1n), trips.pong(1n)], [true, true, false]);
  assertEquals(trips.minMs, 0);
});
