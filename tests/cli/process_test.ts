import { createSocket } from "node:dgram";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { synapse, synapseCommand, SynapseProcess } from "./synapse_process.ts";

const MODULE = "tests/cli/served_module.js";
const CALCULATOR = "examples/calculator.ts";

Deno.test("serve, call, methods and ping work together", async () => {
  await using server = await SynapseProcess.serve([CALCULATOR]);
  const { target } = server;

  assertEquals(await synapse(["call", target, "sum", "1", "-2"]), {
    code: 0,
    out: "-1\n",
    err: "",
  });
  assertEquals(await synapse(["call", target, "sum", "1", "--kw", "b=0.5"]), {
    code: 0,
    out: "1.5\n",
    err: "",
  });
  assertEquals(await synapse(["call", target, "countdown", "3"]), {
    code: 0,
    out: "3\n2\n1\n",
    err: "",
  });

  const methods = await synapse(["methods", target]);
  assertMatch(
    methods.out,
    /^stream countdown\(from, pauseMs = 0\) +Streams the numbers down to 1\.\n/,
  );

  const ping = await synapse(["ping", target, "-n", "2", "-i", "1ms"]);
  assertMatch(ping.out, /\n2 sent, 2 answered, 0 % lost; min .*\n$/);
  assertEquals([methods.code, ping.code], [0, 0]);

  server.kill("SIGINT");
  assertEquals((await server.end()).code, 130);
});

Deno.test("a stream is printed item by item as it comes", async () => {
  await using server = await SynapseProcess.serve([MODULE]);
  await using reader = new SynapseProcess(["call", server.target, "gated"]);
  assertEquals(await reader.line(), "before");
  await synapse(["call", server.target, "open"]);
  assertEquals(await reader.line(), "after");
  assertEquals(await reader.end(), { code: 0, out: "", err: "" });
});

Deno.test("Ctrl-C lets the calls under way be answered, and ends serve with 130", async () => {
  await using server = await SynapseProcess.serve([MODULE]);
  await using caller = new SynapseProcess(["call", server.target, "untilInterrupted"]);
  assertEquals(await caller.line(), "begun");
  server.kill("SIGINT");
  assertEquals(await caller.end(), { code: 0, out: "interrupted\n", err: "" });
  const { code, out } = await server.end();
  assertEquals([code, JSON.parse(out).event], [130, "stopping"]);
});

Deno.test("a second Ctrl-C ends serve at once", async () => {
  await using server = await SynapseProcess.serve([MODULE]);
  await using caller = new SynapseProcess(["call", server.target, "stubborn"]);
  assertEquals(await caller.line(), "begun");
  server.kill("SIGINT");
  assertStringIncludes(await server.line() ?? "", "stopping");
  server.kill("SIGINT");
  assertEquals(await server.end(), { code: 130, out: "", err: "" });
  assertEquals((await caller.end()).code, 3);
});

Deno.test("SIGTERM ends serve with 143", async () => {
  await using server = await SynapseProcess.serve(["--echo"]);
  server.kill("SIGTERM");
  assertEquals((await server.end()).code, 143);
});

Deno.test("Ctrl-C ends call with 130 and without a word", async () => {
  await using server = await SynapseProcess.serve([MODULE]);
  await using caller = new SynapseProcess(["call", server.target, "stubborn"]);
  await caller.line();
  caller.kill("SIGINT");
  assertEquals(await caller.end(), { code: 130, out: "", err: "" });
});

Deno.test("call ends in silence when nobody reads on, and so does the generator over there", async () => {
  await using server = await SynapseProcess.serve([MODULE]);
  await using reader = new SynapseProcess(["call", server.target, "endless"]);
  assertEquals(await reader.line(), "0");
  await reader.leave();
  assertEquals(await reader.end(), { code: 0, out: "", err: "" });
  assertEquals((await synapse(["call", server.target, "whenLeft"])).out, "left\n");
});

