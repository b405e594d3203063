import { assertEquals, assertMatch } from "@std/assert";
import { type Invocation, parseCommandLine, type Reply } from "../../../../cli/program.ts";

function parse(line: readonly string[]): Invocation | Reply {
  return parseCommandLine(line, { variables: {} });
}

Deno.test("send takes an address and a file", () => {
  const { options } = parse(["send", "h:1", "a b.txt", "--json"]) as Invocation;
  const { target, path, timeoutMs, isJson } = options as Record<string, unknown>;
  assertEquals([target, path, timeoutMs, isJson], ["tcp://h:1", "a b.txt", 30_000, true]);
});

Deno.test("send takes a name", () => {
  const { options } = parse(["send", "alice@demo", "a"]) as Invocation;
  assertEquals((options as { target: unknown }).target, { name: "alice", namespace: "demo" });
});

for (
  const [line, message] of [
    [["send", "*@demo", "a"], /a file goes to one peer, not to \*@namespace/],
    [["send", "h:1"], /missing required argument 'file'/],
    [["send", "h:1", "a", "b"], /too many arguments for 'send'/],
    [["serve", "--overwrite"], /--overwrite needs --receive <dir>/],
  ] as const
) {
  Deno.test(`synapse ${line.join(" ")} is refused in one line`, () => {
    const { err, exitCode } = parse(line) as Reply;
    assertMatch(err, message);
    assertEquals([err.split("\n").length, exitCode], [2, 2]);
  });
}

for (const [flags, overwrite] of [[[], false], [["--overwrite"], true]] as const) {
  Deno.test(`serve --receive takes a folder, ${flags.join(" ") || "and replaces nothing"}`, () => {
    const { options } = parse(["serve", "--receive", "in", ...flags]) as Invocation;
    const { reception } = options as { reception: unknown };
    assertEquals(reception, { directory: "in", overwrite });
  });
}

Deno.test("synapse send --help prints help with examples, 80 columns wide", () => {
  const { out, exitCode } = parse(["send", "--help"]) as Reply;
  assertMatch(out, /\nExamples:\n {2}\$ synapse send /);
  assertEquals(out.split("\n").filter((row) => row.length > 80), []);
  assertEquals(exitCode, 0);
});
