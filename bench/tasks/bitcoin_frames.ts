/**
 * Small Bitcoin messages, framed and unframed.
 *
 * @module
 */
import { ByteWriter } from "../../core/codec.ts";
import { appendFrame, type BitcoinFrame, FrameDecoder } from "../../core/codecs/bitcoin/frame.ts";
import { findNetwork } from "../../core/codecs/bitcoin/networks.ts";

/** What is done with a message. */
export type Direction = "encode" | "decode";

const NETWORK = findNetwork("main")!;
/** Less than a socket gives at once. */
const BATCH = 1_000;
/** What nodes say most: pings, and announcements of one transaction. */
const KINDS = [{ command: "ping", bytes: 8 }, { command: "inv", bytes: 1 + 36 }];
const FRAMES: readonly BitcoinFrame[] = Array.from({ length: BATCH }, (_, i) => {
  const { command, bytes } = KINDS[i % KINDS.length];
  return { command, payload: new Uint8Array(bytes).fill(i) };
});

/** Does it over and over. @returns Messages a second. */
export function run(direction: Direction, ms: number): number {
  const bytes = encodeAll();
  const work = direction === "encode" ? encodeAll : () => decodeAll(bytes);
  const begunMs = performance.now();
  let messages = 0;
  while (performance.now() - begunMs < ms) {
    work();
    messages += BATCH;
  }
  return messages / (performance.now() - begunMs) * 1000;
}

function encodeAll(): Uint8Array {
  const writer = new ByteWriter();
  for (const frame of FRAMES) appendFrame(NETWORK, frame, writer);
  return writer.toBytes();
}

/** Every checksum is verified. */
function decodeAll(bytes: Uint8Array): void {
  const frames = new FrameDecoder({ magic: NETWORK.magic }).push(bytes);
  if (frames.length !== BATCH) throw new Error(`Cannot decode all frames: got ${frames.length}`);
}
