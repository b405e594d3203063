import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { formatAddress } from "../../../core/address.ts";
import { encodeMessagePack } from "../../../core/codecs/messagepack.ts";
import type { OneCallDialect } from "../../../core/dialects/one_call.ts";
import { SYNAPSE_DIALECT } from "../../../core/dialects/synapse.ts";
import { SYNAPSE_BARE_DIALECT } from "../../../core/dialects/synapse_bare.ts";
import {
  DecodeError,
  EncodeError,
  RemoteError,
  SynapseError,
  TimeoutError,
  TransportError,
} from "../../../core/errors.ts";
import { type Limits, resolveLimits } from "../../../core/limits.ts";
import { OneCallCaller } from "../../../core/synapse/one_call_caller.ts";
import type { MessageEntry } from "../../../core/trace.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { StubChannel } from "../../support/stub_channel.ts";
import { decodeFrames, encodeFrame } from "../../support/synapse_host.ts";
import { BARE, FRAMES, vectorOf } from "../../support/synapse_vectors.ts";

const ADDRESS = { scheme: "synapse", host: "node", port: 1, path: "" };

/** A caller whose dials lead to channels that the test answers. */
class Desk {
  readonly clock = new FakeClock();
  readonly channels: StubChannel[] = [];
  readonly entries: MessageEntry[] = [];
  readonly caller: OneCallCaller;
  refusal: Error | undefined;

  constructor(dialect: OneCallDialect, limits: Partial<Limits> = {}) {
    this.caller = new OneCallCaller({
      address: ADDRESS,
      dial: (signal) => this.#dial(signal),
      clock: this.clock,
      limits: resolveLimits(limits),
      dialect,
      openTrace: () => (entry) => void this.entries.push(entry),
    });
  }

  /** The channel of the latest call, once the call was made. */
  async answered(...chunks: readonly Uint8Array[]): Promise<StubChannel> {
    await this.clock.runMicrotasks();
    const channel = this.channels.at(-1)!;
    for (const chunk of chunks) channel.say(chunk);
    return channel;
  }

  #dial(signal: AbortSignal): Promise<StubChannel> {
    signal.throwIfAborted();
    if (this.refusal !== undefined) return Promise.reject(this.refusal);
    const channel = new StubChannel();
    this.channels.push(channel);
    return Promise.resolve(channel);
  }
}

const OK = encodeFrame({ type: "response", id: "1", ok: true, result: 3, error: null });

Deno.test("OneCallCaller dials for each call, writes once, and closes behind the answer", async () => {
  const desk = new Desk(SYNAPSE_DIALECT);
  assertEquals([desk.caller.info, desk.caller.address], [undefined, ADDRESS]);
  for (const id of ["1", "2"]) {
    const result = desk.caller.call("sum", [1], { kwargs: { b: 2 } });
    const channel = await desk.answered(OK);
    assertEquals(await result, 3);
    assertEquals(channel.writes.length, 1);
    assertEquals(decodeFrames(channel.output), [
      { type: "request", endpoint: "sum", id, args: [1], kwargs: { b: 2 } },
    ]);
    assertEquals(channel.closing, { reason: undefined });
  }
  assertEquals([desk.channels.length, desk.clock.pendingTimers], [2, 0]);
});

Deno.test("OneCallCaller reads what real nodes answered, however it is cut", async () => {
  const desk = new Desk(SYNAPSE_DIALECT);
  for (const { name, direction, bytes, decoded } of FRAMES) {
    if (direction !== "server->client") continue;
    const { ok, result, error } = decoded as Record<string, unknown>;
    const outcome = desk.caller.call("sum").catch((error) => error);
    await desk.answered(...Array.from(bytes, (byte) => Uint8Array.of(byte)));
    if (ok) assertEquals(await outcome, result, name);
    else {
      const { code, message, method } = await outcome as RemoteError;
      assertEquals({ code, message }, error, name);
      assertEquals(method, "sum");
    }
  }
});

