import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { EasyrpcProxy } from "../../../core/easyrpc/proxy.ts";
import { DEFAULT_LIMITS } from "../../../core/limits.ts";
import { EasyrpcLab, requestText, setupText } from "../../support/easyrpc_lab.ts";
import { SECRET, VECTORS } from "../../support/easyrpc_vectors.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { MemoryTexts } from "../../support/memory_texts.ts";

const RUNS = { numRuns: 300, seed: 20_260 };
const MESSAGES = VECTORS.map(({ text }) => text!).filter((text) => text.startsWith("{"));

/** A message of a real peer with some of it replaced, cut out or put in. */
const broken = fc.tuple(
  fc.constantFrom(...MESSAGES),
  fc.array(
    fc.record({
      at: fc.nat(5_000),
      cut: fc.nat(4),
      put: fc.constantFrom("", '"', "{", "]", ",", "null", "1e9", "\\u0000", "action", "\ud800"),
    }),
    { maxLength: 3 },
  ),
).map(([text, edits]) => {
  for (const { at, cut, put } of edits) {
    const place = at % text.length;
    text = text.slice(0, place) + put + text.slice(place + cut);
  }
  return text;
});

/** A well-formed message with anything in the places that matter. */
const odd = fc.oneof(
  fc.record({ action: fc.jsonValue(), args: fc.jsonValue(), kwargs: fc.jsonValue() }, {
    requiredKeys: [],
  }).map((body) => requestText(body)),
  fc.record({ action: fc.constant("GENERATOR_NEXT"), generator_id: fc.jsonValue() })
    .map((body) => requestText(body)),
  fc.record({ setup: fc.jsonValue(), error: fc.jsonValue(), ws_action: fc.jsonValue() }, {
    requiredKeys: [],
  }).map((message) => JSON.stringify(message)),
);

const messages = fc.array(fc.oneof(broken, odd), { minLength: 1, maxLength: 6 });

Deno.test("EasyrpcServer answers or hangs up, whatever comes, and others don't notice", async () => {
  const lab = new EasyrpcLab({
    echo: (value: unknown) => value,
    counter: (n: number) => [n, n].values(),
  });
  const witness = await lab.connect();
  await fc.assert(
    fc.asyncProperty(messages, fc.boolean(), async (messages, isGreeted) => {
      const proxy = lab.dial();
      const answers = await proxy.say(...(isGreeted ? [setupText()] : []), ...messages);
      for (const answer of answers) assert(typeof JSON.parse(answer) === "object");
      assert(!isGreeted || answers.length > 0);
      assertEquals(await witness.ask({ action: "echo", args: ["here"] }), "here");
      proxy.channel.close();
    }),
    RUNS,
  );
  witness.channel.close();
  await lab.clock.advance(10_000);
  assertEquals([lab.server.connections, lab.clock.pendingTimers], [0, 0]);
});

Deno.test("EasyrpcProxy settles every call, whatever its server says", async () => {
  await fc.assert(
    fc.asyncProperty(messages, fc.jsonValue(), async (messages, result) => {
      const clock = new FakeClock();
      const [near, far] = MemoryTexts.pair();
      far.open({ receive() {}, drain() {}, close() {} });
      const proxy = new EasyrpcProxy(near, { secret: SECRET, id: "p", clock });
      const outcomes = [proxy.ready()];
      const answer = (response: unknown, id: number): string =>
        JSON.stringify({ ws_action: { type: "response", response, request_id: `p-${id}` } });
      far.send('{"auth": "ok", "server_id": "s"}');
      await clock.runMicrotasks();
      far.send(answer({ funcs: [{ f: result }] }, 1));
      await clock.runMicrotasks();
      outcomes.push(proxy.call("f") as Promise<void>, proxy.stream("f").next() as Promise<never>);
      outcomes.push(proxy.methods() as Promise<never>);
      for (const text of messages) far.send(text);
      far.send(answer(result, 2));
      far.send(answer({ GENERATOR_START: result }, 3));
      far.send(answer(result, 3));
      far.send(answer(result, 4));
      const settled = Promise.allSettled(outcomes);
      await clock.advance(30_000);
      far.close();
      assertEquals((await settled).length, 4);
      await clock.runMicrotasks();
      assertEquals([proxy.isOpen, clock.pendingTimers], [false, 0]);
    }),
    RUNS,
  );
});

Deno.test("EasyrpcServer serves a flood of large, deep and many messages in bounded memory", async () => {
  const limits = {
    ...DEFAULT_LIMITS,
    maxMessageBytes: 100_000,
    maxItems: 1_000,
    maxRunningCalls: 8,
  };
  const lab = new EasyrpcLab({ hang: () => new Promise(() => {}) }, { limits });
  const proxy = await lab.connect();
  const answers = await proxy.say(
    ...Array(1_000).fill(0).map((_, id) => requestText({ action: "hang" }, id)),
  );
  assertEquals(answers.length, 992);
  const [refusal] = await proxy.say(requestText({ action: "f", args: Array(1_000).fill(0) }));
  assert(refusal.includes("more than 1000 values"));
  assert(proxy.closed !== undefined);
  assertEquals([lab.server.connections, lab.clock.pendingTimers], [0, 0]);
});
