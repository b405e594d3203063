import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import type { CallContext, Caller } from "../../core/caller.ts";
import type { SynapseError } from "../../core/errors.ts";
import { value } from "../support/arbitraries.ts";
import { Pair } from "../support/pair.ts";
import { RecutTransport } from "../support/recut.ts";

/** What a client does; each step is one call. */
type Step =
  | { readonly kind: "echo" | "later" | "back" | "stream"; readonly args: readonly unknown[] }
  | { readonly kind: "fail" | "missing" | "notify" };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("echo" as const, "later" as const, "back" as const, "stream" as const),
    args: fc.array(value(), { maxLength: 4 }),
  }),
  fc.record({ kind: fc.constantFrom("fail" as const, "missing" as const, "notify" as const) }),
);

async function outcome(remote: Caller, step: Step): Promise<unknown> {
  switch (step.kind) {
    case "stream": {
      const items: unknown[] = [];
      for await (const item of remote.stream("stream", step.args)) items.push(item);
      return items;
    }
    case "notify":
      return remote.notify("log", ["line"]);
    case "fail":
    case "missing": {
      const error = await assertRejects(() => remote.call(step.kind)) as SynapseError;
      return [error.code, error.message];
    }
    default:
      return await remote.call(step.kind, step.args);
  }
}

async function play(sizes: readonly number[], steps: readonly Step[]): Promise<unknown> {
  let next = 0;
  const logged: unknown[] = [];
  const pair = await Pair.connect({
    transport: new RecutTransport(() => sizes[next++ % sizes.length]),
    client: { limits: { streamWindow: 3 } },
    serves: {
      echo: (...args: unknown[]) => args,
      later: async (...args: unknown[]) => await Promise.resolve(args),
      back: [
        { context: true },
        (...all: unknown[]) => (all.at(-1) as CallContext).peer.call("mirror", all.slice(0, -1)),
      ],
      *stream(...items: unknown[]) {
        for (let i = 0; i < 5; i++) yield* items;
      },
      fail: () => Promise.reject(new Error("as it should")),
      log: (line: unknown) => logged.push(line),
    },
    calledBack: { mirror: (...args: unknown[]) => args.toReversed() },
  });
  const results = await Promise.all(steps.map((step) => outcome(pair.remote, step)));
  await pair.client.close();
  await pair.server.close();
  return { results, logged, timers: pair.clock.pendingTimers };
}

Deno.test("Two nodes do the same however the network cuts and joins", async () => {
  const sizes = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9 }), fc.nat(400)), {
    minLength: 1,
    maxLength: 30,
  }).filter((sizes) => sizes.some((size) => size > 0));
  await fc.assert(
    fc.asyncProperty(sizes, fc.array(step, { maxLength: 25 }), async (sizes, steps) => {
      assertEquals(await play(sizes, steps), await play([100_000], steps));
    }),
    { seed: 7, numRuns: 150 },
  );
});
