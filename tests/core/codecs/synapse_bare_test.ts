import { assertEquals, assertThrows } from "@std/assert";
import { encodeMessagePack } from "../../../core/codecs/messagepack.ts";
import {
  createBareRequestDecoder,
  encodeBareAnswer,
  encodeBareRequest,
  MAX_BARE_REQUEST_BYTES,
} from "../../../core/codecs/synapse_bare.ts";
import { EncodeError } from "../../../core/errors.ts";
import { DEFAULT_LIMITS } from "../../../core/limits.ts";
import { assertSplitInvariant, assertTruncationsFault } from "../../support/split.ts";
import { BARE, vectorOf } from "../../support/synapse_vectors.ts";

const make = () => createBareRequestDecoder(DEFAULT_LIMITS);
/** Of a request to `sum` with one byte string of 256 and more for an argument, without the string. */
const HEAD_BYTES = 23;
const REQUESTS = BARE.filter(({ name }) => name.endsWith(".request") && !name.startsWith("bad."));

Deno.test("createBareRequestDecoder() reads what real programs send, and we write the same", () => {
  assertEquals(REQUESTS.length, 6);
  for (const { name, bytes, decoded } of REQUESTS) {
    const { endpoint, args } = decoded as { endpoint: string; args: unknown[] };
    assertEquals(make().push(bytes.slice()), [{ type: "request", endpoint, args }], name);
    // The MessagePack of before 2013 writes longer strings without their newer form.
    if (name === "old_spec_raw.request") continue;
    assertEquals(encodeBareRequest(endpoint, args, DEFAULT_LIMITS), bytes, name);
  }
});

Deno.test("createBareRequestDecoder() tells refused requests from those that nobody answers", () => {
  const refused = [
    ...["bad.extra_field", "bad.missing_endpoint", "bad.kwargs_not_supported"]
      .map((name) => vectorOf(BARE, `${name}.request`).bytes),
    ...[[1, 2], 5, "sum", null, { endpoint: 5, args: [] }].map((value) => encodeMessagePack(value)),
  ];
  for (const bytes of refused) assertEquals(make().push(bytes.slice())[0].type, "refusal");
  const faults = [
    { endpoint: "sum" },
    { endpoint: "sum", args: null },
    { endpoint: "sum", args: 5 },
    new Map([[1, 2]]),
  ];
  for (const value of faults) {
    const decoder = make();
    assertEquals(decoder.push(encodeMessagePack(value)), []);
    assertEquals(decoder.fault?.reason, "malformed");
  }
});

Deno.test("createBareRequestDecoder() takes whatever can be taken for a list", () => {
  const [request] = make().push(encodeMessagePack({ endpoint: "sum", args: "ab" }));
  assertEquals(request, { type: "request", endpoint: "sum", args: ["a", "b"] });
});

Deno.test("createBareRequestDecoder(): requests may be cut anywhere", () => {
  for (const { bytes, decoded } of REQUESTS) {
    const messages = [{ type: "request", ...decoded as object }] as never;
    assertSplitInvariant(make, bytes, { messages });
    assertTruncationsFault(make, bytes);
  }
});

Deno.test("4096 bytes are a request, and one more is none, both ways", () => {
  const argOf = (bytes: number) => new Uint8Array(bytes - HEAD_BYTES);
  const largest = encodeBareRequest("sum", [argOf(MAX_BARE_REQUEST_BYTES)], DEFAULT_LIMITS);
  assertEquals(largest.length, 4096);
  assertEquals(make().push(largest.slice()).length, 1);
  const error = assertThrows(
    () => encodeBareRequest("sum", [argOf(MAX_BARE_REQUEST_BYTES + 1)], DEFAULT_LIMITS),
    EncodeError,
  );
  assertEquals(error.code, "limit_exceeded");
  const decoder = make();
  const tooLarge = encodeMessagePack({ endpoint: "sum", args: [argOf(4097)] });
  assertEquals(tooLarge.length, 4097);
  assertEquals(decoder.push(tooLarge), []);
  assertEquals(decoder.fault?.reason, "limit");
});

Deno.test("encodeBareAnswer() writes text as it is, bytes as they are, and the rest as JSON", () => {
  const answers: readonly (readonly [unknown, string])[] = [
    ["The sum is 3", "The sum is 3"],
    ["é", "é"],
    ["", ""],
    [undefined, ""],
    [Uint8Array.of(0x6f, 0x6b), "ok"],
    [3, "3"],
    [null, "null"],
    [true, "true"],
    [["a", { b: 1.5 }], '["a",{"b":1.5}]'],
    [2n ** 64n, '"18446744073709551616"'],
    [{ raw: Uint8Array.of(1, 2) }, '{"raw":[1,2]}'],
    [new Map([["a", 1]]), '{"a":1}'],
  ];
  for (const [result, text] of answers) {
    assertEquals(new TextDecoder().decode(encodeBareAnswer(result)), text);
  }
  const circle: unknown[] = [];
  circle.push(circle);
  for (const result of [circle, () => 1, Symbol("x")]) {
    const error = assertThrows(() => encodeBareAnswer(result), EncodeError);
    assertEquals(error.code, "not_supported");
  }
});
