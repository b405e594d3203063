import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { MAX_ANSWER_BYTES, SETUP_MS } from "../../../core/easyrpc/conversation.ts";
import { signToken } from "../../../core/easyrpc/token.ts";
import { DEFAULT_LIMITS } from "../../../core/limits.ts";
import type { CallContext } from "../../../core/caller.ts";
import { TimeoutError } from "../../../core/errors.ts";
import { EasyrpcLab, nested, requestText, setupText } from "../../support/easyrpc_lab.ts";
import { SECRET } from "../../support/easyrpc_vectors.ts";
import { Counter } from "../../support/streams.ts";

const call = (action: string, ...args: unknown[]) => ({ action, args });

for (
  const [what, setup, reason] of [
    ["pickle", setupText({ serialization: "pickle" }), "only serialization 'json'"],
    ["another serialization", setupText({ serialization: "xml" }), "only serialization 'json'"],
    ["no type", setupText({ type: undefined }), "only type 'PROXY'"],
    ["no id", setupText({ id: undefined }), "lacks id"],
    ["no serialization", setupText({ serialization: undefined }), "lacks id"],
    ["another secret", setupText({}, "other"), "unable to decode auth"],
    ["no namespace", setupText({ namespace: undefined }), "unable to decode auth"],
    ["an expired token", setupText({ exp: Date.UTC(2026, 0, 1) / 1000 }), "unable to decode auth"],
    ["no token", '{"setup": "x"}', "unable to decode auth"],
    ["a request first", requestText(call("f")), "without a setup"],
    ["a ping first", '{"ping": "ping"}', "without a setup"],
    ["no JSON", "GET / HTTP/1.1", "not JSON"],
    ["too much", JSON.stringify({ setup: "x".repeat(8_192) }), "longer than 8192 bytes"],
  ]
) {
  Deno.test(`EasyrpcConversation refuses ${what}, and says so`, async () => {
    const lab = new EasyrpcLab();
    const proxy = lab.dial();
    const answers = await proxy.say(setup, setupText());
    assertEquals(answers.length, 1);
    assertStringIncludes(JSON.parse(answers[0]).error, reason);
    assert(proxy.closed !== undefined);
    assertEquals([lab.refused.length, lab.server.connections, lab.clock.pendingTimers], [1, 0, 0]);
  });
}

Deno.test("EasyrpcConversation tells a secret of one namespace from that of another", async () => {
  const secretFor = (namespace: string) => namespace === "DEFAULT" ? SECRET : "another";
  const lab = new EasyrpcLab({}, { secretFor });
  assertStringIncludes((await lab.dial().say(setupText()))[0], "ok");
  const wrong = await lab.dial().say(setupText({ namespace: "private" }));
  assertStringIncludes(wrong[0], "unable to decode auth");
  const right = await lab.dial().say(setupText({ namespace: "private" }, "another"));
  assertStringIncludes(right[0], "ok");
});

Deno.test("EasyrpcConversation turns everybody away where there is no secret", async () => {
  for (const secret of [undefined, ""]) {
    const lab = new EasyrpcLab({}, { secretFor: () => secret });
    const [answer] = await lab.dial().say(setupText({}, secret ?? ""));
    assertStringIncludes(answer, "unable to decode auth");
  }
});

Deno.test("EasyrpcConversation hangs up on one that says nothing", async () => {
  const lab = new EasyrpcLab();
  const proxy = lab.dial();
  await lab.clock.advance(SETUP_MS - 1);
  assertEquals(proxy.closed, undefined);
  await lab.clock.advance(1);
  assert(proxy.closed !== undefined);
  assert(lab.refused[0] instanceof TimeoutError);
  assertEquals([lab.server.connections, lab.clock.pendingTimers], [0, 0]);
});

Deno.test("EasyrpcConversation cuts one that doesn't say goodbye", async () => {
  const lab = new EasyrpcLab();
  const proxy = lab.dial();
  proxy.far.isTaken = false;
  await proxy.say("nope");
  await lab.clock.advance(1_999);
  assertEquals(proxy.far.isCut, false);
  await lab.clock.advance(1);
  assertEquals([proxy.far.isCut, lab.server.connections, lab.clock.pendingTimers], [true, 0, 0]);
});

Deno.test("EasyrpcConversation answers a call while another takes its time, where the real server waits", async () => {
  let finish = (_value: string): void => {};
  const slow = () => new Promise<string>((resolve) => finish = resolve);
  const proxy = await new EasyrpcLab({ slow, quick: () => "quick" }).connect();
  assertEquals(await proxy.say(requestText(call("slow"), "r1")), []);
  assertEquals(await proxy.ask(call("quick"), "r2"), "quick");
  assert("funcs" in (await proxy.ask({ action: "get_registered_functions" }, "r3") as object));
  finish("slow");
  const [late] = await proxy.say();
  assertEquals(JSON.parse(late).ws_action, {
    type: "response",
    response: "slow",
    request_id: "r1",
  });
});

