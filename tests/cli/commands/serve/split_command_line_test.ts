import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { splitCommandLine } from "../../../../cli/commands/serve/split_command_line.ts";
import { RUNS } from "../../../support/arbitraries.ts";

const LINES: ReadonlyArray<readonly [line: string, words: readonly string[]]> = [
  ["date", ["date"]],
  ["  date \t +%F\n", ["date", "+%F"]],
  ["echo 'a b' \"c d\"", ["echo", "a b", "c d"]],
  ["echo a'b'\"c\"d", ["echo", "abcd"]],
  ["echo '' \"\"", ["echo", "", ""]],
  ['echo \'a\\b\' "a\\b" "\\"\\\\\\$"', ["echo", "a\\b", "a\\b", '"\\$']],
  ["echo a\\ b \\' \\\\", ["echo", "a b", "'", "\\"]],
  ["echo $HOME *.ts | cat > x; ls `id` #", [
    "echo",
    "$HOME",
    "*.ts",
    "|",
    "cat",
    ">",
    "x;",
    "ls",
    "`id`",
    "#",
  ]],
  ["echo größer 日本", ["echo", "größer", "日本"]],
];

for (const [line, words] of LINES) {
  Deno.test(`splitCommandLine() splits ${JSON.stringify(line)}`, () => {
    assertEquals(splitCommandLine(line), words);
  });
}

for (
  const [line, reason] of [
    ["", "names no program"],
    ["  ", "names no program"],
    ["'' a", "names no program"],
    ["echo 'a", "has a ' that isn't closed"],
    ['echo a"b', "has a \" that isn't closed"],
    ["echo \\", "ends with a backslash"],
  ]
) {
  Deno.test(`splitCommandLine() refuses ${JSON.stringify(line)}`, () => {
    assertThrows(() => splitCommandLine(line), TypeError, reason);
  });
}

Deno.test("splitCommandLine() gives back whatever was quoted", () => {
  const words = fc.array(fc.string({ unit: "binary" }), { minLength: 1 })
    .filter(([program]) => program !== "");
  fc.assert(
    fc.property(words, (words) => {
      const single = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`);
      const double = words.map((word) => `"${word.replace(/["\\$`]/g, "\\$&")}"`);
      assertEquals(splitCommandLine(single.join(" ")), words);
      assertEquals(splitCommandLine(double.join("\n")), words);
    }),
    RUNS,
  );
});
