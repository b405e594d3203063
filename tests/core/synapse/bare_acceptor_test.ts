import { assertEquals } from "@std/assert";
import type { CallContext } from "../../../core/caller.ts";
import { encodeMessagePack } from "../../../core/codecs/messagepack.ts";
import { SynapseError } from "../../../core/errors.ts";
import { createSynapseBareAcceptor } from "../../../core/synapse/bare_acceptor.ts";
import { REQUEST_DEADLINE_MS } from "../../../core/synapse/one_call.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { createHost, type HostOptions, Visit } from "../../support/synapse_host.ts";
import { cutAt } from "../../support/split.ts";
import { BARE, FRAMES, vectorOf } from "../../support/synapse_vectors.ts";

const SUM = vectorOf(BARE, "sum.request").bytes;

/** Functions like those of the real node whose answers were recorded. */
function serve(options?: HostOptions) {
  return createSynapseBareAcceptor(createHost({
    sum: (a: number, b: number) => `The sum is ${a + b}`,
    silent: () => {},
    echo: (...args: readonly unknown[]) => encodeMessagePack(args),
    returns_value: () => "data",
    boom: () => {
      throw new SynapseError("out_of_stock", "No apples left");
    },
    later: () => Promise.resolve([1, null]),
    who: [{ context: true }, ({ dialect }: CallContext) => dialect],
    async *ticks() {
      yield 1;
    },
  }, options));
}

async function say(...chunks: readonly Uint8Array[]): Promise<string> {
  const visit = await new Visit(serve()).say(...chunks);
  assertEquals(visit.isClosedWell, true);
  await visit.leave();
  return visit.text;
}

Deno.test("createSynapseBareAcceptor() answers as the real node did, byte for byte", async () => {
  const names = BARE.map(({ name }) => name).filter((name) => name.endsWith(".request"));
  assertEquals(names.length, 9);
  for (const name of names) {
    const visit = await new Visit(serve()).say(vectorOf(BARE, name).bytes);
    const expected = vectorOf(BARE, name.replace(".request", ".response")).bytes;
    assertEquals(visit.channel.output, expected, name);
    assertEquals(visit.isClosedWell, true, name);
    await visit.leave();
  }
});

Deno.test("createSynapseBareAcceptor() answers 400 to whatever real nodes say so of", async () => {
  const values = [[1, 2], 7, "sum", null, {}, { endpoint: "nope", args: [] }, { endpoint: 5 }];
  for (const value of values) assertEquals(await say(encodeMessagePack(value)), "400", `${value}`);
});

Deno.test("createSynapseBareAcceptor() answers nothing, and closes, where real nodes hang", async () => {
  const hanging: Record<string, Uint8Array> = {
    "too large": encodeMessagePack({ endpoint: "echo", args: [new Uint8Array(4_096)] }),
    "trailing bytes": Uint8Array.of(...SUM, 0),
    "two requests at once": Uint8Array.of(...SUM, ...SUM),
    "no args": encodeMessagePack({ endpoint: "sum" }),
    "args nil": encodeMessagePack({ endpoint: "sum", args: null }),
    "too few args": encodeMessagePack({ endpoint: "sum", args: [1] }),
    "too many args": encodeMessagePack({ endpoint: "sum", args: [1, 2, 3] }),
    "a function that throws": encodeMessagePack({ endpoint: "boom", args: [] }),
    "a function that streams": encodeMessagePack({ endpoint: "ticks", args: [] }),
    "a number for a key": encodeMessagePack(new Map([[1, 2]])),
    "a key that is not UTF-8": Uint8Array.of(0x81, 0xa1, 0xff, 0xc0),
    "a byte that MessagePack never uses": Uint8Array.of(0xc1),
    "a framed request": vectorOf(FRAMES, "sum.request").bytes,
  };
  for (const [what, bytes] of Object.entries(hanging)) assertEquals(await say(bytes), "", what);
});

Deno.test("createSynapseBareAcceptor() answers requests in several pieces, which hang real nodes", async () => {
  for (let cut = 1; cut < SUM.length; cut++) {
    assertEquals(await say(...cutAt(SUM, [cut])), "The sum is 3", `cut at ${cut}`);
  }
});

Deno.test("createSynapseBareAcceptor() closes a request that ends too early, and one that never ends", async () => {
  for (const length of [0, 1, SUM.length - 1]) {
    const ended = await new Visit(serve()).say(SUM.slice(0, length));
    ended.channel.halfClose();
    assertEquals([ended.isClosedWell, ended.text], [true, ""]);
    await ended.leave();

    const clock = new FakeClock();
    const silent = await new Visit(serve({ clock })).say(SUM.slice(0, length));
    await clock.advance(REQUEST_DEADLINE_MS);
    assertEquals(silent.cutBecause, "deadline_exceeded");
  }
});

Deno.test("createSynapseBareAcceptor() answers with text, bytes and JSON, also later", async () => {
  assertEquals(await say(encodeMessagePack({ endpoint: "later", args: [] })), "[1,null]");
  assertEquals(await say(encodeMessagePack({ endpoint: "who", args: [] })), "synapse-v0");
});