Deno.test("exit codes tell what went wrong, and stderr says it in one line", async () => {
  await using server = await SynapseProcess.serve([MODULE]);
  const { target } = server;
  await using web = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response(),
  );
  const webTarget = `127.0.0.1:${web.addr.port}`;
  const cases: ReadonlyArray<readonly [args: readonly string[], code: number, message: RegExp]> = [
    [["call", target, "fail"], 1, /^synapse: boom \[internal_error\]\n$/],
    [["call", target, "identiy"], 1, /did you mean identity\?/],
    [["call", target, "identity", "1", "2"], 1, /at most 1 argument: got 2/],
    [["call", target], 2, /missing required argument 'function'/],
    [["cal", target], 2, /did you mean call\?/],
    [["call", target, "fail", "--tmeout", "5s"], 2, /did you mean --timeout\?/],
    [["call", target, "identity", "@/no/such/file"], 2, /there is no such file/],
    [["call", "ftp://localhost:1", "f"], 2, /Cannot use ftp:\/\/localhost:1/],
    [["call", await refusingTarget(), "f"], 3, /nothing listens there/],
    [["call", "no-such-host.invalid:1", "f"], 3, /no-such-host\.invalid/],
    [["call", "unix:///no/such.sock", "f"], 3, /there is no such path/],
    [["call", target, "ignore", "--timeout", "50ms"], 4, /no answer within 50 ms/],
    [["call", webTarget, "f"], 5, /^synapse: Cannot /],
    [["methods", webTarget], 5, /^synapse: Cannot /],
    [["ping", await refusingTarget()], 3, /nothing listens there/],
    [["serve"], 2, /there is nothing to/],
    [
      ["serve", "no-such-module.ts"],
      2,
      /^synapse: Cannot load no-such-module\.ts as there is no such file\n$/,
    ],
    [["serve", "--echo", "--listen", target], 3, /the address is taken/],
  ];
  for (const [args, code, message] of cases) {
    const ended = await synapse(args);
    const shown = `${args.join(" ")}: ${JSON.stringify(ended)}`;
    assertEquals([ended.code, ended.out], [code, ""], shown);
    assertMatch(ended.err, message, shown);
    assertMatch(ended.err, /^synapse: [^\n]+\n$/, shown);
  }
});

/** A port on which nobody listens any more. */
function refusingTarget(): Promise<string> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  return Promise.resolve(`127.0.0.1:${listener.addr.port}`);
}

Deno.test("arguments come from stdin and from files, as JSON, text or bytes", async () => {
  await using server = await SynapseProcess.serve([MODULE]);
  const describe = async (word: string, stdin?: string | Uint8Array) =>
    (await synapse(["call", server.target, "describe", word], { stdin })).out;
  assertEquals(await describe("-", '{"a": [1]}\n'), '{"a":[1]}\n');
  assertEquals(await describe("-", "text\n"), '"text\\n"\n');
  assertEquals(await describe("-", Uint8Array.of(0, 255)), "bytes 0 255\n");
  const file = await Deno.makeTempFile();
  await Deno.writeFile(file, Uint8Array.of(200, 13, 10));
  assertEquals(await describe(`@${file}`), "bytes 200 13 10\n");
  await Deno.remove(file);
});

Deno.test("bytes go to a pipe as they are", async () => {
  await using server = await SynapseProcess.serve([MODULE]);
  const [program, ...args] = synapseCommand("call", server.target, "bytes", "0", "255", "10", "13");
  const { stdout } = await new Deno.Command(program, { args, stdin: "null" }).output();
  assertEquals(stdout, Uint8Array.of(0, 255, 10, 13));
});

Deno.test("large values travel in both directions", async () => {
  await using server = await SynapseProcess.serve([MODULE]);
  const text = "größer ".repeat(500_000);
  const ended = await synapse(["call", server.target, "identity", "-", "--raw"], { stdin: text });
  assertEquals([ended.code, ended.out === text, ended.err], [0, true, ""]);
});

