import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { CallContext } from "../../core/caller.ts";
import { SynapseError } from "../../core/errors.ts";
import { type JsonRpcAnswer, type JsonRpcOptions, JsonRpcServer } from "../../core/json_rpc.ts";
import { type Limits, resolveLimits } from "../../core/limits.ts";
import type { MessageEntry } from "../../core/trace.ts";
import { NodeMetrics } from "../../core/node_metrics.ts";
import { Registry } from "../../core/registry.ts";
import { FakeClock } from "../support/fake_clock.ts";

const ADDRESS = { scheme: "http", host: "127.0.0.1", port: 1, path: "" };
const NO_REQUEST = 'Cannot serve request as it is none: it takes "jsonrpc": "2.0" and a "method"';

/** A server with a few functions, on a clock that stands still. */
class Fixture {
  readonly clock = new FakeClock();
  readonly registry = new Registry();
  readonly metrics = new NodeMetrics();
  readonly server: JsonRpcServer;
  readonly caller = new AbortController();
  runs = 0;

  constructor(limits: Partial<Limits> = {}, options: Partial<JsonRpcOptions> = {}) {
    const { clock, registry } = this;
    registry.count({
      now: () => clock.now(),
      called: (...call) => this.metrics.called(...call),
    });
    this.server = new JsonRpcServer({
      ...{ clock, registry, limits: resolveLimits(limits) },
      ...options,
    });
    registry.register("subtract", (minuend: number, subtrahend: number) => {
      this.runs++;
      return minuend - subtrahend;
    });
    registry.register("later", (value: unknown) => Promise.resolve(value));
    registry.register("nothing", () => {});
    registry.register("bytes", () => new Uint8Array(3));
    registry.register("hang", () => new Promise(() => {}));
    registry.register("throw", () => {
      throw new SynapseError("out_of_stock", "No apples left", { data: { left: 0 } });
    });
    registry.register("crash", () => {
      throw new RangeError("too far");
    });
    registry.register("long", (length: number) => "x".repeat(length));
  }

  ask(request: unknown): Promise<JsonRpcAnswer> {
    const text = typeof request === "string" ? request : JSON.stringify(request);
    const { signal } = this.caller;
    return this.server.answer(text, { address: ADDRESS, signal, timeoutMs: 1_000 });
  }

  /** What the answer to one request says. */
  // deno-lint-ignore no-explicit-any
  async one(method: string, params?: unknown): Promise<any> {
    const { text } = await this.ask({ jsonrpc: "2.0", id: 7, method, params });
    const { jsonrpc, id, ...rest } = JSON.parse(text!);
    assertEquals([jsonrpc, id], ["2.0", 7]);
    return rest;
  }

  counts(): string[] {
    return this.metrics.all.format().split("\n")
      .filter((line) => line.startsWith("synapse_calls_total"))
      .map((line) => line.slice("synapse_calls_total".length));
  }
}

Deno.test("JsonRpcServer takes params by position and by name, and none", async () => {
  const fixture = new Fixture();
  assertEquals(await fixture.one("subtract", [42, 23]), { result: 19 });
  assertEquals(await fixture.one("subtract", { subtrahend: 23, minuend: 42 }), { result: 19 });
  assertEquals(await fixture.one("nothing"), { result: null });
  assertEquals(await fixture.one("later", [{ a: [1, "é"] }]), { result: { a: [1, "é"] } });
});

Deno.test("JsonRpcServer echoes every kind of id", async () => {
  const fixture = new Fixture();
  for (const id of ['"a"', "1", "null", "-1.5", "12345678901234567890"]) {
    const { text } = await fixture.ask(`{"jsonrpc":"2.0","method":"nothing","id":${id}}`);
    assertEquals(text, `{"jsonrpc":"2.0","id":${id},"result":null}`);
  }
});

Deno.test("JsonRpcServer answers no notification, whether or not it works", async () => {
  const fixture = new Fixture();
  for (const method of ["nothing", "crash", "foobar"]) {
    assertEquals(await fixture.ask({ jsonrpc: "2.0", method }), { text: undefined });
  }
  const batch = [{ jsonrpc: "2.0", method: "nothing" }, { jsonrpc: "2.0", method: "crash" }];
  assertEquals(await fixture.ask(batch), { text: undefined });
});

Deno.test("JsonRpcServer answers a batch in order, what is no request included", async () => {
  const fixture = new Fixture();
  const { text, refusal } = await fixture.ask([
    { jsonrpc: "2.0", method: "later", params: ["first"], id: "1" },
    { jsonrpc: "2.0", method: "nothing" },
    { foo: "boo" },
    1,
    { jsonrpc: "2.0", method: "subtract", params: [42, 23], id: "2" },
  ]);
  const none = { jsonrpc: "2.0", id: null, error: { code: -32600, message: NO_REQUEST } };
  assertEquals(refusal, undefined);
  assertEquals(JSON.parse(text!), [
    { jsonrpc: "2.0", id: "1", result: "first" },
    none,
    none,
    { jsonrpc: "2.0", id: "2", result: 19 },
  ]);
});

