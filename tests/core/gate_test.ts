import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { CallContext } from "../../core/caller.ts";
import { RemoteError } from "../../core/errors.ts";
import { Identity } from "../../core/identity.ts";
import { signCall } from "../../core/signed_call.ts";
import { type Endpoints, Pair } from "../support/pair.ts";

const [ALICE, BOB, SERVER] = [1, 2, 3].map((byte) => new Identity(new Uint8Array(32).fill(byte)));

const SERVES: Endpoints = {
  "sum": (a: number, b = 0) => a + b,
  "btc.send": (to: string) => `sent to ${to}`,
  "for_bob": [{ allow: [BOB.id] }, () => "hello bob"],
  "for_all": [{ allow: ["*"] }, () => "hello"],
  "who": [{ context: true }, ({ key, kwargs }: CallContext) => ({ key, kwargs })],
  "ticks": function* (n: number) {
    for (let i = 0; i < n; i++) yield i;
  },
};

/** A client that is Alice, and signs or not; the server has such rules. */
async function connect(
  signed: boolean,
  rules: Readonly<Record<string, readonly string[]>> = {},
): Promise<Pair> {
  const pair = await Pair.connect({
    serves: SERVES,
    server: { identity: SERVER },
    client: { identity: ALICE },
    connect: { signed },
  });
  for (const [key, patterns] of Object.entries(rules)) pair.server.allow(key, patterns);
  return pair;
}

async function refused(call: Promise<unknown>): Promise<string> {
  const error = await assertRejects(() => call, RemoteError);
  assertEquals(error.code, "unauthorized");
  return error.message;
}

Deno.test("without a rule anybody may call, signed or not", async () => {
  for (const signed of [false, true]) {
    await using pair = await connect(signed);
    assertEquals(await pair.remote.call("sum", [1, 2]), 3);
    assertEquals(await pair.remote.call("sum", [1], { kwargs: { b: 2 } }), 3);
    assertEquals(await pair.remote.fn.sum(1, 2), 3);
    assertEquals(await pair.remote.call("who"), {
      key: signed ? ALICE.id : null,
      kwargs: null,
    });
  }
});

Deno.test("allow() lets a key call by pattern, and nobody else anything", async () => {
  const rules = { [ALICE.id]: ["btc.*", "ticks"], [BOB.id]: ["*"] };
  await using pair = await connect(true, rules);
  assertEquals(await pair.remote.call("btc.send", ["carol"]), "sent to carol");
  const items: unknown[] = [];
  for await (const item of pair.remote.stream("ticks", [3])) items.push(item);
  assertEquals(items, [0, 1, 2]);
  assertEquals(
    await refused(pair.remote.call("sum", [1, 2])),
    `Cannot call sum as its key may not: got ${ALICE.id}`,
  );

  await using stranger = await connect(false, rules);
  assertEquals(
    await refused(stranger.remote.call("btc.send", ["carol"])),
    "Cannot call btc.send as only some keys may, and the call is not signed",
  );
});

Deno.test("a function's own keys are let in besides, and * is for everybody", async () => {
  await using pair = await connect(true);
  assertEquals(
    await refused(pair.remote.call("for_bob")),
    `Cannot call for_bob as its key may not: got ${ALICE.id}`,
  );
  pair.server.allow(ALICE.id, ["for_*"]);
  assertEquals(await pair.remote.call("for_bob"), "hello bob");
  await using stranger = await connect(false, { [BOB.id]: ["*"] });
  assertEquals(await stranger.remote.call("for_all"), "hello");
});

Deno.test("a rule for * is for everybody", async () => {
  await using stranger = await connect(false, { "*": ["sum"] });
  assertEquals(await stranger.remote.call("sum", [1, 2]), 3);
  await refused(stranger.remote.call("btc.send", ["carol"]));
});

Deno.test("the functions that every node has stay open", async () => {
  await using stranger = await connect(false, { [BOB.id]: ["*"] });
  assertEquals(await stranger.remote.ping() >= 0, true);
  assertEquals((await stranger.remote.methods()).length, Object.keys(SERVES).length);
  assertEquals((await stranger.remote.call("_synapse.info") as { key: string }).key, SERVER.id);
});

Deno.test("a signature is for one call of one function with these arguments at this node", async () => {
  await using pair = await connect(false, { [ALICE.id]: ["*"] });
  const signer = { identity: ALICE, clock: pair.clock };
  const call = { to: SERVER.id, method: "sum", args: [1, 2], kwargs: undefined };
  const kwargs = signCall(call, signer);
  assertEquals(await pair.remote.call("sum", [1, 2], { kwargs }), 3);
  const reason = /its signature is not good|is not signed|its key may not/;
  const attempts: (readonly [string, readonly unknown[], typeof kwargs])[] = [
    ["sum", [1, 2], kwargs],
    ["sum", [1, 3], signCall(call, signer)],
    ["sum", [1, 2], { ...signCall(call, signer), b: 5 }],
    ["btc.send", ["carol"], signCall({ ...call, args: ["carol"] }, signer)],
    ["sum", [1, 2], signCall({ ...call, to: BOB.id }, signer)],
    ["sum", [1, 2], { $by: null }],
    ["sum", [1, 2], { $by: { ...signCall(call, signer).$by as object, key: BOB.id } }],
  ];
  for (const [method, args, kwargs] of attempts) {
    assertEquals(reason.test(await refused(pair.remote.call(method, args, { kwargs }))), true);
  }
  const late = signCall(call, signer);
  await pair.clock.advance(600_000);
  await refused(pair.remote.call("sum", [1, 2], { kwargs: late }));
});

Deno.test("a bad signature is refused where an unsigned call would do", async () => {
  await using pair = await connect(false);
  await refused(pair.remote.call("sum", [1, 2], { kwargs: { $by: {} } }));
});

Deno.test("a signed notification that isn't allowed does nothing", async () => {
  await using pair = await connect(true, { [ALICE.id]: ["note"] });
  const notes: unknown[] = [];
  pair.server.endpoint("note", (text: string) => void notes.push(text));
  pair.server.endpoint("secret", (text: string) => void notes.push(text));
  pair.remote.notify("secret", ["no"]);
  pair.remote.notify("note", ["yes"]);
  await pair.clock.advance(0);
  assertEquals(notes, ["yes"]);
});

Deno.test("allow() refuses what is no key", async () => {
  await using pair = await connect(false);
  assertThrows(() => pair.server.allow("alice", ["*"]), TypeError, "not 43 characters");
});
