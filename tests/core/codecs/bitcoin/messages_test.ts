import { assertEquals, assertThrows } from "@std/assert";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { FrameDecoder, MAX_PAYLOAD_BYTES } from "../../../../core/codecs/bitcoin/frame.ts";
import { formatHash, parseHash } from "../../../../core/codecs/bitcoin/hash.ts";
import {
  type BitcoinCommand,
  type BitcoinMessage,
  decodeMessage,
  encodeMessage,
  isBitcoinCommand,
  payloadLimits,
} from "../../../../core/codecs/bitcoin/messages.ts";
import { findNetwork } from "../../../../core/codecs/bitcoin/networks.ts";
import { DecodeError } from "../../../../core/errors.ts";
import { MESSAGE_VECTORS } from "./message_vectors.ts";
import { seededRandom } from "../../../support/seeded_random.ts";

const BTC = findNetwork("main")!;
const BSV = findNetwork("bsv-main")!;

/** Lengths at which a message may end although more could follow, by command. */
const SHORT_FORMS: Partial<Record<BitcoinCommand, readonly number[]>> = {
  mempool: [0],
  ping: [0],
  // After the receiver, the nonce, the agent (15 characters of it), the height, and whether to relay.
  version: [46, 80, 96, 100, 101],
  // Before the hash of what was refused.
  reject: [26],
};
/** What later versions may add is passed over. */
const MAY_BE_LONGER: readonly BitcoinCommand[] = ["protoconf", "version"];

