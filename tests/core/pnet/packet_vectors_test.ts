import { assert, assertEquals, assertThrows } from "@std/assert";
import { formatPipePacket } from "../../../core/codecs/pipe_packet.ts";
import { decodeBase64Url } from "../../../core/codecs/pnet_base64.ts";
import { decryptFromNetwork, parsePnetContent } from "../../../core/codecs/pnet_content.ts";
import { decryptFernet, parseFernetKey } from "../../../core/codecs/pnet_fernet.ts";
import { parseKeyField } from "../../../core/codecs/pnet_public_key.ts";
import { decodePnetValue, type PnetValue } from "../../../core/codecs/pnet_value.ts";
import { SynapseError } from "../../../core/errors.ts";
import { PnetSealer } from "../../../core/pnet/sealer.ts";
import { nodePnetCrypto } from "../../../transports/pnet_crypto.ts";
import {
  isKeyed,
  NETWORK_KEY,
  openPacket,
  packetOf,
  privateKeyOf,
  receiverOf,
  vectorOf,
  VECTORS,
} from "../../support/pnet_vectors.ts";

const NETWORK = parseFernetKey(NETWORK_KEY);
const UTF8 = new TextDecoder();
const SEALED = VECTORS.filter((vector) => vector.decoded?.format !== undefined);
const READABLE = SEALED.filter((vector) => vector.decoded?.format !== "pkl");

function expectedValue(decoded: NonNullable<typeof VECTORS[number]["decoded"]>): PnetValue {
  if (decoded.format === "str") return decoded.text!;
  return Uint8Array.from(
    decoded.universal_decoded!.$bytes_hex.match(/../g)!,
    (hex) => parseInt(hex, 16),
  ).slice("raw|".length);
}

/** Time and IV that a token was made with. */
function onceOf(token: string): { iv: Uint8Array; unixMs: number } {
  const bytes = decodeBase64Url(token, "token");
  const seconds = new DataView(bytes.buffer).getBigUint64(1);
  return { iv: bytes.slice(9, 25), unixMs: Number(seconds) * 1000 };
}

Deno.test("PnetSealer.open() reads every text and byte array that real nodes have sent", () => {
  assertEquals(READABLE.length, 120);
  for (const vector of READABLE) {
    const value = openPacket(vector.text, receiverOf(vector), { keyed: isKeyed(vector) });
    assertEquals(value, expectedValue(vector.decoded!), vector.name);
  }
});

Deno.test("PnetSealer.open() refuses what real nodes have pickled", () => {
  const pickled = SEALED.filter((vector) => vector.decoded?.format === "pkl");
  assertEquals(pickled.length, 2);
  for (const vector of pickled) {
    const error = assertThrows(
      () => openPacket(vector.text, receiverOf(vector), { keyed: true }),
      SynapseError,
      "pickle runs code",
    );
    assertEquals(error.code, "not_supported");
  }
});

Deno.test("PnetSealer.seal() writes the bytes of real nodes when it draws what they have drawn", () => {
  for (const vector of READABLE) {
    const { decoded } = vector;
    const packet = packetOf(vector);
    const outer = isKeyed(vector) ? UTF8.decode(decodeBase64Url(packet.content, "")) : undefined;
    const sealed = parsePnetContent(
      outer === undefined
        ? packet.content
        : UTF8.decode(decryptFromNetwork(NETWORK, packet.content)),
    );
    const receiver = privateKeyOf(receiverOf(vector));
    const block = receiver.decryptBlock(sealed.wrappedKey)!;
    const inner = onceOf(sealed.token);
    const outerOnce = outer === undefined ? undefined : onceOf(outer);
    const draws = [
      decodeBase64Url(decoded!.session_key!, "session key"),
      block.slice(2, block.length - 45),
      inner.iv,
      outerOnce?.iv ?? new Uint8Array(),
    ];
    const times = [inner.unixMs, outerOnce?.unixMs ?? 0];
    const sealer = new PnetSealer({
      crypto: { randomBytes: () => draws.shift()! },
      clock: { unixMs: () => times.shift()! },
      privateKey: privateKeyOf("carol"),
      networkKey: outer === undefined ? undefined : NETWORK,
    });
    const content = sealer.seal(expectedValue(decoded!), receiver.publicKey);
    // Without a network key, real servers write Python's b'...' around it, which real clients can't read.
    const expected = decoded?.quirk === undefined ? content : `b'${content}'`;
    assertEquals(formatPipePacket({ ...packet, content: expected }), vector.text, vector.name);
  }
});

Deno.test("decryptFernet() finds the value that is recorded in every packet", () => {
  for (const vector of SEALED) {
    const { content } = packetOf(vector);
    const plain = isKeyed(vector) ? UTF8.decode(decryptFromNetwork(NETWORK, content)) : content;
    const session = parseFernetKey(vector.decoded!.session_key!);
    const universal = UTF8.decode(decryptFernet(session, parsePnetContent(plain).token));
    if (vector.decoded!.universal !== undefined) {
      assertEquals(universal, vector.decoded!.universal, vector.name);
    }
    if (vector.decoded!.format !== "pkl") {
      assertEquals(decodePnetValue(universal), expectedValue(vector.decoded!), vector.name);
    }
  }
});

Deno.test("parseKeyField() gives keys of real nodes that readPublicKey() takes", () => {
  for (const vector of SEALED) {
    const pem = parseKeyField(packetOf(vector).key);
    assertEquals(nodePnetCrypto.readPublicKey(pem).pem, pem, vector.name);
  }
});

Deno.test("PnetSealer.open() says nothing different for a wrong padding, key, or token", () => {
  const { content } = packetOf(vectorOf("nokey.msg.str"));
  const sealed = parsePnetContent(content);
  const sealer = new PnetSealer({
    crypto: nodePnetCrypto,
    clock: { unixMs: () => 0 },
    privateKey: privateKeyOf("bob"),
  });
  const foreign = parsePnetContent(packetOf(vectorOf("nokey.rsp.str")).content);
  const messages = [
    { ...sealed, wrappedKey: new Uint8Array(64) },
    { ...sealed, wrappedKey: new Uint8Array(64).fill(255) },
    { ...sealed, wrappedKey: sealed.wrappedKey.subarray(1) },
    { ...sealed, wrappedKey: foreign.wrappedKey },
    { ...sealed, token: foreign.token },
  ].map((broken) => assertThrows(() => sealer.open(broken), SynapseError).message);
  assertEquals(new Set(messages).size, 1);
  assert(messages[0].includes("another key"));
});
