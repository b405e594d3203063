import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { RemoteError } from "../../core/errors.ts";
import { Identity } from "../../core/identity.ts";
import { Pair } from "../support/pair.ts";

async function connect(): Promise<Pair> {
  const pair = await Pair.connect({ serves: { sum: (a: number, b: number) => a + b } });
  const { server } = pair;
  const hello = (): string => "hello";
  server.namespace("public").endpoint("hello", hello).endpoint("where", () => "public");
  server.namespace("private").endpoint("hello", hello).endpoint("where", () => "private")
    .endpoint("secret", { description: "Tells" }, (n: number) => n * 2);
  server.group("all", ["public", "private"]);
  return pair;
}

Deno.test("a function of another namespace is called as namespace/name", async () => {
  await using pair = await connect();
  const { remote } = pair;
  assertEquals(await remote.call("public/where"), "public");
  assertEquals(await remote.call("private/where"), "private");
  assertEquals(await remote.fn["private/secret"](21), 42);
  for (const name of ["secret", "public/secret", "nowhere/where", "/where", "private/"]) {
    const error = await assertRejects(() => remote.call(name), RemoteError);
    assertEquals(error.code, "method_not_found");
  }
});

Deno.test("a group is looked through in order, and the first that has a function is called", async () => {
  await using pair = await connect();
  assertEquals(await pair.remote.call("all/where"), "public");
  assertEquals(await pair.remote.call("all/secret", [1]), 2);
  pair.server.namespace("public").removeEndpoint("where");
  assertEquals(await pair.remote.call("all/where"), "private");
  await assertRejects(() => pair.remote.call("all/sum", [1, 2]), RemoteError);
});

Deno.test("a group may name a namespace before there is one", async () => {
  await using pair = await connect();
  pair.server.group("later", ["soon"]);
  await assertRejects(() => pair.remote.call("later/x"), RemoteError, "no such function");
  pair.server.namespace("soon").endpoint("x", () => 1);
  assertEquals(await pair.remote.call("later/x"), 1);
});

Deno.test("what is published names its namespace, and its group", async () => {
  await using pair = await connect();
  const methods = await pair.remote.methods();
  assertEquals(methods.map(({ name }) => name), [
    "all/hello",
    "all/secret",
    "all/where",
    "private/hello",
    "private/secret",
    "private/where",
    "public/hello",
    "public/where",
    "sum",
  ]);
  assertEquals(methods[1], { ...methods[4], name: "all/secret" });
  assertEquals(pair.server.namespace("public").endpoints.map(({ name }) => name), [
    "public/hello",
    "public/where",
  ]);
});

Deno.test("rules are about the namespace's function, by whatever name it is called", async () => {
  await using pair = await connect();
  const alice = new Identity(new Uint8Array(32).fill(1));
  pair.server.allow(alice.id, ["private/*"]).allow("*", ["public/*"]);
  assertEquals(await pair.remote.call("all/where"), "public");
  for (const name of ["private/where", "all/secret"]) {
    const error = await assertRejects(() => pair.remote.call(name, []), RemoteError);
    assertEquals(error.code, "unauthorized");
  }
});

Deno.test("a signed call may be one of a group", async () => {
  const [alice, server] = [1, 2].map((byte) => new Identity(new Uint8Array(32).fill(byte)));
  await using pair = await Pair.connect({
    server: { identity: server },
    client: { identity: alice },
    connect: { signed: true },
  });
  pair.server.namespace("private").endpoint("secret", (n: number) => n * 2);
  pair.server.group("all", ["private"]).allow(alice.id, ["private/*"]);
  assertEquals(await pair.remote.call("all/secret", [21]), 42);
});

Deno.test("a namespace and a group can't have one name, nor an impossible one", async () => {
  await using pair = await connect();
  assertThrows(() => pair.server.namespace("all"), TypeError, "there is a group of that name");
  assertThrows(() => pair.server.group("public", []), TypeError, "there is a namespace");
  for (const name of ["", "a/b"]) {
    assertThrows(() => pair.server.namespace(name), TypeError, "must not be empty, nor hold a /");
    assertThrows(() => pair.server.group(name, []), TypeError, "must not be empty, nor hold a /");
  }
});