Deno.test("OneCallCaller takes an error without a text, and passes over what follows an answer", async () => {
  const desk = new Desk(SYNAPSE_DIALECT);
  const failing = desk.caller.call("sum");
  const refusal = encodeFrame({ type: "response", id: "", ok: false, result: null, error: null });
  await desk.answered(Uint8Array.of(...refusal, 1, 2, 3));
  const error = await assertRejects(() => failing, RemoteError, "sum failed");
  assertEquals(error.code, "internal_error");
});

Deno.test("OneCallCaller refuses what is no answer", async () => {
  const request = encodeFrame({ type: "request", endpoint: "x", id: "", args: [], kwargs: {} });
  const untyped = encodeMessagePack({ id: "1", ok: true, result: 3, error: null });
  for (
    const bytes of [
      request,
      Uint8Array.of(0, 0, 0, untyped.length, ...untyped),
      Uint8Array.of(0xff, 0xff, 0xff, 0xff),
      new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"),
    ]
  ) {
    const desk = new Desk(SYNAPSE_DIALECT);
    const outcome = desk.caller.call("sum");
    const channel = await desk.answered(bytes);
    await assertRejects(() => outcome, DecodeError);
    assertEquals(channel.closing, { reason: undefined });
  }
});

Deno.test("OneCallCaller tells an end without an answer, one inside it, and a break apart", async () => {
  const desk = new Desk(SYNAPSE_DIALECT);
  const nothing = desk.caller.call("sum");
  (await desk.answered()).halfClose();
  const error = await assertRejects(() => nothing, SynapseError, "without an answer");
  assertEquals(error.code, "connection_lost");

  const half = desk.caller.call("sum");
  (await desk.answered(OK.slice(0, 9))).halfClose();
  assertEquals((await assertRejects(() => half, DecodeError)).reason, "truncated");

  const gone = desk.caller.call("sum");
  (await desk.answered()).cut();
  await assertRejects(() => gone, SynapseError, "without an answer");

  const broken = desk.caller.call("sum");
  (await desk.answered()).cut(new TransportError("connection_lost", "x", "It broke"));
  await assertRejects(() => broken, TransportError, "It broke");

  desk.refusal = new TransportError("unreachable", "x", "Nobody there");
  await assertRejects(() => desk.caller.call("sum"), TransportError, "Nobody there");
  assertEquals(desk.clock.pendingTimers, 0);
});

for (const dialect of [SYNAPSE_DIALECT, SYNAPSE_BARE_DIALECT]) {
  Deno.test(`OneCallCaller gives a ${dialect.name} call one deadline, and cuts it then`, async () => {
    const desk = new Desk(dialect);
    const outcome = desk.caller.call("sum", [1, 2]).catch((error) => error);
    const channel = await desk.answered(OK.slice(0, 5));
    await desk.clock.advance(29_999);
    assertEquals(channel.closing, undefined);
    await desk.clock.advance(1);
    const error = await outcome;
    assertEquals(error instanceof TimeoutError, true);
    assertEquals(channel.closing?.reason, error);
  });
}

Deno.test("OneCallCaller stops when its caller says so", async () => {
  const desk = new Desk(SYNAPSE_DIALECT);
  const controller = new AbortController();
  const outcome = desk.caller.call("sum", [], { signal: controller.signal });
  const channel = await desk.answered();
  const reason = new Error("enough");
  controller.abort(reason);
  assertEquals(await assertRejects(() => outcome), reason);
  assertEquals(channel.closing, { reason });
  await assertRejects(() => desk.caller.call("sum", [], { signal: controller.signal }));
  assertEquals(desk.channels.length, 1);
});

Deno.test("OneCallCaller waits for so many answers, and no more", async () => {
  const desk = new Desk(SYNAPSE_DIALECT, { maxPendingCalls: 1 });
  const first = desk.caller.call("sum");
  const error = await assertRejects(() => desk.caller.call("sum"), SynapseError);
  assertEquals(error.code, "limit_exceeded");
  await desk.answered(OK);
  assertEquals(await first, 3);
  const next = desk.caller.call("sum");
  await desk.answered(OK);
  assertEquals(await next, 3);
});

