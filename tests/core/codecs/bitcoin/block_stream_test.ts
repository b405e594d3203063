import { assertEquals, assertThrows } from "@std/assert";
import { concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { type Block, decodeBlock, encodeBlock } from "../../../../core/codecs/bitcoin/block.ts";
import {
  type BlockPart,
  BlockStream,
  type BlockStreamOptions,
} from "../../../../core/codecs/bitcoin/block_stream.ts";
import type { Transaction } from "../../../../core/codecs/bitcoin/transaction.ts";
import { DecodeError } from "../../../../core/errors.ts";
import { bitcoinTransaction } from "../../../support/bitcoin_arbitraries.ts";
import { seededRandom } from "../../../support/seeded_random.ts";
import { assertSplitInvariant, cutAt } from "../../../support/split.ts";
import { GENESIS_BLOCK } from "./message_vectors.ts";

const GENESIS = hexToBytes(GENESIS_BLOCK);
const { header, transactions: [coinbase] } = decodeBlock(GENESIS);
const COINBASE_BYTES = GENESIS.length - 81;

function stream(
  payload: Uint8Array,
  options: Partial<BlockStreamOptions> = {},
): () => BlockStream {
  return () => new BlockStream({ payloadBytes: payload.length, ...options });
}

function partsOf({ header, transactions }: Block): BlockPart[] {
  return [
    { type: "header", header, transactionCount: transactions.length },
    ...transactions.map((transaction, index) => ({
      type: "transaction" as const,
      transaction,
      index,
    })),
  ];
}

function withScript(bytes: number): Transaction {
  return { ...coinbase, outputs: [{ valueSat: 1n, script: new Uint8Array(bytes).fill(7) }] };
}

Deno.test("BlockStream gives the header and each transaction, however the bytes are cut", () => {
  assertSplitInvariant(stream(GENESIS), GENESIS, {
    messages: partsOf(decodeBlock(GENESIS)),
  });
  const three = { header, transactions: [coinbase, withScript(300), coinbase] };
  assertSplitInvariant(stream(encodeBlock(three)), encodeBlock(three), {
    messages: partsOf(three),
  });
});

Deno.test("BlockStream gives what decodeBlock() does, of any block in chunks of any size", () => {
  const blocks = fc.array(bitcoinTransaction(), { maxLength: 6 });
  fc.assert(
    fc.property(blocks, fc.integer({ min: 1, max: 2_000 }), (transactions, size) => {
      const bytes = encodeBlock({ header, transactions });
      const cuts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => i * size);
      const reader = stream(bytes)();
      const parts = cutAt(bytes, cuts).flatMap((chunk) => reader.push(chunk));
      assertEquals(parts, partsOf({ header, transactions }));
      assertEquals(reader.isWhole, true);
      reader.end();
    }),
    { seed: 1_000_003, numRuns: 100 },
  );
});

Deno.test("BlockStream gives a transaction before the block has ended", () => {
  const reader = stream(GENESIS, { payloadBytes: 1_000_000 })();
  const bytes = encodeBlock({ header, transactions: [coinbase, coinbase] });
  assertEquals(reader.push(bytes.slice(0, 81)).length, 1);
  assertEquals(reader.push(bytes.slice(81)).length, 2);
  assertEquals([reader.bufferedBytes, reader.isWhole], [0, false]);
});

Deno.test("BlockStream faults when the block ends early, at each of its bytes", () => {
  for (let length = 0; length < GENESIS.length; length++) {
    const reader = stream(GENESIS)();
    reader.push(GENESIS.slice(0, length));
    assertEquals(reader.isWhole, false);
    const error = assertThrows(() => reader.end(), DecodeError, `${length} of ${GENESIS.length}`);
    assertEquals([error.reason, reader.fault, reader.bufferedBytes], ["truncated", error, 0]);
  }
});

Deno.test("BlockStream faults when the last transaction goes beyond the frame's length", () => {
  const bytes = GENESIS.slice(0, -1);
  assertSplitInvariant(stream(bytes), bytes, {
    messages: partsOf({ header, transactions: [coinbase] }).slice(0, 1),
    fault: "truncated",
  });
});

Deno.test("BlockStream refuses bytes behind the last transaction", () => {
  const bytes = concatBytes(GENESIS, Uint8Array.of(0));
  assertSplitInvariant(stream(bytes), bytes, {
    messages: partsOf(decodeBlock(GENESIS)),
    fault: "malformed",
  });
});

Deno.test("BlockStream refuses a count that can't be in the bytes there are", () => {
  const bytes = GENESIS.slice();
  bytes[80] = 0xfc;
  assertSplitInvariant(stream(bytes), bytes, { messages: [], fault: "malformed" });
});

Deno.test("BlockStream takes transactions up to its limit, and not one byte more", () => {
  for (const [size, fault] of [[1_000, undefined], [1_001, "limit"]] as const) {
    const head = COINBASE_BYTES - 67 + 2;
    const block = { header, transactions: [coinbase, withScript(size - head), coinbase] };
    const bytes = encodeBlock(block);
    assertEquals(bytes.length, 81 + 2 * COINBASE_BYTES + size);
    const most = fault === undefined ? 4 : 2;
    const make = stream(bytes, { maxTransactionBytes: 1_000 });
    assertSplitInvariant(make, bytes, { messages: partsOf(block).slice(0, most), fault });
  }
});

Deno.test("BlockStream holds no more than one transaction may have, whatever is promised", () => {
  const reader = stream(GENESIS, { payloadBytes: 2 ** 40, maxTransactionBytes: 10_000 })();
  reader.push(encodeBlock({ header, transactions: [withScript(2_000_000)] }).slice(0, 300));
  let held = 0;
  for (let i = 0; i < 100 && reader.fault === undefined; i++) {
    reader.push(new Uint8Array(1_000));
    held = Math.max(held, reader.bufferedBytes);
  }
  assertEquals(reader.fault?.reason, "limit");
  assertEquals(held <= 11_000, true);
});

Deno.test("BlockStream says in which transaction it stopped", () => {
  const bytes = encodeBlock({ header, transactions: [coinbase, coinbase] });
  const reader = stream(bytes)();
  // The count of inputs of the second, not in its shortest form.
  bytes.set([0xfd, 0, 0], 81 + COINBASE_BYTES + 4);
  reader.push(bytes);
  assertEquals(
    reader.fault?.message,
    "Cannot decode transaction 1 of block as a size is not in its shortest form in inputs at byte 4: got 0",
  );
});

Deno.test("BlockStream answers 1000 random blocks with parts or a DecodeError", () => {
  const random = seededRandom(4);
  const valid = encodeBlock({ header, transactions: [coinbase, withScript(60)] });
  for (let run = 0; run < 1_000; run++) {
    const bytes = valid.slice();
    for (let flips = random() * 3; flips >= 0; flips--) {
      bytes[Math.floor(random() * bytes.length)] = random() * 256;
    }
    const reader = stream(bytes)();
    const parts = cutAt(bytes, [Math.floor(random() * bytes.length)])
      .flatMap((chunk) => reader.push(chunk));
    assertEquals(reader.isWhole || reader.fault !== undefined, true);
    if (reader.isWhole) assertEquals(parts, partsOf(decodeBlock(bytes)));
  }
});