for (const id of ["r", 1, null, true, [1], { a: 1 }]) {
  Deno.test(`EasyrpcConversation echoes the id ${JSON.stringify(id)}, also a generator's`, async () => {
    const proxy = await new EasyrpcLab({ one: () => 1, items: () => [7].values() }).connect();
    const [answer] = await proxy.say(requestText(call("one"), id));
    assertEquals(JSON.parse(answer).ws_action.request_id, id);
    assertEquals(await proxy.ask(call("items"), id), { GENERATOR_START: id });
    const next = { action: "GENERATOR_NEXT", generator_id: id };
    assertEquals([await proxy.ask(next), await proxy.ask(next)], [7, "GENERATOR_END"]);
  });
}

Deno.test("EasyrpcConversation refuses an id that is too large to be kept", async () => {
  const lab = new EasyrpcLab({ one: () => 1 });
  const proxy = await lab.connect();
  assertEquals(await proxy.ask(call("one"), "x".repeat(254)), 1);
  const [answer] = await proxy.say(requestText(call("one"), "x".repeat(255)));
  assertStringIncludes(answer, "error");
  assert(proxy.closed !== undefined);
});

Deno.test("EasyrpcConversation answers what can't be sent, where the real server hangs up", async () => {
  const proxy = await new EasyrpcLab({
    bytes: () => new Uint8Array(3),
    large: () => "x".repeat(MAX_ANSWER_BYTES),
    mark: () => ["GENERATOR_START"],
    end: () => ["GENERATOR_END"].values(),
    odd: () => [1, new Set()].values(),
  }).connect();
  assertStringIncludes(await proxy.ask(call("bytes")) as string, "JSON has no bytes");
  assertStringIncludes(await proxy.ask(call("large")) as string, "larger than 4194304 bytes");
  assertStringIncludes(await proxy.ask(call("mark")) as string, "marks the beginning");
  for (const [name, items] of [["end", 0], ["odd", 1]] as const) {
    await proxy.ask(call(name), name);
    const next = { action: "GENERATOR_NEXT", generator_id: name };
    for (let i = 0; i < items; i++) await proxy.ask(next);
    assertStringIncludes(await proxy.ask(next) as string, "Cannot send an item");
    assertEquals(await proxy.ask(next), "GENERATOR_END");
  }
});

Deno.test("EasyrpcConversation sends the largest message that real proxies take", async () => {
  // {"ws_action": {"type": "response", "response": "...", "request_id": "r1"}}
  const room = MAX_ANSWER_BYTES - 69 - 2;
  const proxy = await new EasyrpcLab({ large: (more: number) => "x".repeat(room + more) })
    .connect();
  const [largest] = await proxy.say(requestText(call("large", 0)));
  assertEquals(largest.length, MAX_ANSWER_BYTES);
  assertStringIncludes(await proxy.ask(call("large", 1)) as string, "larger than");
});

Deno.test("EasyrpcConversation survives results and errors that throw when they are looked at", async () => {
  const trap = {
    get then() {
      throw new RangeError("then");
    },
  };
  const iterable = {
    [Symbol.asyncIterator]() {
      throw new RangeError("iterator");
    },
  };
  const lab = new EasyrpcLab({
    then: () => trap,
    iterator: () => iterable,
    late: async () => await Promise.resolve().then(() => iterable),
    getter: async () =>
      await Promise.resolve({
        get value() {
          throw new RangeError("getter");
        },
      }),
    message: () => {
      throw Object.assign(new Error(), { message: { odd: true } });
    },
  });
  const proxy = await lab.connect();
  assertStringIncludes(await proxy.ask(call("then")) as string, "then");
  assertStringIncludes(await proxy.ask(call("iterator")) as string, "iterator");
  assertStringIncludes(await proxy.ask(call("late")) as string, "iterator");
  assertStringIncludes(await proxy.ask(call("getter")) as string, "getter");
  assertStringIncludes(await proxy.ask(call("message")) as string, "Error(");
});

Deno.test("EasyrpcConversation tells a failing generator's reader why, and then that it has ended", async () => {
  const failing = function* () {
    yield 1;
    throw new RangeError("kaboom");
  };
  const proxy = await new EasyrpcLab({ failing }).connect();
  await proxy.ask(call("failing"), "g");
  const next = { action: "GENERATOR_NEXT", generator_id: "g" };
  const items = [];
  for (let i = 0; i < 3; i++) items.push(await proxy.ask(next, "g"));
  assertEquals(items, [1, "RangeError('kaboom')", "GENERATOR_END"]);
});

