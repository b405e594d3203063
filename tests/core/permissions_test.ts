import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Identity } from "../../core/identity.ts";
import { matchesPattern, Permissions } from "../../core/permissions.ts";
import { RUNS } from "../support/arbitraries.ts";

const ALICE = new Identity(new Uint8Array(32).fill(1)).id;
const BOB = new Identity(new Uint8Array(32).fill(2)).id;

for (
  const [pattern, matching, others] of [
    ["sum", ["sum"], ["", "su", "sums", "Sum", "a.sum"]],
    ["*", ["", "sum", "a.b"], []],
    ["btc.*", ["btc.", "btc.tx", "btc.tx.new"], ["btc", "xbtc.tx", ""]],
    ["*.get", [".get", "a.get", "a.b.get"], ["get", "a.gets"]],
    ["a*b*c", ["abc", "a1b2c", "abbcc"], ["ab", "acb", "abcd"]],
    ["a**c", ["ac", "abc"], ["a"]],
    ["ab*ba", ["abba", "ab ba"], ["aba"]],
    ["a.c", ["a.c"], ["abc"]],
    ["[ab]?(x)", ["[ab]?(x)"], ["a", "ax"]],
  ] as const
) {
  Deno.test(`matchesPattern() takes ${pattern} for what it says`, () => {
    for (const name of matching) assert(matchesPattern(pattern, name), name);
    for (const name of others) assert(!matchesPattern(pattern, name), name);
  });
}

Deno.test("matchesPattern() agrees with a regular expression", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 });
  const name = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 });
  fc.assert(
    fc.property(text, name, (pattern, name) => {
      const expression = new RegExp(`^${pattern.replaceAll("*", ".*")}$`);
      assertEquals(matchesPattern(pattern, name), expression.test(name));
    }),
    RUNS,
  );
});

Deno.test("Permissions allows nobody anything to begin with", () => {
  const permissions = new Permissions();
  assert(!permissions.isAllowed(ALICE, "sum"));
  assert(!permissions.isAllowed(undefined, "sum"));
});

Deno.test("Permissions.allow() adds to what a key may do, and to nobody else's", () => {
  const permissions = new Permissions();
  permissions.allow(ALICE, ["btc.*"]);
  permissions.allow(ALICE, ["sum"]);
  assert(permissions.isAllowed(ALICE, "btc.send"));
  assert(permissions.isAllowed(ALICE, "sum"));
  for (const key of [BOB, undefined, "", "*"]) assert(!permissions.isAllowed(key, "sum"), key);
});

Deno.test("Permissions.allow() of * holds for everybody", () => {
  const permissions = new Permissions();
  permissions.allow("*", ["ping"]);
  for (const key of [ALICE, undefined]) {
    assert(permissions.isAllowed(key, "ping"));
    assert(!permissions.isAllowed(key, "pong"));
  }
});

Deno.test("Permissions.revoke() takes back some patterns, or all", () => {
  const permissions = new Permissions();
  permissions.allow(ALICE, ["a", "b", "c"]);
  assert(permissions.revoke(ALICE, ["a", "z"]));
  assertEquals(["a", "b"].map((name) => permissions.isAllowed(ALICE, name)), [false, true]);
  assert(!permissions.revoke(ALICE, ["a"]));
  assert(permissions.revoke(ALICE));
  assert(!permissions.isAllowed(ALICE, "b"));
  assert(!permissions.revoke(ALICE));
  assert(!permissions.revoke(BOB, ["a"]));
});

for (const key of ["", "alice", ALICE.slice(1), `${ALICE}=`]) {
  Deno.test(`Permissions.allow() refuses the key ${JSON.stringify(key)}`, () => {
    assertThrows(() => new Permissions().allow(key, ["*"]), TypeError, "Cannot allow");
  });
}

Deno.test("Permissions.allow() refuses an empty pattern, and allows nothing then", () => {
  const permissions = new Permissions();
  assertThrows(() => permissions.allow(ALICE, ["sum", ""]), TypeError, "a pattern is empty");
  assert(!permissions.isAllowed(ALICE, "sum"));
});
