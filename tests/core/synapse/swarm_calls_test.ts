import { assertEquals, assertRejects } from "@std/assert";
import { DEFAULT_EXTENSIONS } from "../../../core/codecs/messagepack_extensions.ts";
import { SYNAPSE_DIALECT } from "../../../core/dialects/synapse.ts";
import { EncodeError, SynapseError } from "../../../core/errors.ts";
import { type Limits, resolveLimits } from "../../../core/limits.ts";
import { SWARM_CALL_TIMEOUT_MS, SwarmCalls } from "../../../core/synapse/swarm_calls.ts";
import { parseSwarmPeer, type SwarmPeer } from "../../../core/synapse/swarm_peer.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { StubChannel } from "../../support/stub_channel.ts";
import { peerMap } from "../../support/swarm_lab.ts";
import { encodeFrame } from "../../support/synapse_host.ts";

const OK = encodeFrame({ type: "response", id: "1", ok: true, result: "yes", error: null });
const CALL = { method: "f", args: [] };

/** Calls whose dials lead to channels that the test answers. */
class Switchboard {
  readonly clock = new FakeClock();
  readonly channels: StubChannel[] = [];
  readonly calls: SwarmCalls;

  constructor(overrides: Partial<Limits> = {}) {
    const limits = resolveLimits(overrides);
    this.calls = new SwarmCalls({
      clock: this.clock,
      wire: SYNAPSE_DIALECT.open({ limits, extensions: DEFAULT_EXTENSIONS }),
      limits,
      dial: () => {
        const channel = new StubChannel();
        this.channels.push(channel);
        return Promise.resolve(channel);
      },
    });
  }
}

function peersOf(count: number): SwarmPeer[] {
  return Array.from({ length: count }, (_, i) => parseSwarmPeer(peerMap(`peer${i}`), 0));
}

Deno.test("SwarmCalls.callEach() calls 128 at once, and others as these are done", async () => {
  const { calls, channels, clock } = new Switchboard();
  const answers: unknown[] = [];
  const done = calls.callEach(peersOf(200), CALL, (peer, result) => {
    answers.push([peer.name, result]);
  });
  await clock.runMicrotasks();
  assertEquals(channels.length, 128);
  channels[5].say(OK);
  await clock.runMicrotasks();
  assertEquals([channels.length, answers], [129, [["peer5", "yes"]]]);
  await clock.advance(SWARM_CALL_TIMEOUT_MS);
  assertEquals(channels.length, 200);
  await clock.advance(SWARM_CALL_TIMEOUT_MS);
  await done;
  assertEquals(channels.every((channel) => channel.closing !== undefined), true);
  assertEquals([answers.length, clock.pendingTimers], [1, 0]);
});

Deno.test("SwarmCalls.callEach() doesn't make calls whose turn comes too late", async () => {
  const { calls, channels, clock } = new Switchboard();
  const done = calls.callEach(peersOf(1_000), CALL);
  await clock.advance(60_000);
  await done;
  assertEquals(channels.length, 4 * 128);
});

Deno.test("SwarmCalls holds no more requests than may wait in memory", async () => {
  const { calls, clock } = new Switchboard({ maxBufferedBytes: 2_000 });
  const call = { method: "f", args: [new Uint8Array(1_000)] };
  const first = calls.callEach(peersOf(3), call);
  const error = await assertRejects(() => calls.callEach(peersOf(1), call), SynapseError);
  assertEquals(error.code, "limit_exceeded");
  await clock.advance(SWARM_CALL_TIMEOUT_MS);
  await first;
  const next = calls.callEach(peersOf(1), call);
  await clock.advance(SWARM_CALL_TIMEOUT_MS);
  await next;
});

Deno.test("SwarmCalls holds no more calls than can be waited for", async () => {
  const { calls, clock } = new Switchboard();
  const first = calls.callEach(peersOf(20_000), CALL);
  await clock.runMicrotasks();
  const error = await assertRejects(() => calls.callEach(peersOf(200), CALL), SynapseError);
  assertEquals(error.code, "limit_exceeded");
  calls.stop();
  await first;
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("SwarmCalls encodes before it calls anybody", async () => {
  const { calls, channels } = new Switchboard();
  const call = { method: "f", args: [() => 1] };
  await assertRejects(() => calls.callEach(peersOf(1), call), EncodeError);
  await assertRejects(() => calls.call({ address: "x", port: 1 }, call), EncodeError);
  await calls.callEach([], call);
  assertEquals(channels, []);
});