Deno.test("EasyrpcConversation answers for a generator that isn't there, where the real server hangs up", async () => {
  const proxy = await new EasyrpcLab().connect();
  const next = { action: "GENERATOR_NEXT", generator_id: "nobody's" };
  assertStringIncludes(await proxy.ask(next) as string, "not open");
  assertEquals(await proxy.ask(next), "GENERATOR_END");
  assertEquals(proxy.closed, undefined);
});

Deno.test("EasyrpcConversation ends its generators, and tells its handlers, when it is over", async () => {
  const counter = new Counter();
  let isAborted = false;
  const lab = new EasyrpcLab({
    count: counter.count,
    hang: [{ context: true }, ({ signal }: CallContext) => {
      signal.addEventListener("abort", () => isAborted = true);
      return new Promise(() => {});
    }],
  });
  const proxy = await lab.connect();
  await proxy.ask(call("count"), "g");
  await proxy.ask({ action: "GENERATOR_NEXT", generator_id: "g" });
  await proxy.say(requestText(call("hang")));
  proxy.channel.close();
  await lab.clock.runMicrotasks();
  assertEquals([counter.isDone, isAborted], [true, true]);
  assertEquals([lab.server.connections, lab.clock.pendingTimers], [0, 0]);
});

Deno.test("EasyrpcConversation gives a handler its context, whose peer can't be called", async () => {
  const seen: unknown[] = [];
  const proxy = await new EasyrpcLab({
    who: [
      { context: true },
      async (a: unknown, { peer, dialect, kwargs, address }: CallContext) => {
        seen.push(a, dialect, kwargs, address.port);
        return await peer.call("f").catch((error) => error.message);
      },
    ],
  }).connect();
  const answer = await proxy.ask({ action: "who", kwargs: { a: 1 } });
  assertEquals(answer, "Cannot call f back as easyrpc's proxies answer no calls");
  assertEquals(seen, [1, "easyrpc", { a: 1 }, 50_000]);
});

Deno.test("EasyrpcConversation answers at once when too many calls are running", async () => {
  const limits = { ...DEFAULT_LIMITS, maxRunningCalls: 2 };
  const lab = new EasyrpcLab({ hang: () => new Promise(() => {}) }, { limits });
  const proxy = await lab.connect();
  await proxy.say(requestText(call("hang"), 1), requestText(call("hang"), 2));
  assertStringIncludes(await proxy.ask(call("hang"), 3) as string, "2 calls of this connection");
});

Deno.test("EasyrpcConversation calls without an answer where none is wanted", async () => {
  const called: string[] = [];
  const counter = new Counter();
  const lab = new EasyrpcLab({
    note: (text: string) => called.push(text),
    fail: () => {
      throw new Error("kaboom");
    },
    count: counter.count,
  });
  const proxy = await lab.connect();
  const asked = [call("note", "x"), call("fail"), call("count"), call("nobody"), { args: [] }];
  const answers = await proxy.say(...asked.map((body) => requestText(body, "r", false)));
  assertEquals([answers, called, lab.notifyFailed], [[], ["x"], ["fail", "count"]]);
});

Deno.test("EasyrpcConversation answers pings, and passes over what is nobody's", async () => {
  const proxy = await new EasyrpcLab().connect();
  assertEquals(await proxy.say('{"ping": "ping"}'), ['{"pong": "pong"}']);
  const stray = '{"ws_action": {"type": "response", "response": 1, "request_id": "r"}}';
  const update = '{"ws_action": {"type": "update", "update": {}}}';
  assertEquals(await proxy.say(stray, update, "5", '{"pong": "pong"}', setupText()), []);
  assertEquals(proxy.closed, undefined);
});

Deno.test("EasyrpcConversation takes binary frames", async () => {
  const proxy = new EasyrpcLab({ one: () => 1 }).dial();
  const utf8 = new TextEncoder();
  const answers = await proxy.say(utf8.encode(setupText()), utf8.encode(requestText(call("one"))));
  assertEquals(answers.length, 2);
});

for (
  const [what, text] of [
    ["no JSON", "{{{"],
    ["a request without id", '{"ws_action": {"type": "request", "request": {"action": "f"}}}'],
    ["great depth", `{"a": ${nested(100_000)}}`],
    ["a large message", `"${"x".repeat(DEFAULT_LIMITS.maxMessageBytes)}"`],
  ]
) {
  Deno.test(`EasyrpcConversation says what is wrong, and hangs up: ${what}`, async () => {
    const lab = new EasyrpcLab();
    const proxy = await lab.connect();
    const answers = await proxy.say(text);
    assertEquals(answers.length, 1);
    assertStringIncludes(JSON.parse(answers[0]).error, "Cannot decode message");
    assert(proxy.closed !== undefined);
    assertEquals([lab.refused.length, lab.clock.pendingTimers], [1, 0]);
  });
}

