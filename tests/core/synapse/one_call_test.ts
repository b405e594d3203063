import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import type { Acceptor } from "../../../core/acceptor.ts";
import type { CallContext } from "../../../core/caller.ts";
import type { SynapseResponse } from "../../../core/codecs/synapse_message.ts";
import { MAX_FRAME_BYTES } from "../../../core/codecs/synapse_frame.ts";
import { SynapseError } from "../../../core/errors.ts";
import { createSynapseAcceptor } from "../../../core/synapse/acceptor.ts";
import { REQUEST_DEADLINE_MS } from "../../../core/synapse/one_call.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import type { Endpoints } from "../../support/pair.ts";
import { callFrame, createHost, type HostOptions, Visit } from "../../support/synapse_host.ts";
import { cutAt } from "../../support/split.ts";

const SUM = callFrame("sum", [1, 2]);

function serve(endpoints: Endpoints = {}, options?: HostOptions): Acceptor {
  const sum = (a: number, b: number) => a + b;
  return createSynapseAcceptor(createHost({ sum, ...endpoints }, options), {
    profile: { id: "node" },
  });
}

async function call(
  acceptor: Acceptor,
  endpoint: string,
  args: readonly unknown[] = [],
  kwargs?: Readonly<Record<string, unknown>>,
): Promise<SynapseResponse> {
  const visit = await new Visit(acceptor).say(callFrame(endpoint, args, kwargs));
  assertEquals(visit.isClosedWell, true, endpoint);
  await visit.leave();
  assertEquals(visit.messages.length, 1, endpoint);
  return visit.messages[0] as SynapseResponse;
}

Deno.test("OneCall answers in the same turn, in one write, and closes", async () => {
  const visit = new Visit(serve());
  visit.channel.say(SUM);
  assertEquals(visit.channel.writes.length, 1);
  assertEquals(visit.isClosedWell, true);
  assertEquals(visit.messages, [
    { type: "response", id: "1", ok: true, result: 3, error: null },
  ]);
  assertEquals(visit.conversation.address, visit.channel.remote);
  await visit.leave();
});

Deno.test("OneCall reads a request however it is cut, and what was read before it", async () => {
  const acceptor = serve();
  for (let cut = 0; cut <= SUM.length; cut++) {
    const [opening, rest] = cutAt(SUM, [cut]);
    const visit = await new Visit(acceptor, opening).say(rest);
    assertEquals((visit.messages[0] as SynapseResponse).result, 3, `cut at ${cut}`);
    await visit.leave();
  }
  const visit = await new Visit(acceptor).say(...cutAt(SUM, [...SUM.keys()]));
  assertEquals(visit.messages.length, 1);
  await visit.leave();
});

