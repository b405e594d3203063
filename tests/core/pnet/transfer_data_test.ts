import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DecodeError } from "../../../core/errors.ts";
import {
  chunksOf,
  decodePart,
  encodePart,
  readAll,
  TransferDigest,
} from "../../../core/pnet/transfer_data.ts";
import { conversation } from "../../support/pnet_vectors.ts";

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<number[][]> {
  const all: number[][] = [];
  for await (const chunk of chunks) all.push([...chunk]);
  return all;
}

Deno.test("encodePart() and TransferDigest write what real nodes write", () => {
  const texts = conversation("advanced.chunked.bytes_to_value").map(({ request }) =>
    request.decoded!.text!
  );
  const digest = new TransferDigest();
  for (const [index, length] of [48, 48, 4].entries()) {
    const { data, checksum } = encodePart(new Uint8Array(length).fill(0x78));
    assertEquals(texts[index + 1].includes(`&dt=${data}&ck=${checksum}&`), true);
    digest.add(checksum);
  }
  assertEquals(texts[4].includes(`&ck=${digest.finish()}&`), true);
});

Deno.test("decodePart() reads what encodePart() writes, and refuses another checksum", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    const part = encodePart(bytes);
    assertEquals(decodePart(part), new Uint8Array(bytes));
    const checksum = part.checksum.replace(/^./, (digit) => digit === "0" ? "1" : "0");
    assertThrows(() => decodePart({ ...part, checksum }), DecodeError, "checksum");
  }));
});

Deno.test("chunksOf() cuts into chunks of one size, whatever the source", async () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(pieces, fc.integer({ min: 1, max: 9 }), async (pieces, chunkBytes) => {
      const flat = pieces.flatMap((piece) => [...piece]);
      const source = (async function* () {
        yield* pieces;
      })();
      const expected: number[][] = [];
      for (let at = 0; at < flat.length; at += chunkBytes) {
        expected.push(flat.slice(at, at + chunkBytes));
      }
      assertEquals(await collect(chunksOf(source, { chunkBytes })), expected);
      assertEquals(await collect(chunksOf(new Uint8Array(flat), { chunkBytes })), expected);
    }),
  );
});

Deno.test("chunksOf() leaves a source that hangs when its signal says so, and tells the source", async () => {
  const controller = new AbortController();
  const cancelled = Promise.withResolvers<void>();
  const source = new ReadableStream<Uint8Array>({ cancel: () => cancelled.resolve() });
  const collected = collect(chunksOf(source, { chunkBytes: 1, signal: controller.signal }));
  const reason = new Error("enough");
  await Promise.resolve();
  controller.abort(reason);
  assertEquals(await assertRejects(() => collected), reason);
  await cancelled.promise;
});

Deno.test("readAll() reads up to its limit", async () => {
  const stream = () => new Blob([new Uint8Array(10)]).stream();
  assertEquals((await readAll(stream(), 10)).length, 10);
  const error = await assertRejects(() => readAll(stream(), 9), DecodeError);
  assertEquals(error.reason, "limit");
});
