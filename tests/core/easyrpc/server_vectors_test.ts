import { assert, assertEquals } from "@std/assert";
import { EasyrpcLab, type RawProxy } from "../../support/easyrpc_lab.ts";
import { actionOf, dialogue, vectorText } from "../../support/easyrpc_vectors.ts";

/** What the recorded server publishes, as far as it can be written here. */
const FUNCTIONS = {
  add: [{ description: "Add two values." }, (a: number, b: number) => a + b],
  sum: (a: number, b: number) => a + b,
  greet: (name: string, greeting = "Hello", punct = "!") => `${greeting} ${name}${punct}`,
  literal: (_mode: string) => null,
  echo: (value: unknown) => value,
  counter: function* (n: number) {
    for (let i = 0; i < n; i++) yield i;
  },
  acounter: async function* (n: number) {
    for (let i = 0; i < n; i++) yield { i };
  },
  // deno-lint-ignore require-await -- fails as an asynchronous function does
  aboom: async () => {
    throw new RangeError("async kaboom");
  },
} as const;

/** Replays what a real proxy has said. @returns Our answer to each message, and the recorded one. */
async function replay(proxy: RawProxy, name: string): Promise<[unknown, unknown][]> {
  const pairs: [unknown, unknown][] = [];
  for (const { request, response } of dialogue(name)) {
    const [answer] = await proxy.say(request);
    pairs.push([parse(answer), parse(response)]);
  }
  assert(pairs.length > 0);
  return pairs;
}

function parse(text: string | undefined): unknown {
  return text === undefined ? undefined : JSON.parse(text);
}

async function connected(signed = false): Promise<RawProxy> {
  const proxy = new EasyrpcLab(FUNCTIONS, { signed }).dial();
  await proxy.say(vectorText(signed ? "encrypted.connect.4" : "connect.4"));
  return proxy;
}

for (
  const name of [
    "call.sum",
    "call.greet_kwargs",
    "call.nil",
    "call.echo_types",
    "call.missing_action",
    "generator.sync",
    "generator.async",
    "call.response_expected_false",
    "ping",
  ]
) {
  Deno.test(`EasyrpcServer answers a real proxy as the real server does: ${name}`, async () => {
    for (const [ours, theirs] of await replay(await connected(), name)) assertEquals(ours, theirs);
  });
}

Deno.test("EasyrpcServer answers a real proxy's signed call as the real server does", async () => {
  for (const [ours, theirs] of await replay(await connected(true), "encrypted.call")) {
    assertEquals(ours, theirs);
  }
});

Deno.test("EasyrpcServer takes a real proxy's signed call without wanting it signed, too", async () => {
  for (const [ours, theirs] of await replay(await connected(), "encrypted.call")) {
    assertEquals(ours, theirs);
  }
});

Deno.test("EasyrpcServer welcomes a real proxy with what it needs", async () => {
  const lab = new EasyrpcLab();
  const proxy = lab.dial();
  assertEquals(await proxy.say(vectorText("connect.4")), ['{"auth": "ok", "server_id": "5f"}']);
  assertEquals(Object.keys(JSON.parse(vectorText("connect.5"))), ["auth", "server_id"]);
});

Deno.test("EasyrpcServer describes its functions to a real proxy in the real server's shape", async () => {
  for (const [signed, name] of [[false, "connect"], [true, "encrypted.connect"]] as const) {
    const [answer] = await (await connected(signed)).say(vectorText(`${name}.6`));
    const ours = actionOf(answer);
    const theirs = actionOf(vectorText(`${name}.7`));
    assertEquals([ours.type, ours.request_id], [theirs.type, theirs.request_id]);
    const functionsOf = (response: unknown) =>
      Object.assign({}, ...(response as { funcs: Record<string, unknown>[] }).funcs);
    const [our, their] = [functionsOf(ours.response), functionsOf(theirs.response)];
    assertEquals(Object.keys(our).toSorted(), Object.keys(FUNCTIONS).toSorted());
    // Those without types, and with a list of functions in one order or another.
    for (const name of ["add", "echo", "counter", "acounter"]) assertEquals(our[name], their[name]);
    assertEquals(Object.keys(our.greet.sig), Object.keys(their.greet.sig));
  }
});

Deno.test("EasyrpcServer names an unknown function as the real server does", async () => {
  const [[ours, theirs]] = await replay(await connected(), "call.unknown");
  const said = (answer: unknown): string =>
    (answer as { ws_action: { response: { error: string } } }).ws_action.response.error;
  assertEquals(said(ours).split("{")[0], said(theirs).split("{")[0]);
  assert(said(ours).includes("'counter'"));
});

for (
  const [name, text] of [["call.aboom", "async kaboom"], ["call.wrong_args_sent", "argument b"]]
) {
  Deno.test(`EasyrpcServer tells a failure as the repr of an exception: ${name}`, async () => {
    const [[ours, theirs]] = await replay(await connected(), name);
    const said = (answer: unknown): string =>
      (answer as { ws_action: { response: string } }).ws_action.response;
    assert(/^\w+Error\(['"].*['"]\)$/.test(said(theirs)));
    assert(/^\w+Error\(['"].*['"]\)$/.test(said(ours)));
    assert(said(ours).includes(text));
  });
}

Deno.test("EasyrpcServer turns a wrong secret away as the real server does", async () => {
  const lab = new EasyrpcLab();
  const proxy = lab.dial();
  assertEquals(await proxy.say(vectorText("auth_error.4")), [vectorText("auth_error.5")]);
  assertEquals([proxy.closed?.error, proxy.far.closeCode], [undefined, 1000]);
  assertEquals(lab.refused.map((error) => (error as { code?: string }).code), ["unauthorized"]);
});

Deno.test("EasyrpcServer serves a namespace without functions, where the real server hangs up on calls", async () => {
  const proxy = new EasyrpcLab(FUNCTIONS).dial();
  const [auth, functions] = await proxy.say(
    vectorText("namespace_empty.4"),
    vectorText("namespace_empty.6"),
  );
  assertEquals(JSON.parse(auth).auth, "ok");
  assertEquals(functions, vectorText("namespace_empty.7"));
  const [answer] = await proxy.say(vectorText("namespace_empty.call.1"));
  assertEquals(actionOf(answer).response, {
    error: "no action x registered for origin within {}",
  });
});

Deno.test("EasyrpcServer refuses a real setup of type SERVER, and says so", async () => {
  const proxy = new EasyrpcLab(FUNCTIONS).dial();
  const [answer] = await proxy.say(vectorText("server_type.1"));
  assert(JSON.parse(answer).error.includes("only type 'PROXY' is served here: got \"SERVER\""));
  assertEquals(proxy.far.closeCode, 1000);
});
