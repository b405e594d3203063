import { assertEquals } from "@std/assert";
import { decodeBlock } from "../../core/codecs/bitcoin/block.ts";
import { type BlockPart, BlockStream } from "../../core/codecs/bitcoin/block_stream.ts";
import { encodeFrame, FrameDecoder } from "../../core/codecs/bitcoin/frame.ts";
import { decodeMessage, encodeMessage } from "../../core/codecs/bitcoin/messages.ts";
import { findNetwork } from "../../core/codecs/bitcoin/networks.ts";
import { cutAt } from "../support/split.ts";
import { readBytes, testVectors } from "./vector_files.ts";

const MAIN = findNetwork("main")!;
const FILES = [
  "block227835.dat",
  "testnet_block_000000000000045e0b1660b6445b5e5c5ab63c9a4f956be7e1e69be04fa4497b.raw",
];

/** Pieces as they come from a network. */
function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  return cutAt(bytes, Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => i * size));
}

testVectors("A real block survives the way through a frame and a message, byte for byte", () => {
  for (const file of FILES) {
    const payload = readBytes(file);
    const decoder = new FrameDecoder({ magic: MAIN.magic });
    const frames = pieces(encodeFrame(MAIN, "block", payload), 1_460)
      .flatMap((chunk) => decoder.push(chunk));
    assertEquals(frames, [{ command: "block", payload }]);
    assertEquals(encodeMessage(decodeMessage("block", frames[0].payload)), payload);
  }
});

testVectors("A real block comes out of a stream as it comes out of memory", () => {
  for (const file of FILES) {
    const payload = readBytes(file);
    const { header, transactions } = decodeBlock(payload);
    for (const size of [1, 1_460, 65_536]) {
      const parts: BlockPart[] = [];
      let stream: BlockStream | undefined;
      const decoder = new FrameDecoder({
        magic: MAIN.magic,
        stream: (_, payloadBytes) => {
          const taken = stream = new BlockStream({ payloadBytes });
          return { chunk: (bytes) => parts.push(...taken.push(bytes)), end: () => taken.end() };
        },
      });
      const frame = encodeFrame(MAIN, "block", payload);
      for (const chunk of pieces(frame, size)) assertEquals(decoder.push(chunk), []);
      assertEquals(stream?.isWhole, true);
      assertEquals(parts, [
        { type: "header", header, transactionCount: transactions.length },
        ...transactions.map((transaction, index) => ({ type: "transaction", transaction, index })),
      ]);
    }
  }
});
