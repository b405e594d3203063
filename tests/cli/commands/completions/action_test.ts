import { assertEquals, assertMatch } from "@std/assert";
import { run } from "../../../../cli/run.ts";
import { FakeIo } from "../../fake_io.ts";

async function print(...argv: string[]): Promise<string> {
  const io = new FakeIo();
  assertEquals(await run(argv, io, {}), 0);
  return io.out.text;
}

/** What is offered for the last word. */
async function complete(...words: string[]): Promise<string[]> {
  const lines = (await print("complete", "--", ...words)).trimEnd().split("\n");
  return lines.map((line) => line.split("\t")[0]);
}

for (const shell of ["bash", "zsh", "fish"]) {
  Deno.test(`completions() prints a script for ${shell}`, async () => {
    assertMatch(
      await print("completions", shell),
      new RegExp(`^#.*(${shell}|compdef)[^]+synapse complete -- `),
    );
  });
}

const NO_FILES = ":4";
const FILES = ":0";

for (
  const [words, offered] of [
    [["ca"], ["call", NO_FILES]],
    [["btc", "br"], ["broadcast", NO_FILES]],
    [["btc", "broadcast", "00", "--pr"], ["--proxy", NO_FILES]],
    [[""], [
      ...["serve", "call", "methods", "ping", "send", "discover", "broadcast", "btc", "key"],
      ...["completions", "help", NO_FILES],
    ]],
    [["call", "h:1", "f", "--ti"], ["--timeout", NO_FILES]],
    [["call", "h:1", "--kw", "a=1", "--no"], ["--notify", "--no-color", NO_FILES]],
    [["call", "--json", "--ra"], ["--raw", NO_FILES]],
    [["call", "--timeout", ""], [NO_FILES]],
    [["ping", "-"], ["-n", "-i", "-h", NO_FILES]],
    [["completions", ""], ["bash", "zsh", "fish", NO_FILES]],
    [["completions", "z"], ["zsh", NO_FILES]],
    [["key", ""], ["new", "show", "path", NO_FILES]],
    [["key", "show", "--identity", ""], [FILES]],
    [["call", "alice@demo", "f", "--identity", "a"], [FILES]],
    [["discover", "--wa"], ["--watch", NO_FILES]],
    [["broadcast", "--ex"], ["--expect", NO_FILES]],
    [["serve", "calc"], [FILES]],
    [["serve", "--ex"], ["--exec", NO_FILES]],
    [["--ver"], ["--version", NO_FILES]],
  ]
) {
  Deno.test(`complete() offers ${offered.join(" ")} for ${JSON.stringify(words)}`, async () => {
    assertEquals(await complete(...words), offered);
  });
}

Deno.test("the bash script completes, and runs nothing that is only being written", async () => {
  const script = `
    synapse() { printf '%s\\n' "$#" "$@" > "$LOG"; printf 'call\\twhat\\ncompletions\\twhat\\n:4\\n'; }
    eval "$SCRIPT"
    COMP_WORDS=(synapse '$(touch "$LOG.ran")' c) COMP_CWORD=2
    _synapse
    echo "\${COMPREPLY[@]}"
    cat "$LOG"
    ls "$LOG".*
  `;
  const folder = await Deno.makeTempDir();
  try {
    const { stdout } = await new Deno.Command("bash", {
      args: ["-c", script],
      env: { SCRIPT: await print("completions", "bash"), LOG: `${folder}/log` },
      stderr: "null",
    }).output();
    assertEquals(
      new TextDecoder().decode(stdout),
      'call completions\n4\ncomplete\n--\n$(touch "$LOG.ran")\nc\n',
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
