import { assertEquals, assertThrows } from "@std/assert";
import { parseEndpoints } from "../../core/endpoint_info.ts";
import { DecodeError } from "../../core/errors.ts";

const a = { name: "a", kind: "positional", optional: false };

Deno.test("parseEndpoints() reads a list of functions, and of each what it knows", () => {
  assertEquals(
    parseEndpoints([
      { name: "sum", parameters: [a], stream: false, description: "Adds", color: "red" },
      { name: "ticks", parameters: [], stream: true, description: 5 },
    ]),
    [
      {
        name: "sum",
        parameters: [{ name: "a", kind: "positional", optional: false }],
        stream: false,
        description: "Adds",
      },
      { name: "ticks", parameters: [], stream: true },
    ],
  );
  assertEquals(parseEndpoints([]), []);
});

Deno.test("parseEndpoints() refuses what is no list of functions", () => {
  const fine = { name: "f", parameters: [], stream: false };
  const wrong: unknown[] = [
    null,
    "text",
    {},
    new Map(),
    [null],
    ["f"],
    [[]],
    [{ ...fine, name: 5 }],
    [{ ...fine, name: undefined }],
    [{ ...fine, parameters: undefined }],
    [{ ...fine, stream: undefined }],
    [fine, { ...fine, parameters: [5] }],
    [{ ...fine, parameters: [{ ...a, name: "not an identifier" }] }],
  ];
  for (const published of wrong) {
    const error = assertThrows(() => parseEndpoints(published), DecodeError);
    assertEquals(error.reason, "malformed");
  }
});