Deno.test("OneCall leaves no timer behind", async () => {
  const clock = new FakeClock();
  const visit = new Visit(serve({}, { clock }));
  assertEquals(clock.pendingTimers, 1);
  await visit.say(SUM);
  await visit.leave();
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("OneCall waits for what a function promises", async () => {
  const answer = Promise.withResolvers<string>();
  const visit = await new Visit(serve({ later: () => answer.promise })).say(callFrame("later"));
  assertEquals([visit.messages, visit.channel.closing], [[], undefined]);
  answer.resolve("now");
  await visit.say();
  assertEquals((visit.messages[0] as SynapseResponse).result, "now");
  assertEquals(visit.isClosedWell, true);
  await visit.leave();
});

Deno.test("OneCall answers who says no more and still listens", async () => {
  const answer = Promise.withResolvers<string>();
  const visit = await new Visit(serve({ later: () => answer.promise })).say(callFrame("later"));
  visit.channel.halfClose();
  answer.resolve("now");
  await visit.say();
  assertEquals((visit.messages[0] as SynapseResponse).result, "now");
  await visit.leave();
});

Deno.test("OneCall drops what follows the request, a second one included", async () => {
  const seen: number[] = [];
  const answer = Promise.withResolvers<void>();
  const acceptor = serve({ note: (n: number) => (seen.push(n), answer.promise) });
  const both = Uint8Array.of(...callFrame("note", [1]), ...callFrame("note", [2]));
  const visit = await new Visit(acceptor).say(both, callFrame("note", [3]));
  answer.resolve();
  await visit.say(callFrame("note", [4]));
  assertEquals(seen, [1]);
  assertEquals(visit.messages.length, 1);
  await visit.leave();
});

Deno.test("OneCall gives each failure its code", async () => {
  const acceptor = serve({
    boom: () => {
      throw new Error("kaboom");
    },
    odd: () => Promise.reject("text"),
    stock: () => {
      throw new SynapseError("out_of_stock", "No apples left");
    },
    unsendable: () => () => 1,
    deep: () => Promise.resolve(new Set()),
  });
  const errorOf = async (name: string, args: readonly unknown[] = []) =>
    (await call(acceptor, name, args)).error;
  assertEquals(await errorOf("boom"), { code: "internal_error", message: "kaboom" });
  assertEquals(await errorOf("odd"), { code: "internal_error", message: "text" });
  assertEquals(await errorOf("stock"), { code: "out_of_stock", message: "No apples left" });
  assertEquals((await errorOf("nope"))?.code, "bad_request");
  assertEquals((await errorOf("constructor"))?.code, "bad_request");
  // Real servers say so of wrong arguments, too, and close without a word where a result can't be sent.
  assertEquals((await errorOf("sum", [1]))?.code, "internal_error");
  assertEquals((await errorOf("sum", [1, 2, 3]))?.code, "internal_error");
  for (const name of ["unsendable", "deep"]) {
    const error = await errorOf(name);
    assertEquals(error?.code, "internal_error");
    assertStringIncludes(error!.message, `the result of ${name}`);
  }
});

Deno.test("OneCall answers a result that is too large with an error", async () => {
  const acceptor = serve({ blob: (size: number) => new Uint8Array(size) });
  const fits = await call(acceptor, "blob", [MAX_FRAME_BYTES - 1_000]);
  assertEquals((fits.result as Uint8Array).length, MAX_FRAME_BYTES - 1_000);
  const { error } = await call(acceptor, "blob", [MAX_FRAME_BYTES]);
  assertEquals(error?.code, "internal_error");
  assertStringIncludes(error!.message, "larger than");
});

Deno.test("OneCall says of an error no more than a few kilobytes", async () => {
  const { error } = await call(
    serve({
      boom: () => {
        throw new SynapseError("c".repeat(9 * 1024 * 1024), "x".repeat(9 * 1024 * 1024));
      },
    }),
    "boom",
  );
  assertEquals([error!.code.length, error!.message.length], [64, 8_192]);
});

Deno.test("OneCall closes without a word where not even an error fits", async () => {
  const visit = await new Visit(serve({}, { limits: { maxMessageBytes: 100 } }))
    .say(callFrame("no_such_function"));
  assertEquals([visit.text, visit.isClosedWell], ["", true]);
  await visit.leave();
});

Deno.test("OneCall refuses functions that stream by name, and runs their finally", async () => {
  let ran = 0;
  const left = Promise.withResolvers<void>();
  const stream = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.resolve({ done: false, value: 1 }),
      return: () => (left.resolve(), Promise.resolve({ done: true, value: undefined })),
    }),
  };
  const acceptor = serve({
    async *ticks() {
      ran++;
      yield 1;
    },
    made: () => stream,
  });
  for (const name of ["ticks", "made"]) {
    const { error } = await call(acceptor, name);
    assertEquals(error?.code, "not_supported");
    assertStringIncludes(error!.message, `Cannot call ${name} as it streams`);
  }
  await left.promise;
  assertEquals(ran, 0);
});

Deno.test("OneCall tells a function who calls, and that it can't be called back", async () => {
  let context!: CallContext;
  const look = (_n: number, given: CallContext) => {
    context = given;
  };
  const acceptor = serve({ look: [{ context: true }, look] });
  await call(acceptor, "look", [], { _n: 5 });
  const { peer, address, dialect, kwargs } = context;
  assertEquals([dialect, kwargs, address.host], ["synapse", { _n: 5 }, "peer"]);
  assertEquals([peer.address, peer.info], [address, undefined]);
  const error = await assertRejects(() => peer.call("sum", [1, 2]), SynapseError);
  assertEquals(error.code, "not_supported");
  assertThrows(() => peer.stream("sum"), SynapseError, "Cannot call sum back");
  assertThrows(() => peer.notify("sum"), SynapseError, "carries one call alone");
});

Deno.test("OneCall aborts a function's signal when its caller is gone, and answers nobody", async () => {
  let signal!: AbortSignal;
  const forever = ({ signal: given }: CallContext) => {
    signal = given;
    return new Promise((_, reject) => given.addEventListener("abort", () => reject(given.reason)));
  };
  const acceptor = serve({ forever: [{ context: true }, forever] });
  const visit = await new Visit(acceptor).say(callFrame("forever"));
  assertEquals(signal.aborted, false);
  await visit.leave();
  assertEquals((signal.reason as SynapseError).code, "connection_lost");
  await visit.say();
  assertEquals(visit.messages, []);
});

