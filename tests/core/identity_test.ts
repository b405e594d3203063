import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  fingerprint,
  formatPublicKey,
  Identity,
  isKeyText,
  parsePublicKey,
  verify,
} from "../../core/identity.ts";

/** RFC 8032, 7.1: secret key, public key, message, signature. */
const RFC_8032: readonly (readonly [string, string, string, string])[] = [
  [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  ],
  [
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  ],
  [
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "af82",
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  ],
];

const fromHex = (hex: string) => Uint8Array.fromHex(hex);

Deno.test("Identity gives the keys and signatures of RFC 8032", () => {
  for (const [secretKey, publicKey, message, signature] of RFC_8032) {
    const identity = new Identity(fromHex(secretKey));
    assertEquals(identity.publicKey.toHex(), publicKey);
    assertEquals(identity.sign(fromHex(message)).toHex(), signature);
    assertEquals(verify(fromHex(publicKey), fromHex(message), fromHex(signature)), true);
  }
});

Deno.test("Identity.id is base64url of the public key", () => {
  const identity = new Identity(fromHex(RFC_8032[0][0]));
  assertEquals(identity.id, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
});

Deno.test("Identity refuses keys that have not 32 bytes", () => {
  for (const length of [0, 31, 33, 64]) {
    assertThrows(() => new Identity(new Uint8Array(length)), RangeError, `got ${length}`);
  }
});

Deno.test("Identity keeps its secret key to itself", () => {
  const secretKey = fromHex(RFC_8032[0][0]);
  const identity = new Identity(secretKey);
  for (const shown of [Deno.inspect(identity, { depth: 9 }), JSON.stringify(identity)]) {
    assertEquals(shown.includes("157"), false, "the first byte");
    assertEquals(shown.includes("nWGxne"), false);
  }
  identity.exportSecretKey().fill(0);
  secretKey.fill(0);
  assertEquals(identity.exportSecretKey().toHex(), RFC_8032[0][0]);
  assertEquals(identity.sign(new Uint8Array()).toHex(), RFC_8032[0][3]);
});

Deno.test("verify() refuses any other key, message and signature", () => {
  const [, publicKey, message, signature] = RFC_8032[2].map(fromHex);
  const parts = [publicKey, message, signature] as const;
  const place = fc.constantFrom(0, 1, 2).chain((part) =>
    fc.record({ part: fc.constant(part), bit: fc.nat(parts[part].length * 8 - 1) })
  );
  fc.assert(
    fc.property(place, ({ part, bit }) => {
      const changed = parts.map((bytes) => bytes.slice());
      changed[part][bit >> 3] ^= 1 << (bit & 7);
      assertEquals(verify(changed[0], changed[1], changed[2]), false);
    }),
    { seed: 1_000_003, numRuns: 150 },
  );
});

Deno.test("verify() refuses keys and signatures of other lengths", () => {
  const [, publicKey, message, signature] = RFC_8032[0].map(fromHex);
  const longer = (bytes: Uint8Array) => Uint8Array.of(...bytes, 0);
  assertEquals(verify(longer(publicKey), message, signature), false);
  assertEquals(verify(publicKey.subarray(1), message, signature), false);
  assertEquals(verify(publicKey, message, longer(signature)), false);
  assertEquals(verify(publicKey, message, signature.subarray(1)), false);
  assertEquals(verify(new Uint8Array(), message, new Uint8Array()), false);
});

Deno.test("verify() refuses a second form of a good signature", () => {
  const [, publicKey, message, signature] = RFC_8032[0].map(fromHex);
  // The order of the group, little-endian: S + L is the same number to a careless verifier.
  const order = fromHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  let carry = 0;
  for (let i = 0; i < 32; i++) {
    carry += signature[32 + i] + order[i];
    signature[32 + i] = carry & 0xff;
    carry >>= 8;
  }
  assertEquals(carry, 0);
  assertEquals(verify(publicKey, message, signature), false);
});

Deno.test("verify() refuses keys under which anybody could sign", () => {
  // The neutral point as key and as R, and S = 0: fits every message.
  const neutral = new Uint8Array(32);
  neutral[0] = 1;
  const signature = Uint8Array.of(...neutral, ...new Uint8Array(32));
  assertEquals(verify(neutral, new Uint8Array(), signature), false);
});

Deno.test("fingerprint() is the beginning of the hash in four groups of four", () => {
  const [, publicKey] = RFC_8032[0].map(fromHex);
  assertEquals(fingerprint(publicKey), "47Z3-3QX1-AJH6-2RKB");
  assertEquals(fingerprint(new Uint8Array(32)), "CSM7-NBFR-CAYQ-EV4F");
  const [, otherKey] = RFC_8032[1].map(fromHex);
  assertNotEquals(fingerprint(otherKey), fingerprint(publicKey));
  assertThrows(() => fingerprint(new Uint8Array(31)), RangeError, "got 31");
});

Deno.test("fingerprint() has nothing that is easily misread", () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(
      key,
      (key) => /^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/.test(fingerprint(key)),
    ),
  );
});

Deno.test("parsePublicKey() reads what formatPublicKey() writes, and in no other spelling", () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const other = fc.constantFrom(
    ..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
  );
  fc.assert(
    fc.property(key, other, (key, last) => {
      const text = formatPublicKey(key);
      assertEquals(parsePublicKey(text), key);
      const changed = text.slice(0, -1) + last;
      if (isKeyText(changed)) assertEquals(formatPublicKey(parsePublicKey(changed)), changed);
    }),
  );
});

Deno.test("parsePublicKey() refuses what is no key", () => {
  const good = formatPublicKey(new Uint8Array(32));
  const bad = ["", good.slice(1), good + "A", good + "=", " " + good.slice(1), good.slice(1) + "B"];
  for (const text of [...bad, "+" + good.slice(1), good.slice(1) + "\n", "ä" + good.slice(1)]) {
    assertEquals(isKeyText(text), false, text);
    assertThrows(() => parsePublicKey(text), TypeError, "43 characters of base64url");
  }
  for (const other of [undefined, null, 43, [good], { length: 43 }]) {
    assertEquals(isKeyText(other), false);
  }
});
