import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodeMessagePack, encodeMessagePack } from "../../core/codecs/messagepack.ts";
import { type Envelope, open, type OpenOptions, seal } from "../../core/envelope.ts";
import { DecodeError, EncodeError, SynapseError } from "../../core/errors.ts";
import { Identity } from "../../core/identity.ts";
import { ReplayGuard } from "../../core/replay_guard.ts";
import { nested } from "../support/nested.ts";
import { StillClock } from "../support/still_clock.ts";

const ALICE = new Identity(new Uint8Array(32).fill(1));
const MALLORY = new Identity(new Uint8Array(32).fill(2));
const FEW_RUNS: fc.Parameters<unknown> = { seed: 1_000_003, numRuns: 60 };

function sealed(value: unknown = { text: "hi" }): { clock: StillClock; envelope: Envelope } {
  const clock = new StillClock();
  return { clock, envelope: seal(value, { identity: ALICE, clock }) };
}

function assertRefused(envelope: unknown, options: OpenOptions, code: string): void {
  const error = assertThrows(() => open(envelope, options), SynapseError);
  assertEquals(error.code, code, error.message);
}

Deno.test("open() gives what seal() was given, and who and when", () => {
  const clock = new StillClock(1_767_225_600_123);
  const identity = new Identity(new Uint8Array(32).fill(3));
  const value = {
    text: "hi",
    list: [1, null, 2.5, true],
    when: new Date(5),
    raw: Uint8Array.of(1),
  };
  const opened = open(seal(value, { identity, clock }), { clock });
  assertEquals(opened, { value, key: identity.id, time: 1_767_225_600_123 });
});

Deno.test("open() opens an envelope that came over MessagePack or JSON", () => {
  const { clock, envelope } = sealed({ b: [1, { d: "é", c: -0 }], a: 2n });
  const expected = { a: 2, b: [1, { c: 0, d: "é" }] };
  const journeys = [
    decodeMessagePack(encodeMessagePack(envelope)),
    JSON.parse(JSON.stringify({ ...envelope, value: expected })),
    { ...envelope, note: "not signed, not read" },
  ];
  for (const arrived of journeys) assertEquals(open(arrived, { clock }).value, expected);
});

Deno.test("seal() writes the documented bytes", () => {
  const clock = new StillClock(1_700_000_000_000);
  const identity = new Identity(
    Uint8Array.fromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
  );
  const signed = new Uint8Array([
    ...new TextEncoder().encode("synapse-envelope"),
    0,
    1,
    // SHA-256 of 0xc0, nil.
    ...Uint8Array.fromHex("e4ff5e7d7a7f08e9800a3e25cb774533cb20040df30b6ba10f956f9acd0eb3f7"),
    ...Uint8Array.fromHex("0000018bcfe56800"),
  ]);
  assertEquals(seal(null, { identity, clock }), {
    value: null,
    hash: signed.subarray(18, 50).toBase64({ alphabet: "base64url", omitPadding: true }),
    key: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    time: 1_700_000_000_000,
    signature: identity.sign(signed).toBase64({ alphabet: "base64url", omitPadding: true }),
  });
});

Deno.test("seal() gives two envelopes of one moment two times", () => {
  const clock = new StillClock();
  const replays = new ReplayGuard({ clock });
  const envelopes = [1, 2, 3].map(() => seal("again", { identity: ALICE, clock }));
  assertEquals(new Set(envelopes.map(({ time }) => time)).size, 3);
  for (const envelope of envelopes) assertEquals(open(envelope, { clock, replays }).value, "again");
});

Deno.test("seal() follows a clock that was set back", () => {
  const identity = new Identity(new Uint8Array(32).fill(4));
  const clock = new StillClock();
  const start = seal(1, { identity, clock }).time;
  clock.set(start - 500);
  assertEquals(seal(1, { identity, clock }).time, start + 1, "a correction");
  clock.set(start - 3_600_000);
  assertEquals(seal(1, { identity, clock }).time, start - 3_600_000);
});

