import { assertEquals, assertThrows } from "@std/assert";
import { decodeMessagePack } from "../../../core/codecs/messagepack.ts";
import { readList, readSynapseMessage } from "../../../core/codecs/synapse_message.ts";
import { DecodeError } from "../../../core/errors.ts";

const REQUEST = { endpoint: "sum" };
const RESPONSE = { ok: true, type: "response" };

Deno.test("readSynapseMessage() fills in what real programs leave out", () => {
  assertEquals(readSynapseMessage(REQUEST), {
    type: "request",
    endpoint: "sum",
    id: "",
    args: [],
    kwargs: undefined,
  });
  assertEquals(readSynapseMessage(RESPONSE), {
    type: "response",
    id: "",
    ok: true,
    result: null,
    error: null,
  });
});

Deno.test("readSynapseMessage() shows ids as Python's str() does", () => {
  const ids = [
    ...[["a", "a"], [7, "7"], [2n ** 60n, String(2n ** 60n)], [null, "None"]],
    ...[[true, "True"], [false, "False"], [Uint8Array.of(0x61, 0x62), "b'ab'"]],
    [Uint8Array.of(0x27, 0xff), "b'\\x27\\xff'"],
  ];
  for (const [id, text] of ids) assertEquals(readSynapseMessage({ ...REQUEST, id }).id, text);
  assertEquals(readSynapseMessage({ ...REQUEST, id: "x".repeat(1_024) }).id.length, 1_024);
  for (const id of ["x".repeat(1_025), new Uint8Array(2_000), [1], {}]) {
    assertThrows(() => readSynapseMessage({ ...REQUEST, id }), DecodeError, "its id");
  }
});

Deno.test("readList() takes what Python's list() takes", () => {
  const list = [1];
  assertEquals(readList(list) === list, true);
  assertEquals(readList("aé😀"), ["a", "é", "😀"]);
  assertEquals(readList({ a: 1, b: 2 }), ["a", "b"]);
  assertEquals(readList(new Map([[Uint8Array.of(1), 2]])), [Uint8Array.of(1)]);
  assertEquals(readList(Uint8Array.of(1, 2)), [1, 2]);
  for (const value of [null, 1, true, 1n]) {
    assertThrows(() => readList(value), DecodeError, "its args are not a list");
  }
});

Deno.test("readSynapseMessage() takes keyword arguments as a map or as pairs", () => {
  const kwargsOf = (kwargs: unknown) => {
    const message = readSynapseMessage({ ...REQUEST, kwargs });
    return message.type === "request" ? message.kwargs : undefined;
  };
  assertEquals(kwargsOf({ a: 1 }), { a: 1 });
  assertEquals(kwargsOf([["a", 1], ["b", 2]]), { a: 1, b: 2 });
  assertEquals(kwargsOf({}), undefined);
  assertEquals(kwargsOf([]), undefined);
  for (const kwargs of [null, "ab", [["a"]], [[1, 2]], [1], new Map([[Uint8Array.of(1), 1]])]) {
    assertThrows(() => kwargsOf(kwargs), DecodeError, "its kwargs");
  }
});

Deno.test("readSynapseMessage() gives pairs named __proto__ no power", () => {
  const message = readSynapseMessage({ ...REQUEST, kwargs: [["__proto__", { admin: true }]] });
  const { kwargs } = message as { kwargs: Record<string, unknown> };
  assertEquals(kwargs.admin, undefined);
  assertEquals(Object.keys(kwargs), ["__proto__"]);
});

Deno.test("readSynapseMessage() refuses what real programs refuse", () => {
  const wrong: readonly (readonly [unknown, string])[] = [
    [[1, 2], "it is not a map"],
    [null, "it is not a map"],
    ["sum", "it is not a map"],
    [{}, "its endpoint"],
    [{ endpoint: 5 }, "its endpoint"],
    [{ endpoint: Uint8Array.of(0xff) }, "its endpoint"],
    [{ ...REQUEST, x: 1 }, 'a field "x"'],
    [{ ...REQUEST, ok: true }, 'a field "ok"'],
    [{ ...REQUEST, type: "notify" }, "its type"],
    [{ ...REQUEST, type: null }, "its type"],
    [{ type: "response" }, "whether the call went well"],
    [{ ...RESPONSE, endpoint: "sum" }, 'a field "endpoint"'],
    [{ ...RESPONSE, error: "no" }, "its error"],
    [{ ...RESPONSE, error: { code: "no" } }, "its error"],
    [{ ...RESPONSE, error: { code: "no", message: 5 } }, "its error"],
    [{ ...RESPONSE, error: { code: "no", message: "no", data: 1 } }, "its error"],
  ];
  for (const [value, reason] of wrong) {
    assertThrows(() => readSynapseMessage(value), DecodeError, reason);
  }
});

Deno.test("readSynapseMessage() refuses numbers for the keys of maps, wherever they are", () => {
  for (const deep of ["810102", "91810102", "81a16191810102"]) {
    const value = decodeMessagePack(Uint8Array.fromHex(deep));
    assertThrows(
      () => readSynapseMessage({ ...REQUEST, args: [value] }),
      DecodeError,
      "neither text nor bytes",
    );
  }
  const bytes = new Map<unknown, unknown>([[Uint8Array.of(1), 2], ["a", 1]]);
  assertEquals(readSynapseMessage({ ...REQUEST, args: [bytes] }).type, "request");
});
