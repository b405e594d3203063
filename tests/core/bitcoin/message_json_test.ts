import { assertEquals, assertThrows } from "@std/assert";
import { toJson } from "../../../core/bitcoin/message_json.ts";

Deno.test("toJson() writes hashes as people do, and other bytes as they are", () => {
  const hash = new Uint8Array(32);
  hash[31] = 0xab;
  assertEquals(
    toJson({
      items: [{ type: 1, hash }],
      script: Uint8Array.of(1, 2),
      locator: [hash],
    }),
    {
      items: [{ type: 1, hash: `ab${"00".repeat(31)}` }],
      script: "0102",
      locator: [
        `ab${"00".repeat(31)}`,
      ],
    },
  );
});

Deno.test("toJson() writes numbers as numbers as long as JSON holds them", () => {
  assertEquals(toJson({ small: 7n, large: 2n ** 64n - 1n, negative: -7n }), {
    small: 7,
    large: "18446744073709551615",
    negative: -7,
  });
});

Deno.test("toJson() makes texts printable, and leaves out what isn't there", () => {
  assertEquals(toJson({ agent: "\x1b[2J", relay: undefined }), {
    agent: "\\u{1b}[2J",
  });
  assertEquals(toJson(undefined), null);
});

Deno.test("toJson() refuses what is no data", () => {
  assertThrows(() => toJson({ run: () => {} }), TypeError, "function");
});