Deno.test("JsonRpcServer refuses what is no JSON with -32700", async () => {
  for (const text of ["", "{", '{"jsonrpc": "2.0", "method": "foobar, "params": "bar"]', "[1,"]) {
    const answer = await new Fixture().ask(text);
    assertEquals(answer.refusal, "malformed");
    assertEquals(JSON.parse(answer.text!).error.code, -32700);
    assertEquals(JSON.parse(answer.text!).id, null);
  }
});

Deno.test("JsonRpcServer refuses JSON that is no request with -32600", async () => {
  const requests = [
    ...["1", "null", '"subtract"', "[]", "{}", '{"jsonrpc":"2.0"}'],
    '{"method":"subtract","params":[1,2],"id":1}',
    '{"jsonrpc":"1.0","method":"subtract","params":[1,2],"id":1}',
    '{"jsonrpc":"2.0","method":1,"params":"bar"}',
    '{"jsonrpc":"2.0","method":"subtract","params":"bar"}',
    '{"jsonrpc":"2.0","method":"subtract","params":null}',
    '{"jsonrpc":"2.0","method":"subtract","params":[1,2],"id":{}}',
    `{"jsonrpc":"2.0","method":"subtract","params":[1,2],"id":"${"x".repeat(257)}"}`,
  ];
  for (const text of requests) {
    const fixture = new Fixture();
    const answer = await fixture.ask(text);
    assertEquals(answer.refusal, "malformed", text);
    const error = { code: -32600, message: NO_REQUEST };
    assertEquals(JSON.parse(answer.text!), { jsonrpc: "2.0", id: null, error });
    assertEquals(fixture.runs, 0);
  }
});

Deno.test("JsonRpcServer gives errors their numbers, and says their codes", async () => {
  const fixture = new Fixture();
  const { error: unknown } = await fixture.one("substract", [1, 2]);
  assertEquals([unknown.code, unknown.data], [-32601, { code: "method_not_found" }]);
  assertStringIncludes(unknown.message, "did you mean subtract?");
  const { error: wrong } = await fixture.one("subtract", [1, 2, 3]);
  assertEquals([wrong.code, wrong.data], [-32602, { code: "invalid_params" }]);
  assertEquals(await fixture.one("throw"), {
    error: {
      code: -32000,
      message: "No apples left",
      data: { code: "out_of_stock", data: { left: 0 } },
    },
  });
  assertEquals(await fixture.one("crash"), {
    error: { code: -32603, message: "too far", data: { code: "internal_error" } },
  });
});

Deno.test("JsonRpcServer says that a result has no JSON", async () => {
  const { error } = await new Fixture().one("bytes");
  assertEquals(error.code, -32603);
  assertEquals(
    error.message,
    "Cannot send the result of bytes: Cannot encode value as JSON has no bytes",
  );
});

