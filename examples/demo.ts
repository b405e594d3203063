/**
 * What `deno task demo` shows: a process publishes functions, others call them. Each command that is
 * printed is really run, in a process of its own.
 *
 * @module
 */

const PERMISSIONS = ["--allow-net", "--allow-read", "--allow-env"];
const SERVE = ["serve", "examples/calculator.ts", "--namespace", "demo", "--port", "0"];

print("One process publishes the functions of examples/calculator.ts:\n");
printCommand(SERVE);
const server = synapse(SERVE, "null").spawn();
const serverOutput = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
try {
  const target = await readTarget();
  print("Others list them, and call them:\n");
  await run("methods", target);
  await run("call", target, "sum", "2", "3");
  await run("call", target, "countdown", "3");
  await run("call", target, "som", "2", "3");
} finally {
  server.kill("SIGINT");
  await Promise.all([server.status, serverOutput.cancel()]);
}
print(
  `Here, synapse stands for "deno task synapse", or "npx -y deno@2.9.6 task synapse" without Deno.
Serve in one terminal what you like, and call it from another.`,
);

/** Shows what the server prints until it tells where it listens. */
async function readTarget(): Promise<string> {
  let printed = "";
  while (true) {
    const { done, value } = await serverOutput.read();
    if (done) throw new Error("Cannot go on as the server has ended early");
    print(value.trimEnd().replace(/^(?=.)/gm, "  ") + "\n");
    printed += value;
    const address = /tcp:\/\/(\S+)/.exec(printed);
    if (address !== null) return address[1];
  }
}

/** Runs a command and shows what it prints. */
async function run(...args: string[]): Promise<void> {
  printCommand(args);
  const { stdout, stderr } = await synapse(args, "piped").output();
  for (const output of [stdout, stderr]) {
    const text = new TextDecoder().decode(output).trimEnd();
    if (text !== "") print(text.replace(/^(?=.)/gm, "  "));
  }
  print("");
}

function synapse(args: readonly string[], stderr: "null" | "piped"): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...PERMISSIONS, "cli/main.ts", ...args],
    cwd: new URL("..", import.meta.url),
    stdin: "null",
    stdout: "piped",
    stderr,
  });
}

function printCommand(args: readonly string[]): void {
  print(`  $ synapse ${args.join(" ")}`);
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