Deno.test("--json and --raw print for programs", async () => {
  await using server = await SynapseProcess.serve([MODULE]);
  const call = async (...args: string[]) => (await synapse(["call", server.target, ...args])).out;
  assertEquals(await call("identity", "hello", "--raw"), "hello");
  assertEquals(await call("identity", "hello", "--json"), '"hello"\n');
  assertEquals(await call("bytes", "1", "--json"), '{"$bytes":"AQ=="}\n');
  assertEquals(
    await call("identity", "18446744073709551615", "--json"),
    '{"$number":"18446744073709551615"}\n',
  );
});

Deno.test("--exec publishes programs", async () => {
  const programs = [
    "json=printf '{\"a\":1}'",
    "text=echo hello",
    "fail=sh -c 'echo why >&2; exit 4'",
  ];
  await using server = await SynapseProcess.serve(
    programs.flatMap((program) => ["--exec", program]),
  );
  const call = (...args: string[]) => synapse(["call", server.target, ...args]);
  assertEquals((await call("json")).out, '{ "a": 1 }\n');
  assertEquals((await call("text", "$HOME;", "*")).out, "hello $HOME; *\n");
  assertEquals(await call("fail"), {
    code: 1,
    out: "",
    err:
      'synapse: Cannot use the output of sh as its exit code is 4 [exec_failed] {"exitCode":4,"stderr":"why"}\n',
  });
  assertMatch((await call("text", "--", "--help")).err, /could be taken for an option/);
});

Deno.test("a module that can't be loaded is named, with the place where it is wrong", async () => {
  const folder = await Deno.makeTempDir();
  const files = {
    "syntax.ts": "export const a: number = 1;\nexport function (",
    "throws.ts": '\nthrow new Error("boom") as Error;',
  };
  for (const [name, text] of Object.entries(files)) {
    const path = `${folder}/${name}`;
    await Deno.writeTextFile(path, text);
    const { code, out, err } = await synapse(["serve", path]);
    assertEquals([code, out], [2, ""]);
    assertStringIncludes(err, `synapse: Cannot load ${path} as it fails`);
    assertMatch(err, /^[^\n]+\n$/);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a bad peer costs serve a line, and the next one is served", async () => {
  await using server = await SynapseProcess.serve([CALCULATOR]);
  const port = Number(/\d+$/.exec(server.target));
  const connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new Uint8Array([0x16, 0x03, 0x01, 0x00]));
  assertEquals(JSON.parse(await server.line() ?? "").event, "refused");
  connection.close();
  assertEquals((await synapse(["call", server.target, "sum", "1", "2"])).out, "3\n");
});

Deno.test("--log-level logs every message on stderr, and never what is in it", async () => {
  await using server = await SynapseProcess.serve([MODULE, "--log-level", "debug"]);
  assertEquals((await synapse(["call", server.target, "identity", "secret"])).out, "secret\n");
  server.kill("SIGINT");
  const { err } = await server.end();
  assertMatch(err, /<- tcp:\S+ msgpack-rpc request identity \d+ B$/m);
  assertMatch(err, /-> tcp:\S+ msgpack-rpc result identity \d+ B [\d.]+ ms$/m);
  assertEquals(err.includes("secret"), false);
});

Deno.test("variables stand in for flags", async () => {
  await using server = await SynapseProcess.serve([MODULE]);
  const call = (method: string, env: Readonly<Record<string, string>>) =>
    synapse(["call", server.target, method, "a"], { env });
  assertEquals((await call("identity", { SYNAPSE_JSON: "1" })).out, '"a"\n');
  assertEquals((await call("ignore", { SYNAPSE_TIMEOUT: "50ms" })).code, 4);
});