Deno.test("JsonRpcServer refuses functions that stream, and lets them clean up", async () => {
  const fixture = new Fixture();
  let isStarted = false;
  let isStopped = false;
  fixture.registry.register("ticks", async function* () {
    isStarted = true;
    yield await Promise.resolve(1);
  });
  fixture.registry.register("source", () => ({
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.resolve({ done: false, value: 1 }),
      return: () => {
        isStopped = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  }));
  for (const method of ["ticks", "source"]) {
    const { error } = await fixture.one(method);
    assertEquals([error.code, error.data], [-32000, { code: "not_supported" }]);
    assertMatch(error.message, /as it streams its results/);
  }
  assertEquals([isStarted, isStopped], [false, true]);
});

Deno.test("JsonRpcServer tells handlers who calls, and that there is no way back", async () => {
  const fixture = new Fixture();
  let seen: CallContext | undefined;
  fixture.registry.register("who", (context: CallContext) => {
    seen = context;
    return context.peer.call("back", []);
  }, { context: true });
  const { error } = await fixture.one("who", {});
  assertEquals(error.data, { code: "not_supported" });
  assertEquals([seen?.dialect, seen?.address, seen?.kwargs], ["json-rpc", ADDRESS, {}]);
});

Deno.test("JsonRpcServer gives a call up when its time is up, and tells its handler", async () => {
  const fixture = new Fixture();
  let signal: AbortSignal | undefined;
  fixture.registry.register("wait", (context: CallContext) => {
    signal = context.signal;
    return new Promise(() => {});
  }, { context: true });
  const answer = fixture.one("wait");
  await fixture.clock.advance(1_000);
  const { error } = await answer;
  assertEquals(error.data, { code: "deadline_exceeded" });
  assert(signal!.aborted);
});

Deno.test("JsonRpcServer gives calls up whose caller has left", async () => {
  const fixture = new Fixture();
  const answer = fixture.one("hang");
  fixture.caller.abort(new SynapseError("cancelled", "Nobody is there"));
  assertEquals((await answer).error.data, { code: "cancelled" });
});

Deno.test("JsonRpcServer refuses a batch of one too many whole", async () => {
  const fixture = new Fixture({}, { maxBatch: 3 });
  const request = { jsonrpc: "2.0", method: "subtract", params: [2, 1], id: 1 };
  assertEquals((await fixture.ask(Array(3).fill(request))).refusal, undefined);
  assertEquals(fixture.runs, 3);
  const { text, refusal } = await fixture.ask(Array(4).fill(request));
  assertEquals([refusal, fixture.runs], ["limit", 3]);
  assertEquals(
    JSON.parse(text!).error.message,
    "Cannot serve batch as it has more than 3 requests: got 4",
  );
});

Deno.test("JsonRpcServer refuses what is too deep or has too many values before it is built", async () => {
  const fixture = new Fixture({ maxItems: 100_000 });
  const deep = `{"jsonrpc":"2.0","id":1,"method":"later","params":${"[".repeat(100_000)}`;
  const wide = `[${"0,".repeat(200_000)}0]`;
  for (const text of [deep, wide]) {
    const answer = await fixture.ask(text);
    assertEquals(answer.refusal, "limit");
    assertEquals(JSON.parse(answer.text!).error.code, -32600);
  }
});

Deno.test("JsonRpcServer takes no keys named __proto__", async () => {
  const text = '{"jsonrpc":"2.0","id":1,"method":"later","params":[{"__proto__":{"a":1}}]}';
  assertEquals((await new Fixture().ask(text)).refusal, "malformed");
});

Deno.test("JsonRpcServer bounds the answer to a batch, and says what didn't fit", async () => {
  const fixture = new Fixture({ maxMessageBytes: 1_000 });
  const request = { jsonrpc: "2.0", method: "long", params: [400], id: 1 };
  const answers = JSON.parse((await fixture.ask(Array(4).fill(request))).text!);
  assertEquals(answers.map(({ error }: { error?: unknown }) => error === undefined), [
    ...[true, true],
    ...[false, false],
  ]);
  assertMatch(answers[3].error.message, /^Cannot send the result of long: /);
});

Deno.test("JsonRpcServer runs so many calls at once and no more, those given up included", async () => {
  const fixture = new Fixture({ maxRunningCalls: 2 });
  const hanging = [fixture.one("hang"), fixture.one("hang")];
  const refused = { code: "limit_exceeded" };
  assertEquals((await fixture.one("subtract", [2, 1])).error.data, refused);
  await fixture.clock.advance(1_000);
  for (const { error } of await Promise.all(hanging)) {
    assertEquals(error.data, { code: "deadline_exceeded" });
  }
  assertEquals((await fixture.one("subtract", [2, 1])).error.data, refused);
});

Deno.test("JsonRpcServer counts calls by how they ended, and unknown names as one", async () => {
  const fixture = new Fixture();
  await fixture.ask([
    { jsonrpc: "2.0", method: "subtract", params: [2, 1], id: 1 },
    { jsonrpc: "2.0", method: "subtract", params: [2, 1] },
    { jsonrpc: "2.0", method: "subtract", id: 1 },
    { jsonrpc: "2.0", method: "crash", id: 1 },
    { jsonrpc: "2.0", method: "a", id: 1 },
    { jsonrpc: "2.0", method: "b", id: 1 },
  ]);
  assertEquals(fixture.counts().toSorted(), [
    '{method="(unknown)",outcome="refused"} 2',
    '{method="crash",outcome="failed"} 1',
    '{method="subtract",outcome="ok"} 2',
    '{method="subtract",outcome="refused"} 1',
  ]);
});

Deno.test("JsonRpcServer tells a trace of a request and its answer, and not what is in them", async () => {
  const entries: MessageEntry[] = [];
  const fixture = new Fixture({}, { openTrace: () => (entry) => void entries.push(entry) });
  await fixture.one("subtract", [42, 23]);
  const about = { dialect: "json-rpc", peer: "http://127.0.0.1:1", method: "subtract" };
  assertEquals(entries, [
    { direction: "in", type: "request", ...about },
    { direction: "out", type: "response", ...about, bytes: 36, ms: 0 },
  ]);
});
