import { assertEquals, assertRejects } from "@std/assert";
import { connectEasyrpc, type EasyrpcProxy } from "../../../core/easyrpc/proxy.ts";
import { verifyToken } from "../../../core/easyrpc/token.ts";
import { RemoteError, SynapseError } from "../../../core/errors.ts";
import { DEFAULT_LIMITS } from "../../../core/limits.ts";
import { actionOf, dialogue, SECRET, vectorText } from "../../support/easyrpc_vectors.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { MemoryTexts } from "../../support/memory_texts.ts";
import { collect } from "../../support/streams.ts";

/** What a real server has said, said again: whatever ids it is asked with. */
class RecordedServer {
  readonly clock = new FakeClock();
  /** What it was asked, without ids. */
  readonly asked: unknown[] = [];
  readonly #answers: string[];
  readonly #near: MemoryTexts;

  constructor(answers: readonly (string | undefined)[]) {
    this.#answers = answers.filter((answer) => answer !== undefined);
    const [near, far] = MemoryTexts.pair();
    this.#near = near;
    const ids = new Map<unknown, unknown>();
    far.open({
      receive: (message) => {
        const { ws_action: action } = JSON.parse(message as string);
        this.asked.push(action === undefined ? JSON.parse(message as string) : action.request);
        const answer = this.#answers.shift();
        if (answer === undefined) return;
        if (action !== undefined) ids.set(actionOf(answer).request_id, action.request_id);
        far.send(rename(answer, ids));
      },
      drain() {},
      close() {},
    });
  }

  connect(signed = false): Promise<EasyrpcProxy> {
    const { clock } = this;
    const options = { secret: SECRET, id: "5f", clock, signed };
    return connectEasyrpc(() => Promise.resolve(this.#near), options);
  }
}

function rename(text: string, ids: ReadonlyMap<unknown, unknown>): string {
  for (const [theirs, ours] of ids) text = text.replaceAll(String(theirs), String(ours));
  return text;
}

/** A proxy that has got the recorded functions, and what it is answered then. */
async function connected(name: string, signed = false) {
  const prefix = signed ? "encrypted.connect" : "connect";
  const server = new RecordedServer([
    vectorText(`${prefix}.5`),
    vectorText(`${prefix}.7`),
    ...dialogue(name).map(({ response }) => response),
  ]);
  return { server, proxy: await server.connect(signed) };
}

const read = (token: unknown): unknown =>
  verifyToken(token as string, {
    secretFor: () => SECRET,
    unixMs: 0,
    limits: DEFAULT_LIMITS,
  });

Deno.test("EasyrpcProxy introduces itself to a real server as a real proxy does", async () => {
  const { server, proxy } = await connected("ping");
  const setup = read((server.asked[0] as { setup: string }).setup);
  const theirs = read(vectorText("setup.token.fixed.PROXY"));
  assertEquals(setup, { ...theirs as object, id: "5f" });
  assertEquals(Object.keys(setup as object), Object.keys(theirs as object));
  assertEquals(server.asked[1], actionOf(vectorText("connect.6")).request);
  assertEquals((await proxy.close(0), proxy.isOpen), false);
});

for (
  const [name, method, args, kwargs] of [
    ["call.sum", "sum", [1, 2]],
    ["call.greet_kwargs", "greet", ["Bob"], { punct: "?" }],
    ["call.varargs", "varargs", [1, 2, 3], { sep: "-", extra: { a: null } }],
    ["call.nil", "literal", ["r"]],
    ["call.echo_types", "echo", [[null, true, -1, 1.5, "hé€😀", { k: [] }]]],
  ] as const
) {
  Deno.test(`EasyrpcProxy asks as a real proxy does, and reads the real answer: ${name}`, async () => {
    const { server, proxy } = await connected(name);
    const result = await proxy.call(method, args, { kwargs });
    const [{ request, response }] = dialogue(name);
    assertEquals(server.asked[2], actionOf(request).request);
    assertEquals(result, actionOf(response!).response);
    await proxy.close(0);
  });
}

for (
  const [name, method, args, items] of [
    ["generator.sync", "counter", [3], [0, 1, 2]],
    ["generator.async", "acounter", [2], [{ i: 0 }, { i: 1 }]],
  ] as const
) {
  Deno.test(`EasyrpcProxy reads a real generator as a real proxy does: ${name}`, async () => {
    const { server, proxy } = await connected(name);
    assertEquals(await collect(proxy.stream(method, args)), items);
    const asked = dialogue(name).map(({ request }) => actionOf(request));
    const ids = new Map([[asked[0].request_id, "5f-2"]]);
    const expected = asked.map(({ request }) => JSON.parse(rename(JSON.stringify(request), ids)));
    assertEquals(server.asked.slice(2), expected);
    await proxy.close(0);
  });
}

Deno.test("EasyrpcProxy signs its requests as a real proxy does", async () => {
  const { server, proxy } = await connected("encrypted.call", true);
  assertEquals(server.asked[1], actionOf(vectorText("encrypted.connect.6")).request);
  assertEquals(await proxy.call("sum", [1, 2]), 3);
  assertEquals(server.asked[2], vectorText("encrypted.token.fixed"));
  await proxy.close(0);
});

for (
  const [name, method, code, message] of [
    ["call.aboom", "aboom", "internal_error", "ValueError('async kaboom')"],
    ["call.unknown", "boom", "method_not_found", "no action no_such registered"],
  ]
) {
  Deno.test(`EasyrpcProxy takes a real server's error for one: ${name}`, async () => {
    const { proxy } = await connected(name);
    const error = await assertRejects(() => proxy.call(method), RemoteError, message);
    assertEquals([error.code, error.method], [code, method]);
    await proxy.close(0);
  });
}

Deno.test("EasyrpcProxy rejects where a real server refuses its token, and a real proxy would hang", async () => {
  const server = new RecordedServer([vectorText("auth_error.5")]);
  const error = await assertRejects(() => server.connect(), SynapseError, "unable to decode auth");
  assertEquals(error.code, "unauthorized");
});

Deno.test("EasyrpcProxy knows no functions in a namespace that has none", async () => {
  const functions = vectorText("namespace_empty.7");
  const server = new RecordedServer([
    vectorText("namespace_empty.5"),
    functions,
    functions,
    functions,
  ]);
  const proxy = await server.connect();
  assertEquals(await proxy.methods(), []);
  // A real server would hang up when it is asked.
  const error = await assertRejects(() => proxy.call("x"), RemoteError);
  assertEquals([error.code, server.asked.length], ["method_not_found", 4]);
  await proxy.close(0);
});

Deno.test("EasyrpcProxy answers a server's own request as a real proxy does", async () => {
  const [near, far] = MemoryTexts.pair();
  const clock = new FakeClock();
  const answers: string[] = [];
  far.open({ receive: (message) => answers.push(message as string), drain() {}, close() {} });
  const connecting = connectEasyrpc(() => Promise.resolve(near), {
    secret: SECRET,
    id: "5f",
    clock,
  });
  far.send(vectorText("server_type.2"));
  far.send(vectorText("server_type.3"));
  await clock.runMicrotasks();
  const answer = answers.map((text) => JSON.parse(text).ws_action)
    .find((action) => action?.type === "response");
  assertEquals(answer, {
    type: "response",
    response: { error: "proxy has no associated EasyRpcServer" },
    request_id: actionOf(vectorText("server_type.3")).request_id,
  });
  near.cut();
  await assertRejects(() => connecting, SynapseError);
});
