import { assertEquals, assertRejects } from "@std/assert";
import { ProgramRunner } from "../../../../cli/commands/serve/program_runner.ts";
import { publishProgram } from "../../../../cli/commands/serve/publish_program.ts";
import { type Node, type Remote, RemoteError } from "../../../../mod.ts";
import { connected } from "../../with_node.ts";

function publish(node: Node): void {
  const runner = new ProgramRunner({ maxRuns: 1 });
  const programs = {
    say: ["echo"],
    format: ["printf"],
    list: ["printf", "[%s]"],
    open: ["basename", "--"],
    fail: ["sh", "-c", "echo no such luck >&2; exit 3"],
    nap: ["sleep"],
  };
  for (const [name, argv] of Object.entries(programs)) publishProgram(node, { name, argv }, runner);
}

function test(name: string, test: (remote: Remote) => Promise<void>): void {
  Deno.test(`publishProgram() ${name}`, () => connected(publish, test));
}

for (
  const [method, args, result] of [
    ["say", ["hello", "world"], "hello world"],
    ["say", ["two\nlines\n"], "two\nlines\n"],
    ["say", ["12"], 12],
    ["say", ['{"a":[1,null]}'], { a: [1, null] }],
    ["say", [12, null, true, { a: [1] }], '12 null true {"a":[1]}'],
    ["say", [], ""],
    ["format", ["text"], "text"],
    ["format", ["text\\r\\n"], "text"],
    ["format", ['"quoted\\\\n"\\n'], "quoted\n"],
    ["format", ["\\377\\376\\n"], Uint8Array.of(0xff, 0xfe, 0x0a)],
    ["list", [-1.5], [-1.5]],
    ["list", ["-2"], [-2]],
    ["open", ["--help"], "--help"],
  ] as const
) {
  test(`gives ${Deno.inspect(result)} for ${method} ${JSON.stringify(args)}`, async (remote) => {
    assertEquals(await remote.call(method, args), result);
  });
}

test("refuses what a program could take for an option", async (remote) => {
  for (const arg of ["-l", "--help", "-", "-1 --help", "-e1"]) {
    const error = await assertRejects(() => remote.call("list", ["a", arg]), RemoteError);
    assertEquals(error.code, "invalid_params");
    assertEquals(
      error.message,
      `Cannot pass ${JSON.stringify(arg)} to list as it could be taken for an option`,
    );
  }
});

test("gives the exit code and stderr of a program that fails", async (remote) => {
  const error = await assertRejects(() => remote.call("fail"), RemoteError);
  assertEquals(error.code, "exec_failed");
  assertEquals(error.data, { exitCode: 3, stderr: "no such luck" });
});

test("ends the program of a call that is cancelled", async (remote) => {
  const cancelling = new AbortController();
  const napping = remote.call("nap", ["1000"], { signal: cancelling.signal });
  const refused = await assertRejects(() => remote.call("say"), RemoteError);
  assertEquals(refused.code, "limit_exceeded");
  cancelling.abort();
  await assertRejects(() => napping);
  // There is room for one: it is free again as soon as the sleep has ended.
  for (let isOver = false; !isOver;) {
    isOver = await remote.call("say", ["over"]).then(() => true, (error) => {
      if (error.code !== "limit_exceeded") throw error;
      return false;
    });
  }
});

test("tells callers which program it is, but not how it is called", async (remote) => {
  const methods = await remote.methods();
  assertEquals(methods.find(({ name }) => name === "fail")?.description, "Runs sh.");
});
