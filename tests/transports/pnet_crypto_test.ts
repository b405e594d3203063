import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { DecodeError } from "../../core/errors.ts";
import { nodePnetCrypto } from "../../transports/pnet_crypto.ts";
import { type Person, privateKeyOf } from "../support/pnet_vectors.ts";

for (
  const [person, bytes] of [["alice", 64], ["carol", 128], ["dave", 256]] as [Person, number][]
) {
  Deno.test(`PnetPrivateKey.decryptBlock() takes back encryptBlock() with ${8 * bytes} bits`, () => {
    const { publicKey, decryptBlock } = privateKeyOf(person);
    assertEquals(publicKey.modulusBytes, bytes);
    const block = Uint8Array.from({ length: bytes }, (_, at) => at);
    const encrypted = publicKey.encryptBlock(block);
    assertNotEquals(encrypted, block);
    assertEquals(decryptBlock(encrypted), block);
    assertEquals(nodePnetCrypto.readPublicKey(publicKey.pem).encryptBlock(block), encrypted);
  });

  Deno.test(`PnetPrivateKey.decryptBlock() refuses blocks of another size, with ${8 * bytes} bits`, () => {
    const { decryptBlock } = privateKeyOf(person);
    for (const length of [0, 1, bytes - 1, bytes + 1]) {
      assertEquals(decryptBlock(new Uint8Array(length).fill(1)), undefined);
    }
    assertEquals(decryptBlock(new Uint8Array(bytes).fill(255)), undefined);
  });
}

Deno.test("nodePnetCrypto.generateKey() draws keys of 512 bits, in PKCS#1", async () => {
  const [one, other] = [
    await nodePnetCrypto.generateKey(512),
    await nodePnetCrypto.generateKey(512),
  ];
  assertNotEquals(one.pem, other.pem);
  assertEquals(one.pem.split("\n")[0], "-----BEGIN RSA PRIVATE KEY-----");
  assertEquals(one.publicKey.pem.split("\n")[0], "-----BEGIN RSA PUBLIC KEY-----");
  assertEquals(nodePnetCrypto.readPrivateKey(one.pem).publicKey.pem, one.publicKey.pem);
});

/** A public key of that many bits, without any factors: nobody looks. */
function publicPem(bits: number, exponent: readonly number[] = [1, 0, 1]): string {
  const integer = (bytes: readonly number[]): number[] => [0x02, ...lengthOf(bytes), ...bytes];
  const modulus = [0, ...new Array(bits / 8).fill(0xff)];
  const content = [...integer(modulus), ...integer(exponent)];
  const der = new Uint8Array([0x30, ...lengthOf(content), ...content]);
  const base64 = btoa(String.fromCharCode(...der)).replace(/.{64}/g, "$&\n").trimEnd();
  return `-----BEGIN RSA PUBLIC KEY-----\n${base64}\n-----END RSA PUBLIC KEY-----\n`;
}

function lengthOf({ length }: readonly number[]): number[] {
  if (length < 128) return [length];
  return length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
}

Deno.test("nodePnetCrypto.readPublicKey() takes 512 to 4096 bits", () => {
  for (const bits of [512, 4096]) {
    assertEquals(nodePnetCrypto.readPublicKey(publicPem(bits)).modulusBytes, bits / 8);
  }
  for (const bits of [504, 4104, 32_768]) {
    assertThrows(() => nodePnetCrypto.readPublicKey(publicPem(bits)), DecodeError);
  }
});

Deno.test("nodePnetCrypto.readPublicKey() refuses an exponent that would cost time", () => {
  nodePnetCrypto.readPublicKey(publicPem(1024, [1, 0, 0, 0, 1]));
  const exponent = [0, ...new Array(64).fill(0xff)];
  assertThrows(() => nodePnetCrypto.readPublicKey(publicPem(1024, exponent)), DecodeError);
});

for (
  const pem of [
    "",
    "-----BEGIN RSA PUBLIC KEY-----\n\n-----END RSA PUBLIC KEY-----\n",
    "-----BEGIN RSA PUBLIC KEY-----\nMEgCQQ==\n-----END RSA PUBLIC KEY-----\n",
  ]
) {
  Deno.test(`nodePnetCrypto.readPublicKey() refuses ${JSON.stringify(pem.slice(0, 50))}`, () => {
    assertThrows(() => nodePnetCrypto.readPublicKey(pem), DecodeError);
    assertThrows(() => nodePnetCrypto.readPrivateKey(pem), DecodeError);
  });
}