for (
  const [name, env, isColored] of [
    ["a terminal gets colours", {}, true],
    ["a terminal gets none with NO_COLOR", { NO_COLOR: "1" }, false],
    ["an empty NO_COLOR is none", { NO_COLOR: "" }, true],
  ] as const
) {
  Deno.test(`${name}, and no escapes of others`, async () => {
    await using server = await SynapseProcess.serve([MODULE]);
    const { NO_COLOR: _, ...inherited } = Deno.env.toObject();
    const onTerminal = async (...args: string[]): Promise<string> => {
      const quoted = synapseCommand(...args).map((word) => `'${word}'`).join(" ");
      const { stdout } = await new Deno.Command("script", {
        args: ["--quiet", "--return", "--command", quoted, "/dev/null"],
        clearEnv: true,
        env: { ...inherited, ...env },
        stdin: "null",
      }).output();
      return new TextDecoder().decode(stdout);
    };
    assertEquals((await onTerminal("methods", server.target)).includes("\u001b[1m"), isColored);
    assertEquals(
      await onTerminal("call", server.target, "identity", '"\\u001b[2J"'),
      "\\u001b[2J\r\n",
    );
    assertEquals(await onTerminal("call", server.target, "bytes", "0", "255"), "00ff\r\n");
  });
}

/** A UDP port that nobody else finds others on. */
async function quietPort(): Promise<string> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return String(port);
}

Deno.test("peers are found by name, and all at once, without an address", async () => {
  const port = ["--advertise-port", await quietPort()];
  const demo = ["--namespace", "demo", ...port];
  await using alice = await SynapseProcess.serve([CALCULATOR, "--name", "alice", ...demo]);
  await using _bob = await SynapseProcess.serve([CALCULATOR, "--name", "bob", ...demo]);

  const called = await synapse(["call", "alice@demo", "sum", "1", "2", ...port]);
  assertEquals([called.code, called.out], [0, "3\n"]);

  const all = await synapse(["broadcast", ...demo, "--expect", "2", "sum", "1", "2"]);
  assertEquals(all.out.replace(/ +[\d.]+ .?s +/g, " ").trimEnd().split("\n").sort(), [
    "alice 3",
    "bob 3",
  ]);
  assertEquals(all.code, 0);
  assertMatch(all.err, /2 of 2 answered\n$/);

  const found = await synapse(["discover", ...demo, "--timeout", "1s", "--json"]);
  const peers = found.out.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(peers.map(({ name }) => name).sort(), ["alice", "bob"]);
  assertEquals(peers.map(({ functions }) => functions.includes("sum")), [true, true]);

  await using watcher = new SynapseProcess(["discover", ...demo, "--watch", "--json"]);
  const names = new Set<string>();
  while (names.size < 2) {
    const { event, peer } = JSON.parse(await watcher.line() ?? "");
    if (event === "joined") names.add(peer.name);
  }
  alice.kill("SIGINT");
  for (let left; left !== "alice";) {
    const { event, peer } = JSON.parse(await watcher.line() ?? "");
    if (event === "offline") left = peer.name;
  }
  watcher.kill("SIGINT");
  assertEquals((await watcher.end()).code, 130);
  assertEquals((await alice.end()).code, 130);
});

Deno.test("serve --allow serves signed calls of a key, and no others", async () => {
  const folder = await Deno.makeTempDir();
  const keys = [`${folder}/alice.key`, `${folder}/bob.key`];
  const [alice] = await Promise.all(keys.map(async (file) => {
    const { out } = await synapse(["key", "new", "--identity", file, "--json"]);
    return JSON.parse(out).key as string;
  }));
  await using server = await SynapseProcess.serve([CALCULATOR, "--allow", `${alice}=su*`]);
  const call = (method: string, ...more: string[]) =>
    synapse(["call", server.target, method, "1", "2", ...more]);
  assertEquals((await call("sum", "--identity", keys[0])).out, "3\n");
  for (const refused of [[], ["--identity", keys[1]]]) {
    const { code, err } = await call("sum", ...refused);
    assertEquals(code, 1);
    assertMatch(err, /^synapse: Cannot call sum as .+ \[unauthorized\]\n$/);
  }
  assertEquals((await call("ticks", "--identity", keys[0])).code, 1);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the second node of one name says that it goes by another", async () => {
  const demo = ["--namespace", "demo", "--name", "alice", "--advertise-port", await quietPort()];
  await using _first = await SynapseProcess.serve([CALCULATOR, ...demo]);
  await using second = new SynapseProcess(["serve", CALCULATOR, "--port", "0", "--json", ...demo]);
  let news = JSON.parse(await second.line() ?? "");
  while (news.event !== "renamed") news = JSON.parse(await second.line() ?? "");
  assertMatch(news.message, /^goes by the name of alice-2 as alice is taken by /);
});

