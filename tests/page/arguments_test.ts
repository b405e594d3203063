import { assertEquals, assertThrows } from "@std/assert";
import type { Parameter } from "../../mod.ts";
import { readArguments } from "../../page/arguments.ts";

const REST: Parameter = { name: "more", kind: "rest", optional: true };

function parameter(name: string, optional = false): Parameter {
  return { name, kind: "positional", optional };
}

Deno.test("readArguments() reads JSON as values, and the rest as text", () => {
  const parameters = ["a", "b", "c", "d"].map((name) => parameter(name));
  assertEquals(readArguments(parameters, ["1", '{"x": [true]}', '"2"', "two words"]), {
    args: [1, { x: [true] }, "2", "two words"],
  });
});

Deno.test("readArguments() leaves out what is empty, and gives what follows by name", () => {
  const parameters = [parameter("a"), parameter("b", true), parameter("c", true)];
  assertEquals(readArguments(parameters, ["1", "", ""]), { args: [1] });
  assertEquals(readArguments(parameters, ["1", " ", "3"]), { args: [1], kwargs: { c: 3 } });
});

Deno.test("readArguments() takes an argument a line for a rest parameter", () => {
  const parameters = [parameter("a", true), REST];
  assertEquals(readArguments(parameters, ["1", "2\n\nthree\n[4]\n"]), {
    args: [1, 2, "three", [4]],
  });
  assertEquals(readArguments(parameters, ["", ""]), { args: [] });
});

Deno.test("readArguments() refuses an argument that can't be given without the one before it", () => {
  const unnamed: Parameter = { ...parameter("arg1", true), unnamed: true };
  for (const last of [unnamed, REST]) {
    assertThrows(
      () => readArguments([parameter("a", true), last], ["", "2"]),
      TypeError,
      `${last.name} can't be given without a`,
    );
  }
});
