import { assert, assertEquals } from "@std/assert";
import { AdvertSchedule } from "../../../core/discovery/advert_schedule.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { SimulatedClock } from "../../support/simulated_clock.ts";

function createSchedule(world: { crowd: number; hasRoom?: boolean; random?: () => number }) {
  const clock = new SimulatedClock();
  const times: number[] = [];
  const schedule = new AdvertSchedule({
    clock,
    random: world.random ?? seededRandom(1),
    crowd: () => world.crowd,
    hasRoom: () => world.hasRoom ?? true,
    advertise: () => times.push(clock.now()),
  });
  return { clock, schedule, times };
}

function gaps(times: readonly number[]): number[] {
  return times.slice(1).map((time, i) => time - times[i]);
}

Deno.test("AdvertSchedule advertises every 2.5 s, a fifth more or less", () => {
  const { clock, schedule, times } = createSchedule({ crowd: 5 });
  schedule.start();
  clock.run(600_000);
  assert(times[0] >= 1_000 && times[0] <= 3_500);
  assert(gaps(times).every((gap) => gap >= 2_000 && gap <= 3_000));
  assert(Math.max(...gaps(times)) > 2_900 && Math.min(...gaps(times)) < 2_100);
});

Deno.test("AdvertSchedule reconsiders when the crowd has grown meanwhile", () => {
  const world = { crowd: 2 };
  const { clock, schedule, times } = createSchedule(world);
  schedule.start();
  world.crowd = 1_600;
  clock.run(1_000_000);
  assert(gaps(times).every((gap) => gap >= 80_000 && gap <= 120_000));
});

Deno.test("AdvertSchedule.reconsider() brings the next advert forward when the crowd has shrunk", () => {
  const world = { crowd: 1_600, random: () => 0.5 };
  const { clock, schedule, times } = createSchedule(world);
  schedule.start();
  clock.run(20_000);
  assertEquals(times, []);
  world.crowd = 4;
  schedule.reconsider();
  clock.run(1);
  assertEquals(times, [20_000]);
});

Deno.test("AdvertSchedule waits while there is no room, but not for ever", () => {
  const world = { crowd: 4, hasRoom: false, random: () => 0.5 };
  const { clock, schedule, times } = createSchedule(world);
  schedule.start();
  clock.run(7_000);
  assertEquals(times, []);
  clock.run(3_000);
  assertEquals(times.length, 1);
  world.hasRoom = true;
  clock.run(2_500);
  assertEquals(times.length, 2);
});

Deno.test("AdvertSchedule.restart() counts from now, and stop() ends it", () => {
  const { clock, schedule, times } = createSchedule({ crowd: 4, random: () => 0.5 });
  schedule.start();
  clock.run(2_000);
  schedule.restart();
  clock.run(2_499);
  assertEquals(times, []);
  clock.run(1);
  assertEquals(times, [4_500]);
  schedule.stop();
  clock.run(60_000);
  assertEquals(times, [4_500]);
});
