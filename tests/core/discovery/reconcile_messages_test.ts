import { assertEquals } from "@std/assert";
import { base64urlnopad } from "@scure/base";
import fc from "fast-check";
import {
  formatDigest,
  formatGet,
  formatList,
  formatPut,
  type ListMessage,
  parseDigest,
  parseGet,
  parseList,
  parsePut,
} from "../../../core/discovery/reconcile_messages.ts";
import { RUNS } from "../../support/arbitraries.ts";

const [ASKER, ANSWERER] = [
  Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  Uint8Array.of(9, 8, 7, 6, 5, 4, 3, 2),
];

const LIST: ListMessage = {
  askerCookie: ASKER,
  answererCookie: ANSWERER,
  bits: 9,
  isComplete: false,
  known: 2_000,
  lists: [
    {
      bucket: 511,
      isPartial: false,
      adverts: [{ id: 0xabcdef, time: 0x1234 }, { id: 1, time: 2 }],
    },
    { bucket: 7, isPartial: true, adverts: [] },
  ],
};

/** Every byte string that is a little shorter than a good one, and what reading it gives. */
function truncated<T>(content: string, parse: (content: string) => T): T[] {
  const bytes = base64urlnopad.decode(content);
  return [...bytes.keys()].map((length) => parse(base64urlnopad.encode(bytes.subarray(0, length))));
}

Deno.test("A `lst` is what is documented, byte by byte", () => {
  const expected = [
    ...ASKER,
    ...ANSWERER,
    ...[9, 0, 0x07, 0xd0],
    ...[0x01, 0xff, 2, 0xab, 0xcd, 0xef, 0x12, 0x34, 0, 0, 1, 0, 2],
    ...[0x80, 0x07, 0],
  ];
  assertEquals([...base64urlnopad.decode(formatList(LIST))], expected);
  assertEquals(parseList(formatList(LIST)), LIST);
});

Deno.test("parseList() refuses every part of a list that ends inside something", () => {
  const whole = { ...LIST, lists: LIST.lists.slice(0, 1) };
  const parts = truncated(formatList(whole), parseList);
  assertEquals(parts.filter((part) => part !== undefined), [{ ...LIST, lists: [] }]);
});

Deno.test("parseList() refuses buckets that there are not", () => {
  const list = { bucket: 16, isPartial: false, adverts: [] };
  assertEquals(parseList(formatList({ ...LIST, bits: 4, lists: [list] })), undefined);
  for (const bits of [0, 3, 10, 255]) {
    assertEquals(parseList(formatList({ ...LIST, bits, lists: [] })), undefined, `${bits}`);
  }
});

Deno.test("A `dig` has as many digests as there are buckets", () => {
  for (const bits of [4, 9]) {
    const digests = Uint8Array.from({ length: 2 ** bits }, (_, i) => i);
    const message = { askerCookie: ASKER, digests };
    assertEquals(parseDigest(formatDigest(message)), message);
  }
  for (const length of [0, 8, 15, 17, 1_024]) {
    const message = { askerCookie: ASKER, digests: new Uint8Array(length) };
    assertEquals(parseDigest(formatDigest(message)), undefined, `${length}`);
  }
});

Deno.test("A `get` carries ids of three bytes", () => {
  const message = { answererCookie: ANSWERER, askerCookie: ASKER, ids: [0, 0xffffff, 0x010203] };
  assertEquals(parseGet(formatGet(message)), message);
  const lengths = truncated(formatGet(message), parseGet).map((part) => part?.ids.length);
  assertEquals(lengths.filter((length) => length !== undefined), [0, 1, 2]);
});

Deno.test("A `put` carries the cookie of whom it goes to", () => {
  assertEquals(parsePut(formatPut(ASKER)), ASKER);
  assertEquals(truncated(formatPut(ASKER), parsePut).filter((part) => part !== undefined), []);
});

Deno.test("Any text is read as a message, or as none, and never throws", () => {
  const content = fc.oneof(
    fc.string(),
    fc.uint8Array({ maxLength: 100 }).map(base64urlnopad.encode),
  );
  fc.assert(
    fc.property(content, (content) => {
      for (const parse of [parseDigest, parseList, parseGet, parsePut]) parse(content);
    }),
    RUNS,
  );
});
