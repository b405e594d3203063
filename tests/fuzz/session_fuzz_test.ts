import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import fc from "fast-check";
import type { CallContext, Caller } from "../../core/caller.ts";
import { encodeMessagePack } from "../../core/codecs/messagepack.ts";
import { SynapseError } from "../../core/errors.ts";
import { RUNS, value } from "../support/arbitraries.ts";
import type { Endpoints } from "../support/pair.ts";
import { RawNode } from "../support/raw_node.ts";
import { join, type RawPeer } from "../support/raw_peer.ts";

/** Small ones, so that the inputs come near them. */
const LIMITS = {
  maxMessageBytes: 4_000,
  maxItems: 300,
  maxDepth: 12,
  maxRunningCalls: 3,
  maxPendingCalls: 6,
  maxStreams: 2,
  streamWindow: 3,
  highWaterBytes: 2_000,
  maxBufferedBytes: 20_000,
};

const SERVED: Endpoints = {
  echo: (...args: unknown[]) => args,
  later: async (...args: unknown[]) => await Promise.resolve(args),
  never: () => new Promise(() => {}),
  throws: () => {
    throw "no error";
  },
  unsendable: () => [() => {}],
  blob: () => new Uint8Array(3_500),
  async *count(to = 10) {
    for (let i = 0; i < to; i++) yield i;
  },
  *endless() {
    for (;;) yield new Uint8Array(300);
  },
  ask: [{ context: true }, (context: CallContext) => context.peer.call("back")],
  leave: [
    { context: true },
    ({ signal }: CallContext) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  ],
};

/** What a peer, or this side, does next. */
type Step =
  | { readonly do: "send"; readonly bytes: Uint8Array }
  | { readonly do: "call" | "stream" | "notify"; readonly args: readonly unknown[] }
  | { readonly do: "stop reading" | "read once" | "read on" | "abort" | "wait" | "half-close" }
  | { readonly do: "advance"; readonly ms: number };

/** Of requests: seldom the same twice. Of what refers to calls: often one of the first. */
const freshId = fc.oneof({ weight: 9, arbitrary: fc.nat(200) }, {
  weight: 1,
  arbitrary: fc.nat(0xffffffff),
});
const id = fc.oneof({ weight: 9, arbitrary: fc.nat(12) }, { weight: 1, arbitrary: freshId });
const anything = fc.oneof({ weight: 9, arbitrary: value() }, {
  weight: 1,
  arbitrary: fc.constantFrom<unknown>(
    2n ** 64n - 1n,
    [1, 2n ** 63n],
    new Map([[1, 2]]),
    new Date(0),
  ),
});
const args = fc.array(anything, { maxLength: 3 });
const method = fc.constantFrom(...Object.keys(SERVED), "missing", "_synapse.methods", "");
const extension = fc.constantFrom("$/item", "$/credit", "$/cancel", "$/ping", "$/pong", "$/x");
const params = fc.oneof(
  fc.tuple(id),
  fc.tuple(id, anything),
  fc.tuple(id, fc.nat(10)),
  args,
);
const hello = fc.record({ name: value(), namespace: fc.string(), window: fc.nat(5) });

const message: fc.Arbitrary<unknown[]> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant(0), freshId, method, args) },
  { weight: 8, arbitrary: fc.tuple(fc.constant(0), freshId, method, fc.constant([])) },
  { weight: 4, arbitrary: fc.tuple(fc.constant(1), id, fc.constant(null), anything) },
  { weight: 4, arbitrary: fc.tuple(fc.constant(1), id, anything, fc.constant(null)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant(2), method, args) },
  { weight: 8, arbitrary: fc.tuple(fc.constant(2), extension, params) },
  { weight: 4, arbitrary: fc.tuple(fc.constant(2), fc.constant("$/item"), params) },
  { weight: 2, arbitrary: fc.tuple(fc.constant(2), fc.constant("$/hello"), fc.tuple(hello)) },
);

const encoded = message.map((message) => encodeMessagePack(message));

/** One message of which some bytes are others, or too many, or too few. */
const mutated = fc.tuple(
  encoded,
  fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.uint8Array({ maxLength: 3 })), { maxLength: 3 }),
).map(([bytes, changes]) => {
  const all = [...bytes];
  for (const [at, remove, insert] of changes) all.splice(at % (all.length + 1), remove, ...insert);
  return Uint8Array.from(all);
});