Deno.test("EasyrpcConversation stops reading while nobody takes its answers, and cuts after a minute", async () => {
  const limits = { ...DEFAULT_LIMITS, highWaterBytes: 1_000 };
  const lab = new EasyrpcLab({ much: () => "x".repeat(600) }, { limits });
  const proxy = await lab.connect();
  proxy.far.isTaken = false;
  await proxy.say(...Array(10).fill(requestText(call("much"))));
  assertEquals([proxy.far.isPaused, proxy.far.sent.length], [true, 3]);
  proxy.far.take();
  await lab.clock.runMicrotasks();
  assertEquals([proxy.far.isPaused, proxy.received.length], [false, 11]);
  proxy.far.isTaken = false;
  await proxy.say(...Array(10).fill(requestText(call("much"))));
  await lab.clock.advance(120_000);
  assertEquals([proxy.far.isCut, lab.server.connections, lab.clock.pendingTimers], [true, 0, 0]);
});

Deno.test("EasyrpcConversation cuts one for whom far too much waits", async () => {
  const limits = { ...DEFAULT_LIMITS, highWaterBytes: 1_000, maxBufferedBytes: 10_000 };
  const answers: ((value: string) => void)[] = [];
  const lab = new EasyrpcLab(
    { late: () => new Promise((resolve) => answers.push(resolve)) },
    { limits },
  );
  const proxy = await lab.connect();
  await proxy.say(...Array(20).fill(0).map((_, id) => requestText(call("late"), id)));
  proxy.far.isTaken = false;
  for (const answer of answers) answer("x".repeat(1_000));
  await lab.clock.runMicrotasks();
  assertEquals([proxy.far.isCut, lab.server.connections], [true, 0]);
});

Deno.test("EasyrpcConversation keeps a silent connection, and lets the network find out whether it is there", async () => {
  const lab = new EasyrpcLab();
  const proxy = await lab.connect();
  await lab.clock.advance(10 * 60_000);
  assertEquals(proxy.closed, undefined);
  assert(proxy.received.slice(1).every((text) => text === '{"pong": "pong"}'));
  assert(proxy.received.length > 10);
});

Deno.test("EasyrpcServer.close() finishes calls under way, takes no more, and says goodbye", async () => {
  let finish = (_value: string): void => {};
  const slow = () => new Promise<string>((resolve) => finish = resolve);
  const lab = new EasyrpcLab({ slow });
  const [busy, idle] = [await lab.connect(), await lab.connect()];
  await busy.say(requestText(call("slow"), "r1"));
  const closing = lab.server.close();
  await lab.clock.runMicrotasks();
  assertEquals([idle.far.closeCode, busy.closed], [1001, undefined]);
  assertStringIncludes(await busy.ask(call("slow"), "r2") as string, "closing");
  finish("done");
  await closing;
  assertEquals(busy.received.at(-1), requestAnswer("r1", "done"));
  assertEquals([busy.far.closeCode, lab.server.connections, lab.clock.pendingTimers], [1001, 0, 0]);
});

Deno.test("EasyrpcServer.close() doesn't wait longer than it may", async () => {
  const lab = new EasyrpcLab({ hang: () => new Promise(() => {}) });
  const proxy = await lab.connect();
  await proxy.say(requestText(call("hang")));
  const closing = lab.server.close(1_000);
  await lab.clock.advance(1_000);
  await closing;
  assertEquals([proxy.far.closeCode, lab.clock.pendingTimers], [1001, 0]);
});

function requestAnswer(id: string, result: unknown): string {
  return `{"ws_action": {"type": "response", "response": ${
    JSON.stringify(result)
  }, "request_id": "${id}"}}`;
}

Deno.test("EasyrpcServer refuses an id that proxies would take for an error", () => {
  assertThrows(() => new EasyrpcLab({}, { serverId: "terror" }), TypeError, "got terror");
});

Deno.test("EasyrpcServer wants requests signed where it is told to, but for generators", async () => {
  const lab = new EasyrpcLab({ items: () => [7, 8].values() }, { signed: true });
  const proxy = await lab.connect();
  const sign = (data: unknown, secret = SECRET) => signToken({ data }, secret, DEFAULT_LIMITS);
  assertStringIncludes(await proxy.ask(call("items")) as string, "unauthorized");
  assertStringIncludes(await proxy.ask(sign(call("items"), "other")) as string, "unauthorized");
  assertEquals(await proxy.ask(sign(call("items")), "g"), { GENERATOR_START: "g" });
  const next = { action: "GENERATOR_NEXT", generator_id: "g" };
  assertEquals([await proxy.ask(next), await proxy.ask(sign(next))], [7, 8]);
  assertEquals(lab.refused.length, 2);
});