Deno.test("OneCallCaller dials nobody for what can't be sent", async () => {
  const framed = new Desk(SYNAPSE_DIALECT);
  await assertRejects(() => framed.caller.call("sum", [() => 1]), EncodeError);
  const large = new Uint8Array(4 * 1024 * 1024);
  const error = await assertRejects(() => framed.caller.call("sum", [large]), EncodeError);
  assertEquals(error.code, "limit_exceeded");
  const bare = new Desk(SYNAPSE_BARE_DIALECT);
  await assertRejects(() => bare.caller.call("sum", [new Uint8Array(4_096)]), EncodeError);
  const kwargs = { kwargs: { a: 1 } };
  const named = await assertRejects(() => bare.caller.call("sum", [], kwargs), EncodeError);
  assertEquals(named.code, "not_supported");
  assertEquals([framed.channels.length, bare.channels.length], [0, 0]);
});

Deno.test("OneCallCaller refuses notifications by name", () => {
  const { caller } = new Desk(SYNAPSE_BARE_DIALECT);
  const notify = () => caller.notify("log");
  const { code } = assertThrows(notify, SynapseError, "notify log by synapse-v0");
  assertEquals(code, "not_supported");
});

Deno.test("OneCallCaller sends the bytes of synapse v0, and reads to the end", async () => {
  const desk = new Desk(SYNAPSE_BARE_DIALECT);
  const outcome = desk.caller.call("sum", [1, 2], { kwargs: {} });
  const channel = await desk.answered();
  assertEquals(channel.writes, [vectorOf(BARE, "sum.request").bytes]);
  const { bytes } = vectorOf(BARE, "sum.response");
  channel.say(bytes.slice(0, 5));
  channel.say(bytes.slice(5)).halfClose();
  assertEquals(await outcome, "The sum is 3");
  assertEquals(channel.closing, { reason: undefined });
});

Deno.test("OneCallCaller reads what is no text as bytes, nothing as an empty text, 400 as a refusal", async () => {
  const desk = new Desk(SYNAPSE_BARE_DIALECT);
  const read = async (bytes: Uint8Array) => {
    const outcome = desk.caller.call("f");
    outcome.catch(() => {});
    (await desk.answered(bytes)).halfClose();
    return await outcome;
  };
  assertEquals(await read(Uint8Array.of(0x92, 0xff)), Uint8Array.of(0x92, 0xff));
  assertEquals(await read(new Uint8Array(0)), "");
  assertEquals(await read(new TextEncoder().encode("4000")), "4000");
  const refused = () => read(new TextEncoder().encode("400"));
  assertEquals((await assertRejects(refused, RemoteError)).code, "bad_request");
});

Deno.test("OneCallCaller reads no endless answer", async () => {
  const desk = new Desk(SYNAPSE_BARE_DIALECT, { maxMessageBytes: 1_000 });
  const fits = desk.caller.call("f");
  (await desk.answered(new Uint8Array(1_000))).halfClose();
  assertEquals((await fits as string).length, 1_000);
  const endless = desk.caller.call("f");
  await desk.answered(new Uint8Array(1_000), new Uint8Array(1));
  assertEquals((await assertRejects(() => endless, DecodeError)).reason, "limit");
});

Deno.test("OneCallCaller tells of a request and its answer, and nothing of what is in them", async () => {
  const desk = new Desk(SYNAPSE_DIALECT);
  const sum = desk.caller.call("sum", ["a password"]);
  const first = await desk.answered(OK.slice(0, 10));
  await desk.clock.advance(25);
  first.say(OK.slice(10));
  await sum;
  const failed = encodeFrame({
    type: "response",
    id: "2",
    ok: false,
    result: null,
    error: { code: "internal_error", message: "a secret" },
  });
  const fails = desk.caller.call("fails");
  const second = await desk.answered(failed);
  await assertRejects(() => fails, RemoteError);
  const about = { dialect: "synapse", peer: formatAddress(first.remote) };
  const [asked, answer] = [{ ...about, direction: "out" }, { ...about, direction: "in" }] as const;
  const sent = [first.output.length, second.output.length];
  assertEquals(desk.entries, [
    { ...asked, type: "request", method: "sum", bytes: sent[0] },
    { ...answer, type: "result", method: "sum", bytes: OK.length, ms: 25 },
    { ...asked, type: "request", method: "fails", bytes: sent[1] },
    { ...answer, type: "error", method: "fails", bytes: failed.length, ms: 0 },
  ]);
});