const step = (bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 40, arbitrary: fc.record({ do: fc.constant("send" as const), bytes }) },
    {
      weight: 16,
      arbitrary: fc.record({ do: fc.constantFrom("call", "stream", "notify"), args }),
    },
    {
      weight: 12,
      arbitrary: fc.constantFrom<Step>(
        { do: "stop reading" },
        { do: "read once" },
        { do: "read on" },
        { do: "abort" },
        { do: "wait" },
        { do: "wait" },
      ),
    },
    { weight: 1, arbitrary: fc.constant<Step>({ do: "half-close" }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.nat(20_000) }),
    },
  );

/** This side of a session, and what becomes of everything it asks for. */
class Caretaker {
  readonly outcomes: Promise<void>[] = [];
  #controller = new AbortController();
  readonly #caller: Caller;
  readonly #gaveUp = new Error("This side gave up");

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  call(args: readonly unknown[]): void {
    this.#watch(
      this.#caller.call("f", args, { signal: this.#controller.signal, timeoutMs: 5_000 }),
    );
  }

  stream(args: readonly unknown[]): void {
    const items = this.#caller.stream("g", args, { signal: this.#controller.signal });
    this.#watch((async () => {
      for await (const _ of items);
    })());
  }

  notify(args: readonly unknown[]): void {
    try {
      this.#caller.notify("h", args);
    } catch (error) {
      assertInstanceOf(error, SynapseError);
    }
  }

  abort(): void {
    this.#controller.abort(this.#gaveUp);
    this.#controller = new AbortController();
  }

  /** Everything settles: with a result, a typed error, or this side's own reason. */
  #watch(promise: Promise<unknown>): void {
    this.outcomes.push(promise.then(() => {}, (error) => {
      if (error !== this.#gaveUp) assertInstanceOf(error, SynapseError);
    }));
  }
}

async function play(raw: RawNode, peer: RawPeer, steps: readonly Step[]): Promise<void> {
  const caretaker = new Caretaker(raw.node.connections[0]);
  for (const step of steps) {
    switch (step.do) {
      case "send":
        peer.sendBytes(step.bytes);
        break;
      case "call":
      case "stream":
      case "notify":
        caretaker[step.do](step.args);
        break;
      case "stop reading":
        peer.stopReading();
        break;
      case "read once":
        peer.readOnce();
        break;
      case "read on":
        peer.readOn();
        break;
      case "abort":
        caretaker.abort();
        break;
      case "half-close":
        peer.halfClose();
        break;
      case "advance":
        await raw.clock.advance(step.ms);
        break;
      case "wait":
        await raw.clock.runMicrotasks();
    }
    assert(
      peer.channel.bufferedBytes <= LIMITS.maxBufferedBytes + LIMITS.maxMessageBytes,
      `${peer.channel.bufferedBytes} bytes wait`,
    );
  }
  peer.readOn().cut();
  await Promise.all(caretaker.outcomes);
}

for (
  const [name, bytes] of [
    ["valid messages in any order", encoded],
    ["several messages a chunk", fc.array(encoded, { maxLength: 12 }).map(join)],
    ["mutated messages", fc.oneof(encoded, mutated)],
    ["random bytes", fc.oneof(encoded, fc.uint8Array({ maxLength: 60 }))],
  ] as const
) {
  Deno.test(`A session survives ${name}, and the next connection is served`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step(bytes), { maxLength: 80, size: "max" }), async (steps) => {
        await using raw = await RawNode.serve(SERVED, { limits: LIMITS });
        await play(raw, raw.connect(), steps);
        await raw.clock.runMicrotasks();
        assertEquals(raw.node.connections, []);
        assertEquals(raw.clock.pendingTimers, 0);
        const next = raw.connect().hello().send([0, 1, "echo", [1]], [0, 2, "later", [2]]);
        await raw.clock.runMicrotasks();
        assertEquals(next.responses.map(({ id, result }) => [id, result]), [[1, [1]], [2, [2]]]);
      }),
      { ...RUNS, numRuns: 250 },
    );
  });
}
