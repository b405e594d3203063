import { assert, assertEquals, assertThrows } from "@std/assert";
import { base64urlnopad } from "@scure/base";
import {
  type Advert,
  type AdvertContent,
  createAdvert,
  isLoopback,
  parseAdvert,
  verifyAdvert,
} from "../../core/advert.ts";
import { Identity, verify } from "../../core/identity.ts";

const ALICE = new Identity(new Uint8Array(32).fill(1));

const CONTENT: AdvertContent = {
  type: "adv",
  namespace: "demo",
  name: "alice",
  host: "192.168.1.5",
  port: 9_999,
  timeMs: 1_767_225_600_000,
};

function read(line: string): Advert {
  const advert = parseAdvert(line);
  if (typeof advert === "string") throw new Error(`Cannot read advert as ${advert}: got ${line}`);
  return advert;
}

/** The advert of Alice with other fields, under her signature for what she really said. */
function withFields(change: { network?: string; content?: string; key?: string }): string {
  const [network, type, content, key] = createAdvert(CONTENT, ALICE).line.split("|");
  return [change.network ?? network, type, change.content ?? content, change.key ?? key, "END"]
    .join("|");
}

Deno.test("createAdvert() writes the packet that is documented, byte by byte", () => {
  const { line, bytes } = createAdvert(CONTENT, ALICE);
  const [network, type, content, key, end] = line.split("|");
  assertEquals([network, type, content, end], ["demo", "adv", "alice@192.168.1.5:9999", "END"]);
  assertEquals(new TextDecoder().decode(bytes), `${line}\n`);
  assertEquals(key.length, 139);
  const keyBytes = base64urlnopad.decode(key);
  assertEquals(keyBytes.subarray(0, 32), ALICE.publicKey);
  const time = keyBytes.subarray(32, 40);
  assertEquals(new DataView(time.slice().buffer).getBigUint64(0), 1_767_225_600_000n);
  const signed = new Uint8Array([
    ...new TextEncoder().encode("demo|adv|alice@192.168.1.5:9999|"),
    ...time,
  ]);
  assert(verify(ALICE.publicKey, signed, keyBytes.subarray(40)));
});

Deno.test("createAdvert() signs the example in the documentation", () => {
  assertEquals(
    createAdvert(CONTENT, ALICE).line,
    "demo|adv|alice@192.168.1.5:9999|iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1wAAAGbdtqoAHsaBWNU73K5" +
      "V6aiMK6W8sSprbKXvg6cCPGvZR5POU3ptiSFqu0-DIwX_NUMQCP1HNR6VBQxlHizvBnOJ43YqAw|END",
  );
});

Deno.test("parseAdvert() reads what createAdvert() writes", () => {
  const advert = createAdvert({ ...CONTENT, type: "bye", name: "Zoë 🌍" }, ALICE);
  assertEquals(read(advert.line), advert);
  assertEquals(advert.type, "bye");
  assertEquals(advert.name, "Zoë 🌍");
  assertEquals(advert.timeMs, CONTENT.timeMs);
  assertEquals(advert.key, ALICE.id);
  assertEquals(advert.id, `${ALICE.id}@192.168.1.5:9999`);
});

Deno.test("verifyAdvert() takes what was signed, and nothing else", () => {
  assert(verifyAdvert(createAdvert(CONTENT, ALICE), verify));
  const key = createAdvert(CONTENT, ALICE).line.split("|")[3];
  const keyBytes = base64urlnopad.decode(key);
  const tampered = [
    withFields({ network: "demo2" }),
    withFields({ content: "alicf@192.168.1.5:9999" }),
    withFields({ content: "alice@192.168.1.6:9999" }),
    withFields({ content: "alice@192.168.1.5:9998" }),
    createAdvert(CONTENT, ALICE).line.replace("|adv|", "|bye|"),
    // Key, time and signature, a bit of each.
    ...[3, 39, 45, 103].map((at) => {
      const other = keyBytes.slice();
      other[at] ^= 1;
      return withFields({ key: base64urlnopad.encode(other) });
    }),
  ];
  for (const line of tampered) assertEquals(verifyAdvert(read(line), verify), false, line);
});

Deno.test("createAdvert() makes adverts that fit into what a pnet node reads at once", () => {
  const longest = "語".repeat(64);
  const { bytes } = createAdvert({
    ...CONTENT,
    namespace: longest,
    name: longest,
    host: "192.168.100.200",
    port: 65_535,
  }, ALICE);
  assert(bytes.length <= 1_024, `${bytes.length}`);
});

Deno.test("parseAdvert() refuses names that can't be", () => {
  for (const name of ["", " alice", "al\u0000ice", "al\u001b[2Jice", "a".repeat(65), "a@b"]) {
    assertEquals(parseAdvert(withFields({ content: `${name}@192.168.1.5:9999` })), "name", name);
  }
  for (const network of ["", "a\tb", "a".repeat(65)]) {
    assertEquals(parseAdvert(withFields({ network })), "name", network);
  }
  assertEquals(parseAdvert(withFields({ content: "al|ice@192.168.1.5:9999" })), "malformed");
});

Deno.test("parseAdvert() refuses addresses that nobody can be called at", () => {
  const addresses = [
    "",
    "192.168.1.5",
    "192.168.1.5:",
    "192.168.1.5:0",
    "192.168.1.5:65536",
    "192.168.1.5:09",
    "192.168.1.256:9",
    "192.168.1.05:9",
    "0.0.0.0:9",
    "224.0.0.1:9",
    "255.255.255.255:9",
    "example.com:9",
    "localhost:9",
    "[::1]:9",
    "192.168.1.5:9 ",
  ];
  for (const address of addresses) {
    assertEquals(parseAdvert(withFields({ content: `alice@${address}` })), "address", address);
  }
  for (const address of ["1.0.0.1:1", "223.255.255.255:65535", "127.0.0.1:9"]) {
    assertEquals(
      typeof parseAdvert(withFields({ content: `alice@${address}` })),
      "object",
      address,
    );
  }
});

Deno.test("parseAdvert() refuses a key field of any other spelling or length", () => {
  const key = createAdvert(CONTENT, ALICE).line.split("|")[3];
  const otherSpelling = key.slice(0, -1) +
    (key.endsWith("A") ? "B" : String.fromCharCode(key.charCodeAt(138) + 1));
  for (
    const other of ["", key.slice(1), `${key}A`, `${key}=`, otherSpelling, key.replace(/.$/, "+")]
  ) {
    assertEquals(parseAdvert(withFields({ key: other })), "malformed", other);
  }
  const tooLate = base64urlnopad.decode(key);
  tooLate.fill(0xff, 32, 40);
  assertEquals(parseAdvert(withFields({ key: base64urlnopad.encode(tooLate) })), "malformed");
});

Deno.test("parseAdvert() refuses other packets, and what is none", () => {
  for (const line of ["demo|who|||END", "demo|msg|x|y|END", "", "demo|adv|x"]) {
    assertEquals(parseAdvert(line), "malformed", line);
  }
});

Deno.test("createAdvert() does not sign what others would refuse", () => {
  for (const change of [{ name: "a@b" }, { host: "example.com" }, { port: 0 }, { namespace: "" }]) {
    assertThrows(
      () => createAdvert({ ...CONTENT, ...change }, ALICE),
      TypeError,
      "Cannot advertise",
    );
  }
});

Deno.test("isLoopback() knows this machine from others", () => {
  assertEquals(["127.0.0.1", "127.9.9.9", "12.7.0.1"].map(isLoopback), [true, true, false]);
});
