/**
 * What `deno task demo` shows: a process publishes functions, others call them; two find each other, and
 * are called by name and both at once. Each command that is printed is really run, in a process of its own.
 *
 * @module
 */

const PERMISSIONS = ["--allow-net", "--allow-read", "--allow-env", "--allow-sys=networkInterfaces"];

print("One process publishes the functions of examples/calculator.ts:\n");
const alice = serve("alice");
const nodes = [alice];
try {
  const target = await alice.readTarget();
  print("Others list them, and call them:\n");
  await run("methods", target);
  await run("call", target, "sum", "2", "3");
  await run("call", target, "countdown", "3");
  await run("call", target, "som", "2", "3");

  print("A second process does the same:\n");
  const bob = serve("bob");
  nodes.push(bob);
  await bob.readTarget();
  print("They find each other, and others find them, without being told where:\n");
  await run("discover", "--namespace", "demo", "--timeout", "1s");
  await run("call", target, "get_peers");
  await run("call", "bob@demo", "sum", "2", "3");
  await run("broadcast", "--namespace", "demo", "--expect", "2", "sum", "2", "3");
} finally {
  await Promise.all(nodes.map((node) => node.stop()));
}
print(
  `Here, synapse stands for "deno task synapse", or "npx -y deno@2.9.6 task synapse" without Deno.
Serve in one terminal what you like, and call it from another.`,
);

/** A node that serves until it is stopped. */
interface ServingNode {
  /** Shows what it prints until it tells where it listens. */
  readTarget(): Promise<string>;
  stop(): Promise<void>;
}

function serve(name: string): ServingNode {
  const args = ["serve", "examples/calculator.ts", "--namespace", "demo", "--name", name];
  args.push("--port", "0");
  printCommand(args);
  const server = synapse(args, "null").spawn();
  const output = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  return {
    async readTarget() {
      let printed = "";
      while (true) {
        const { done, value } = await output.read();
        if (done) throw new Error("Cannot go on as the server has ended early");
        print(value.trimEnd().replace(/^(?=.)/gm, "  ") + "\n");
        printed += value;
        const address = /tcp:\/\/(\S+)/.exec(printed);
        if (address !== null) return address[1];
      }
    },
    async stop() {
      server.kill("SIGINT");
      await Promise.all([server.status, output.cancel()]);
    },
  };
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