Deno.test("serve --pnet is called on its one port by pnet's name, and by its own", async () => {
  const port = ["--advertise-port", await quietPort()];
  const lab = ["--namespace", "lab", "--name", "alice", ...port];
  const env = { SYNAPSE_NETWORK_KEY: "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=" };
  await using alice = await SynapseProcess.serve([CALCULATOR, "--pnet", ...lab], { env });
  for (const target of ["pnet://lab/alice", "alice@lab", alice.target]) {
    const called = await synapse(["call", target, "sum", "1", "2", ...port], { env });
    assertEquals([called.code, called.out], [0, "3\n"], target);
  }
  const listed = await synapse(["methods", "pnet://lab/alice", ...port], { env });
  assertMatch(listed.out, /^sum\(\.\.\.args\)$/m);
});

Deno.test("a seed tells of others where nobody hears broadcasts", async () => {
  const here = ["--namespace", "demo", "--advertise-port", await quietPort()];
  const there = ["--advertise-port", await quietPort()];
  await using seed = await SynapseProcess.serve([CALCULATOR, "--name", "seed", ...here]);
  await using _alice = await SynapseProcess.serve([CALCULATOR, "--name", "alice", ...here]);
  const asked = ["--seed", seed.target.replace("tcp://", ""), ...there];
  assertEquals((await synapse(["call", "alice@demo", "sum", "1", "2", ...asked])).out, "3\n");
});

Deno.test("3 says that nobody is there", async () => {
  const port = ["--advertise-port", await quietPort(), "--timeout", "300ms"];
  for (
    const line of [
      ["discover", "--namespace", "demo"],
      ["broadcast", "--namespace", "demo", "sum"],
      ["call", "alice@demo", "sum"],
    ]
  ) {
    const { code, out, err } = await synapse([...line, ...port]);
    assertEquals([code, out], [3, ""]);
    assertMatch(err, /nobody was heard/);
  }
});

Deno.test("a node that has a key file is known by it over restarts", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const identity = ["--identity", `${folder}/alice.key`];
    const made = JSON.parse((await synapse(["key", "new", ...identity, "--json"])).out);
    const demo = ["--namespace", "demo", "--advertise-port", await quietPort()];
    for (let i = 0; i < 2; i++) {
      await using alice = await SynapseProcess.serve(["--echo", ...identity, ...demo]);
      const found = await synapse(["discover", ...demo, "--timeout", "500ms", "--json"]);
      assertEquals(JSON.parse(found.out).key, made.key);
      alice.kill("SIGTERM");
      await alice.end();
    }
    assertEquals((await synapse(["key", "new", ...identity])).code, 2);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("serve --join makes functions callable through one another", async () => {
  await using parent = await SynapseProcess.serve([CALCULATOR]);
  await using child = await SynapseProcess.serve([MODULE, "--join", parent.target]);
  assertEquals((await synapse(["call", child.target, "sum", "1", "2"])).out, "3\n");
  assertEquals((await synapse(["call", parent.target, "identity", "hello"])).out, "hello\n");
  const away = await synapse(["serve", CALCULATOR, "--port", "0", "--join", "localhost:1"]);
  assertEquals([away.code, away.out], [3, ""]);
});

Deno.test("serve --collect-logs prints what others log", async () => {
  await using server = await SynapseProcess.serve(["--collect-logs"]);
  const record = { level: "info", category: ["app"], message: "sold\n2", timeMs: 1 };
  const { code } = await synapse([
    "call",
    server.target,
    "_synapse.log",
    JSON.stringify([record]),
    "0",
  ]);
  assertEquals(code, 0);
  const { event, message, category } = JSON.parse(await server.line() ?? "");
  assertEquals([event, message, category], ["log", "sold\n2", ["app"]]);
});