Deno.test("seal() refuses what has no canonical form, and what is too large", () => {
  const options = { identity: ALICE, clock: new StillClock(), limits: { maxMessageBytes: 100 } };
  assertEquals(assertThrows(() => seal(NaN, options), EncodeError).code, "not_supported");
  seal("a".repeat(98), options);
  const error = assertThrows(() => seal("a".repeat(99), options), EncodeError);
  assertEquals(error.code, "limit_exceeded");
});

Deno.test("open() gives tampering its own code, whatever was changed", () => {
  const { clock, envelope } = sealed({ amount: 5 });
  const other = seal({ amount: 6 }, { identity: ALICE, clock });
  const foreign = seal({ amount: 5 }, { identity: MALLORY, clock });
  const tampered: Partial<Envelope>[] = [
    { value: { amount: 6 } },
    { value: { amount: "5" } },
    { value: { amount: 5, more: 1 } },
    { value: other.value, hash: other.hash },
    { hash: other.hash },
    { time: envelope.time + 1 },
    { key: MALLORY.id },
    { signature: other.signature },
    { signature: foreign.signature },
    { key: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
  ];
  for (const change of tampered) assertRefused({ ...envelope, ...change }, { clock }, "tampered");
});

Deno.test("open() refuses an envelope with any character changed", () => {
  const { clock, envelope } = sealed();
  const field = fc.constantFrom("hash" as const, "key" as const, "signature" as const);
  fc.assert(
    fc.property(field, fc.nat(), fc.constantFrom(..."AQgwZ-_0"), (field, at, character) => {
      const text = envelope[field];
      const i = at % text.length;
      const changed = text.slice(0, i) + character + text.slice(i + 1);
      if (changed === text) return;
      const error = assertThrows(() => open({ ...envelope, [field]: changed }, { clock }));
      assert(error instanceof SynapseError);
      assert(error.code === "tampered" || error.code === "protocol_error", error.code);
    }),
    FEW_RUNS,
  );
});

Deno.test("open() gives age its own code, at n and n + 1, also ahead", () => {
  const clock = new StillClock();
  const { time } = seal(1, { identity: ALICE, clock });
  const envelope = seal(1, { identity: ALICE, clock });
  assertNotEquals(envelope.time, time);
  for (const windowMs of [undefined, 5000]) {
    const reach = windowMs ?? 60_000;
    for (const side of [-1, 1]) {
      clock.set(envelope.time + side * reach);
      assertEquals(open(envelope, { clock, windowMs }).value, 1);
      clock.set(envelope.time + side * (reach + 1));
      assertRefused(envelope, { clock, windowMs }, "expired");
    }
  }
});

Deno.test("open() gives a replay its own code within the window, and expiry outside", () => {
  const { clock, envelope } = sealed();
  const replays = new ReplayGuard({ clock });
  open(envelope, { clock, replays });
  assertRefused(envelope, { clock, replays }, "replayed");
  clock.set(envelope.time + 60_000);
  assertRefused({ ...envelope }, { clock, replays }, "replayed");
  clock.pass(1);
  assertRefused(envelope, { clock, replays }, "expired");
});

Deno.test("open() keeps to the shorter of two windows", () => {
  const { clock, envelope } = sealed();
  const replays = new ReplayGuard({ clock, windowMs: 1000 });
  clock.set(envelope.time + 1001);
  assertRefused(envelope, { clock, replays }, "expired");
  assertEquals(open(envelope, { clock }).key, ALICE.id);
});

Deno.test("open() lets only good envelopes into the memory against replays", () => {
  const { clock, envelope } = sealed();
  const replays = new ReplayGuard({ clock });
  const trusted = new Set([ALICE.id]);
  assertRefused({ ...envelope, value: 1 }, { clock, replays, trusted }, "tampered");
  const foreign = seal(1, { identity: MALLORY, clock });
  assertRefused(foreign, { clock, replays, trusted }, "foreign_key");
  assertEquals(replays.size, 0);
  assertEquals(open(envelope, { clock, replays, trusted }).key, ALICE.id);
});

Deno.test("open() gives a foreign key its own code, however good the signature", () => {
  const { clock } = sealed();
  const envelope = seal("trust me", { identity: MALLORY, clock });
  assertEquals(open(envelope, { clock }).key, MALLORY.id);
  assertEquals(open(envelope, { clock, trusted: new Set([MALLORY.id]) }).key, MALLORY.id);
  for (const trusted of [new Set<string>(), new Set([ALICE.id])]) {
    assertRefused(envelope, { clock, trusted }, "foreign_key");
  }
});

Deno.test("open() refuses what is no envelope", () => {
  const { clock, envelope } = sealed();
  const { value: _, ...valueless } = envelope;
  const malformed: unknown[] = [
    undefined,
    null,
    5,
    "envelope",
    [],
    {},
    new Map(Object.entries(envelope)),
    valueless,
    { ...envelope, hash: undefined },
    { ...envelope, hash: envelope.hash.slice(1) },
    { ...envelope, hash: envelope.hash.slice(1) + "B" },
    { ...envelope, key: envelope.key + "=" },
    { ...envelope, key: new Uint8Array(32) },
    { ...envelope, signature: envelope.signature.slice(1) },
    { ...envelope, signature: "A".repeat(85) + "B" },
    { ...envelope, signature: "A".repeat(1_000_000) },
    { ...envelope, time: `${envelope.time}` },
    { ...envelope, time: envelope.time + 0.5 },
    { ...envelope, time: -1 },
    { ...envelope, time: 8_640_000_000_000_001 },
    { ...envelope, time: BigInt(envelope.time) },
    { ...envelope, time: NaN },
    { ...envelope, value: NaN },
    { ...envelope, value: new Set() },
  ];
  for (const one of malformed) {
    const error = assertThrows(() => open(one, { clock }), DecodeError, "Cannot open envelope as");
    assertEquals(error.reason, "malformed");
  }
});

Deno.test("open() keeps its limits at n and n + 1", () => {
  const { clock, envelope } = sealed(nested.array(5, "abc"));
  const deep = envelope;
  assertEquals(open(deep, { clock, limits: { maxDepth: 5 } }).value, deep.value);
  assertRefused(deep, { clock, limits: { maxDepth: 4 } }, "limit_exceeded");
  assertEquals(open(deep, { clock, limits: { maxMessageBytes: 9 } }).value, deep.value);
  assertRefused(deep, { clock, limits: { maxMessageBytes: 8 } }, "limit_exceeded");
  assertEquals(open(deep, { clock, limits: { maxItems: 5 } }).value, deep.value);
  assertRefused(deep, { clock, limits: { maxItems: 4 } }, "limit_exceeded");
});

Deno.test("open() throws nothing but SynapseErrors, whatever comes", () => {
  const { clock, envelope } = sealed();
  const change = fc.record({
    value: fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true }),
    hash: fc.anything(),
    key: fc.anything(),
    time: fc.anything(),
    signature: fc.anything(),
  }, { requiredKeys: [] });
  fc.assert(
    fc.property(fc.oneof(fc.anything(), change), (change) => {
      const whole = typeof change === "object" ? { ...envelope, ...change } : change;
      try {
        assertEquals(open(whole, { clock }).key, ALICE.id);
      } catch (error) {
        assert(error instanceof SynapseError, `${error}`);
      }
    }),
    { ...FEW_RUNS, numRuns: 300 },
  );
});

Deno.test("open() gives what was signed, not what came with it", () => {
  const { clock, envelope } = sealed({ list: [1] });
  const opened = open(envelope, { clock });
  (envelope.value as { list: number[] }).list.push(2);
  assertEquals(opened.value, { list: [1] });
  assertRefused(envelope, { clock }, "tampered");
});