function decodes(command: string, payload: Uint8Array): DecodeError | undefined {
  try {
    decodeMessage(command, payload);
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
}

Deno.test("decodeMessage() and encodeMessage() agree with the vectors, both ways", () => {
  for (const [hex, message] of MESSAGE_VECTORS) {
    assertEquals(decodeMessage(message.command, hexToBytes(hex)), message);
    assertEquals(bytesToHex(encodeMessage(message)), hex);
  }
});

Deno.test("Every message that is understood has a vector", () => {
  const tested = new Set<string>(MESSAGE_VECTORS.map(([, { command }]) => command));
  const commands = "addr addrv2 block feefilter getaddr getblocks getdata getheaders headers inv " +
    "mempool notfound ping pong protoconf reject sendaddrv2 sendcmpct sendheaders tx verack " +
    "version wtxidrelay";
  assertEquals([...tested].sort(), commands.split(" "));
  assertEquals(commands.split(" ").every(isBitcoinCommand), true);
});

Deno.test("decodeMessage() refuses each message that ends early, at each of its bytes", () => {
  for (const [hex, { command }] of MESSAGE_VECTORS) {
    const payload = hexToBytes(hex);
    for (let length = 0; length < payload.length; length++) {
      if (SHORT_FORMS[command]?.includes(length)) continue;
      const error = decodes(command, payload.subarray(0, length));
      assertEquals(error?.reason, "truncated", `${command}, ${length} bytes`);
    }
  }
});

Deno.test("decodeMessage() takes messages that end where older nodes end them", () => {
  for (const [hex, { command }] of MESSAGE_VECTORS) {
    for (const length of SHORT_FORMS[command] ?? []) {
      const payload = hexToBytes(hex).slice(0, length);
      if (payload.length < length) continue;
      const message = decodeMessage(command, payload) as BitcoinMessage;
      assertEquals(encodeMessage(message), payload, `${command}, ${length} bytes`);
    }
  }
});

Deno.test("decodeMessage() refuses what follows a message, but for those that may grow", () => {
  for (const [hex, { command }] of MESSAGE_VECTORS) {
    if (command === "ping" && hex === "") continue;
    const error = decodes(command, hexToBytes(`${hex}00`));
    if (MAY_BE_LONGER.includes(command)) assertEquals(error, undefined, command);
    else if (error === undefined) throw new Error(`${command} takes one byte more`);
  }
});

Deno.test("decodeMessage() gives unknown commands back as they are", () => {
  const payload = Uint8Array.of(1, 2, 3);
  for (const command of ["sendtxrcncl", "authch", "", "__proto__", "toString"]) {
    assertEquals(decodeMessage(command, payload), { command, unknown: payload });
    assertEquals(isBitcoinCommand(command), false);
  }
});

Deno.test("decodeMessage() answers 1000 random payloads a command with the same bytes or a DecodeError", () => {
  const random = seededRandom(155);
  for (const [hex, { command }] of MESSAGE_VECTORS) {
    const valid = hexToBytes(hex);
    for (let run = 0; run < 1_000; run++) {
      const payload = run % 2 === 0
        ? Uint8Array.from({ length: random() * 200 }, () => random() * 256)
        : valid.slice();
      if (run % 2 === 1 && payload.length > 0) {
        payload[Math.floor(random() * payload.length)] = random() * 256;
      }
      if (decodes(command, payload) !== undefined) continue;
      const message = decodeMessage(command, payload) as BitcoinMessage;
      if (command === "protoconf" || command === "version") {
        assertEquals(decodeMessage(command, encodeMessage(message)), message);
      } else assertEquals(encodeMessage(message), payload, `${command} ${bytesToHex(payload)}`);
    }
  }
});

Deno.test("payloadLimits() lets each real message through", () => {
  for (const [hex, { command }] of MESSAGE_VECTORS) {
    assertEquals(hex.length / 2 <= payloadLimits(BTC)(command), true, command);
  }
});

Deno.test("payloadLimits() are those of the messages, at n and n+1 bytes", () => {
  const limits: [string, number][] = [
    ["ping", 8],
    ["pong", 8],
    ["verack", 0],
    ["getaddr", 0],
    ["version", 1_024],
    ["addr", 30_003],
    ["addrv2", 531_003],
    ["inv", 1_800_003],
    ["getdata", 1_800_003],
    ["headers", 162_003],
    ["getheaders", 3_269],
    ["feefilter", 8],
    ["reject", 1_024],
    ["protoconf", 1_048_576],
    ["sendcmpct", 9],
    ["tx", 4_000_000],
    ["block", 4_000_000],
    ["alert", 4_000_000],
  ];
  for (const [command, most] of limits) {
    for (const [length, reason] of [[most, undefined], [most + 1, "limit"]] as const) {
      const decoder = new FrameDecoder({
        magic: BTC.magic,
        maxPayloadBytes: payloadLimits(BTC),
      });
      const header = new Uint8Array(24);
      header.set(BTC.magic);
      header.set(new TextEncoder().encode(command), 4);
      new DataView(header.buffer).setUint32(16, length, true);
      decoder.push(header);
      assertEquals(decoder.fault?.reason, reason, `${command} of ${length} bytes`);
    }
  }
});

Deno.test("payloadLimits() are larger for the blocks and transactions of BSV, and can be set", () => {
  const bsv = payloadLimits(BSV);
  assertEquals([bsv("block"), bsv("tx")], [33_554_432, 33_554_432]);
  assertEquals([bsv("inv"), bsv("extmsg")], [1_800_003, MAX_PAYLOAD_BYTES]);
  const set = payloadLimits(BSV, 5e9);
  assertEquals([set("block"), set("headers")], [5e9, 162_003]);
});

Deno.test("decodeMessage() takes as many items as nodes do, and not one more", () => {
  const head = (count: number) => {
    const bytes = Uint8Array.of(0xfd, 0, 0);
    new DataView(bytes.buffer).setUint16(1, count, true);
    return bytesToHex(bytes);
  };
  const hash = "ab".repeat(32);
  const addr = "00000000" + "00".repeat(24) + "0000";
  const header = "00".repeat(81);
  const cases: [BitcoinCommand, number, (count: number) => string][] = [
    ["inv", 50_000, (count) => head(count) + `01000000${hash}`.repeat(count)],
    ["getdata", 50_000, (count) => head(count) + `01000000${hash}`.repeat(count)],
    ["notfound", 50_000, (count) => head(count) + `01000000${hash}`.repeat(count)],
    ["addr", 1_000, (count) => head(count) + addr.repeat(count)],
    ["addrv2", 1_000, (count) => head(count) + "00000000000104010203040000".repeat(count)],
    ["headers", 2_000, (count) => head(count) + header.repeat(count)],
    ["getheaders", 101, (n) => "00000000" + n.toString(16) + hash.repeat(n) + hash],
    ["getblocks", 101, (n) => "00000000" + n.toString(16) + hash.repeat(n) + hash],
  ];
  for (const [command, most, build] of cases) {
    const payload = hexToBytes(build(most));
    const message = decodeMessage(command, payload) as BitcoinMessage;
    assertEquals(encodeMessage(message), payload, command);
    assertEquals(decodes(command, hexToBytes(build(most + 1)))?.reason, "limit", command);
  }
});

Deno.test("decodeMessage() takes texts and addresses as long as nodes do, and not one byte longer", () => {
  const version = "62ea0000" + "00".repeat(16) + "00".repeat(52) + "00".repeat(8);
  const cases: [BitcoinCommand, number, (length: number) => string][] = [
    ["version", 256, (n) => `${version}fd${n === 256 ? "0001" : "0101"}${"61".repeat(n)}`],
    ["reject", 12, (n) => `${n.toString(16).padStart(2, "0")}${"61".repeat(n)}1000`],
    ["reject", 111, (n) => `00${"10"}${n.toString(16)}${"61".repeat(n)}`],
    ["addrv2", 512, (n) => `01000000000063fd0${n === 512 ? "002" : "102"}${"61".repeat(n)}0000`],
  ];
  for (const [command, most, build] of cases) {
    assertEquals(decodes(command, hexToBytes(build(most))), undefined, command);
    assertEquals(decodes(command, hexToBytes(build(most + 1)))?.reason, "limit", command);
  }
});

Deno.test("encodeMessage() refuses more items than nodes take", () => {
  const hash = new Uint8Array(32);
  const items = new Array(50_001).fill({ type: 1, hash });
  const node = {
    timeSec: 0,
    services: 0n,
    address: { networkId: 1, bytes: new Uint8Array(4) },
    port: 0,
  };
  const header = {
    version: 1,
    previousHash: hash,
    merkleRoot: hash,
    timeSec: 0,
    bits: 0,
    nonce: 0,
  };
  const nodes = new Array(1_001).fill(node);
  const locator = new Array(102).fill(hash);
  const messages: BitcoinMessage[] = [
    { command: "inv", items },
    { command: "addr", nodes },
    { command: "addrv2", nodes },
    { command: "headers", headers: new Array(2_001).fill(header) },
    { command: "getheaders", version: 1, locator, stopHash: hash },
  ];
  for (const message of messages) {
    assertThrows(() => encodeMessage(message), RangeError, `Cannot encode ${message.command}`);
  }
});

Deno.test("decodeMessage() refuses values that no node means", () => {
  const malformed: [BitcoinCommand, string][] = [
    // A count of transactions after a header, a mode of 2, no fields, an IPv4 address of 5 bytes.
    ["headers", `01${"00".repeat(80)}01`],
    ["sendcmpct", "020200000000000000"],
    ["protoconf", "0000002000"],
    ["addrv2", "01000000000001050102030405" + "0000"],
  ];
  for (const [command, hex] of malformed) {
    assertEquals(decodes(command, hexToBytes(hex))?.reason, "malformed", command);
  }
});

Deno.test("decodeMessage() keeps the addresses of networks that nobody knows yet", () => {
  const payload = hexToBytes("0100000000006303010203" + "208d");
  const message = decodeMessage("addrv2", payload);
  assertEquals(message.nodes[0].address, { networkId: 0x63, bytes: Uint8Array.of(1, 2, 3) });
  assertEquals(encodeMessage(message), payload);
});

Deno.test("decodeMessage() says which node of addrv2 is wrong, and where", () => {
  const good = "00000000000104010203040000";
  const error = decodes("addrv2", hexToBytes(`02${good}0000000000020401020304` + "0000"));
  assertEquals(
    error?.message,
    "Cannot decode addrv2 as an address of network 2 must have 16 bytes in node 1 at byte 25: got 4",
  );
});

Deno.test("decodeMessage() takes any byte but 0 of version for a wish to hear of transactions", () => {
  const [hex] = MESSAGE_VECTORS.find(([, message]) =>
    message.command === "version" && message.relay === true
  )!;
  for (const [byte, relay] of [["00", false], ["01", true], ["02", true]] as const) {
    assertEquals(decodeMessage("version", hexToBytes(hex.slice(0, 200) + byte)).relay, relay);
  }
});

Deno.test("decodeMessage() of inv gives hashes that explorers show", () => {
  const hash = "55f5211bda8190422e7324f2342c03cac41f0b5d92a009c51ddf1ac7d7f5ff5e";
  const message = decodeMessage("inv", hexToBytes(`0101000000${bytesToHex(parseHash(hash))}`));
  assertEquals(formatHash(message.items[0].hash), hash);
});