Deno.test("OneCall.close() waits for the answer, and then no longer", async () => {
  const clock = new FakeClock();
  const answer = Promise.withResolvers<string>();
  const acceptor = serve({ later: () => answer.promise }, { clock });
  const patient = await new Visit(acceptor).say(callFrame("later"));
  const closed = patient.conversation.close(1_000);
  answer.resolve("now");
  await patient.say();
  patient.channel.cut();
  await closed;
  assertEquals(patient.messages.length, 1);

  const never = Promise.withResolvers<string>();
  const stuck = serve({ later: () => never.promise }, { clock });
  const cut = await new Visit(stuck).say(callFrame("later"));
  const gone = cut.conversation.close(1_000);
  await clock.advance(999);
  assertEquals(cut.channel.closing, undefined);
  await clock.advance(1);
  await gone;
  assertEquals(cut.cutBecause, "cancelled");

  const silent = new Visit(acceptor);
  await silent.conversation.close();
  assertEquals(silent.cutBecause, "cancelled");
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("OneCall cuts who doesn't say its request in time, for which a real server waits for ever", async () => {
  for (const length of [0, 2, 4, 12, SUM.length - 1]) {
    const clock = new FakeClock();
    const visit = await new Visit(serve({}, { clock })).say(SUM.slice(0, length));
    await clock.advance(REQUEST_DEADLINE_MS - 1);
    assertEquals(visit.channel.closing, undefined, `${length} bytes`);
    await clock.advance(1);
    assertEquals(visit.cutBecause, "deadline_exceeded");
    await visit.conversation.closed;
  }
});

Deno.test("OneCall answers a request that ends too early, and closes at once", async () => {
  const visit = await new Visit(serve()).say(SUM.slice(0, 20));
  visit.channel.halfClose();
  assertEquals((visit.messages[0] as SynapseResponse).error?.code, "bad_request");
  assertEquals(visit.isClosedWell, true);
  await visit.leave();
});

Deno.test("OneCall cuts who trickles its request, too", async () => {
  const clock = new FakeClock();
  const visit = new Visit(serve({}, { clock }));
  for (const byte of SUM) {
    visit.channel.say(Uint8Array.of(byte));
    await clock.advance(1_000);
  }
  assertEquals(visit.cutBecause, "deadline_exceeded");
});

Deno.test("OneCall cuts who takes its answer and doesn't close", async () => {
  const clock = new FakeClock();
  const visit = await new Visit(serve({}, { clock })).say(SUM);
  await clock.advance(REQUEST_DEADLINE_MS);
  await visit.conversation.closed;
});

Deno.test("OneCall gives who takes a large answer slowly the time for it", async () => {
  const clock = new FakeClock();
  let buffered = 3;
  const slow = new Visit(serve({}, { clock }));
  Object.defineProperty(slow.channel, "bufferedBytes", { get: () => buffered });
  await slow.say(SUM);
  while (buffered > 0) {
    buffered--;
    await clock.advance(REQUEST_DEADLINE_MS);
    assertEquals(clock.pendingTimers, 1);
  }
  await clock.advance(REQUEST_DEADLINE_MS);
  await slow.conversation.closed;
});

Deno.test("OneCall answers a frame over the limit, and reads off what a polite sender still sends", async () => {
  const size = MAX_FRAME_BYTES + 1;
  const visit = await new Visit(serve()).say(Uint8Array.of(0, 0x40, 0, 1));
  assertEquals(visit.messages.length, 1);
  const { id, ok, error } = visit.messages[0] as SynapseResponse;
  assertEquals([id, ok, error?.code], ["", false, "bad_request"]);
  assertStringIncludes(error!.message, `got ${size}`);
  const chunk = new Uint8Array(64 * 1024);
  for (let sent = chunk.length; sent < size; sent += chunk.length) {
    visit.channel.say(chunk);
    assertEquals(visit.channel.closing, undefined, `after ${sent} bytes`);
  }
  visit.channel.say(Uint8Array.of(0));
  assertEquals(visit.isClosedWell, true);
  assertEquals(visit.messages.length, 1);
  await visit.leave();
});

Deno.test("OneCall reads off no more than a message's worth, and for no longer than a request", async () => {
  const clock = new FakeClock();
  const acceptor = serve({}, { clock, limits: { maxMessageBytes: 1_000 } });
  const endless = await new Visit(acceptor).say(Uint8Array.of(0xff, 0, 0, 0), new Uint8Array(999));
  assertEquals(endless.channel.closing, undefined);
  endless.channel.say(new Uint8Array(1));
  assertEquals(endless.isClosedWell, true);
  await endless.leave();

  const silent = await new Visit(acceptor).say(Uint8Array.of(0xff, 0, 0, 0));
  await clock.advance(REQUEST_DEADLINE_MS);
  assertEquals(silent.isClosedWell, true);
  await silent.leave();

  const leaving = await new Visit(acceptor).say(Uint8Array.of(0xff, 0, 0, 0));
  leaving.channel.halfClose();
  assertEquals(leaving.isClosedWell, true);
  await leaving.leave();
});
