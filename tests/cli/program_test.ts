import { assertEquals, assertMatch } from "@std/assert";
import { VARIABLE_NAMES } from "../../cli/environment.ts";
import { type Invocation, parseCommandLine, type Reply } from "../../cli/program.ts";
import type { Variables } from "../../cli/variables.ts";

function parse(line: readonly string[], variables: Variables = {}): Invocation {
  const parsed = parseCommandLine(line, { variables });
  if (parsed.type === "say") throw new Error(parsed.err);
  return parsed;
}

function options(line: readonly string[], variables?: Variables): Record<string, unknown> {
  return { ...parse(line, variables).options };
}

function refuse(line: readonly string[], variables: Variables = {}): Reply {
  const parsed = parseCommandLine(line, { variables });
  if (parsed.type === "run") throw new Error(`${line.join(" ")} was accepted`);
  assertEquals(parsed.out, "");
  assertEquals(parsed.exitCode, 2);
  return parsed;
}

const CALL = ["call", "localhost:9999", "sum"];

/** Where peers are looked for, where nothing else is said. */
const EVERYWHERE = {
  discovery: { port: 3334, interfaces: undefined, seeds: undefined },
  identity: undefined,
};

/** Whom to call, where nothing else is said. */
const ANYBODY = {
  ...EVERYWHERE,
  networkKey: undefined,
  secret: undefined,
  easyrpcNamespace: undefined,
};

Deno.test("call takes target, function and arguments", () => {
  assertEquals(options([...CALL, "1", "[2]", "three"]), {
    ...ANYBODY,
    target: "tcp://localhost:9999",
    method: "sum",
    args: ["1", "[2]", "three"],
    kwargs: [],
    timeoutMs: 30_000,
    format: "text",
    isNotify: false,
  });
});

Deno.test("call takes flags before, between and after its arguments", () => {
  const line = [
    "call",
    "--raw",
    "h:1",
    "--timeout",
    "5s",
    "f",
    "1",
    "--kw",
    "b=2=3",
    "2",
    "--notify",
  ];
  assertEquals(options([...line, "--kw", "c="]), {
    ...ANYBODY,
    target: "tcp://h:1",
    method: "f",
    args: ["1", "2"],
    kwargs: [["b", "2=3"], ["c", ""]],
    timeoutMs: 5_000,
    format: "raw",
    isNotify: true,
  });
});

for (
  const [words, args] of [
    [["-1", "2"], ["-1", "2"]],
    [["1", "-2.5"], ["1", "-2.5"]],
    [["-x", "-"], ["-x", "-"]],
    [["-x", "1", "--kw", "a=1", "2"], ["-x", "1", "2"]],
    [["--", "--foo", "-h"], ["--foo", "-h"]],
    [["-1", "--", "--foo"], ["-1", "--foo"]],
    [["a", "--", "--", "b"], ["a", "--", "b"]],
    [["", "@file"], ["", "@file"]],
  ]
) {
  Deno.test(`call takes ${JSON.stringify(words)} for arguments`, () => {
    assertEquals(options([...CALL, ...words]).args, args);
  });
}

Deno.test("call doesn't send a flag that it doesn't know", () => {
  assertEquals(
    refuse([...CALL, "1", "--jsn"]).err,
    "synapse: unknown option '--jsn' (did you mean --json?) (to send it as an argument, put -- before it); " +
      "see synapse call --help\n",
  );
});

Deno.test("call doesn't take both --json and --raw", () => {
  assertMatch(
    refuse([...CALL, "--json", "--raw"]).err,
    /^synapse: --json and --raw can't be combined/,
  );
});

for (
  const [target, expected] of [
    ["alice@demo", { name: "alice", namespace: "demo" }],
    ["*@demo.eu", { name: "*", namespace: "demo.eu" }],
    ["a b@c@d:1", { name: "a b", namespace: "c@d:1" }],
    ["unix:///tmp/a@b", "unix:///tmp/a@b"],
  ] as const
) {
  Deno.test(`call takes ${target} for whom to call`, () => {
    assertEquals(options(["call", target, "f"]).target, expected);
  });
}

const WHERE = ["--interface", "eth0", "--interface", "10.0.0.1", "--advertise-port", "7000"];
const SEEDS = ["--seed", "10.0.0.7:1", "--seed", "[::1]:2", "--identity", "k"];
const SOMEWHERE = {
  discovery: {
    port: 7000,
    interfaces: ["eth0", "10.0.0.1"],
    seeds: ["tcp://10.0.0.7:1", "tcp://[::1]:2"],
  },
  identity: "k",
};

Deno.test("call, serve, discover and broadcast take where to look for peers, and as whom", () => {
  const commands = [CALL, ["serve"], ["discover"], ["broadcast", "f"]];
  for (const command of commands) {
    const { discovery, identity } = options([...command, ...WHERE, ...SEEDS], {
      SYNAPSE_NAMESPACE: "demo",
    });
    assertEquals({ discovery, identity }, SOMEWHERE);
  }
});

Deno.test("discover takes how long to look", () => {
  assertEquals(options(["discover", "--namespace", "demo"]), {
    ...EVERYWHERE,
    namespace: "demo",
    timeoutMs: 3_000,
    isWatching: false,
    isJson: false,
  });
  const line = ["discover", "--namespace", "demo", "--timeout", "1s", "--watch", "--json"];
  const { timeoutMs, isWatching, isJson } = options(line);
  assertEquals([timeoutMs, isWatching, isJson], [1_000, true, true]);
});

Deno.test("broadcast takes arguments as call does", () => {
  const line = ["broadcast", "--namespace", "demo", "--expect", "3", "f", "-1", "--kw", "a=1", "x"];
  assertEquals(options(line), {
    ...EVERYWHERE,
    namespace: "demo",
    method: "f",
    args: ["-1", "x"],
    kwargs: [["a", "1"]],
    expect: 3,
    timeoutMs: 5_000,
    isJson: false,
  });
});

Deno.test("key takes what to do, and with which file", () => {
  assertEquals(options(["key", "new", "--force"], { SYNAPSE_IDENTITY: "k" }), {
    deed: "new",
    identity: "k",
    isForced: true,
    isJson: false,
  });
});

Deno.test("serve lets itself be found where there is a namespace to be found in", () => {
  const isAdvertised = (...flags: string[]) => options(["serve", ...flags]).isAdvertised;
  assertEquals(isAdvertised("--namespace", "demo"), true);
  assertEquals(isAdvertised("--namespace", "demo", "--no-advertise"), false);
  assertEquals(isAdvertised("--name", "alice"), false);
});

Deno.test("serve listens on loopback where nothing else is said", () => {
  assertEquals(options(["serve", "m.ts", "--namespace", "demo"]), {
    ...EVERYWHERE,
    module: "m.ts",
    namespace: "demo",
    name: "",
    addresses: ["tcp://127.0.0.1:9999"],
    hasEcho: false,
    programs: [],
    dialects: undefined,
    swarm: { swarm: undefined, team: "default" },
    http: { allowOrigins: undefined, pageCalls: undefined, easyrpc: undefined },
    joins: [],
    rules: [],
    collectsLogs: false,
    isAdvertised: true,
    peers: undefined,
    isJson: false,
  });
});

Deno.test("serve takes IPv6 hosts bare", () => {
  assertEquals(options(["serve", "--host", "::1", "--port", "0"]).addresses, ["tcp://[::1]:0"]);
});

Deno.test("serve takes --listen instead of host and port, as often as it is given", () => {
  const line = ["serve", "--port", "1", "--listen", "unix:///s", "--listen", ":5"];
  assertEquals(options(line).addresses, ["unix:///s", "tcp://127.0.0.1:5"]);
});

Deno.test("serve takes programs", () => {
  const line = ["serve", "--exec", "today=date +%F", "--exec", "hi=echo 'a b' --"];
  assertEquals(options(line).programs, [
    { name: "today", argv: ["date", "+%F"] },
    { name: "hi", argv: ["echo", "a b", "--"] },
  ]);
});

Deno.test("ping takes how often, and how long to wait between", () => {
  assertEquals(options(["ping", "unix:///s", "-n", "3", "-i", "10ms", "--json"]), {
    ...ANYBODY,
    target: "unix:///s",
    count: 3,
    intervalMs: 10,
    timeoutMs: 30_000,
    isJson: true,
  });
});

Deno.test("methods and ping take a peer by its name, but not everybody", () => {
  for (const command of ["methods", "ping"]) {
    assertEquals(options([command, "alice@demo"]).target, { name: "alice", namespace: "demo" });
    assertMatch(refuse([command, "*@demo"]).err, /It takes one peer, not everybody: got/);
  }
});

Deno.test("serve takes a pnet network, whose name and key it needs to know", () => {
  const KEY = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
  const mistyped = ["call", "pnet://lab/bob", "f", "--network-key", "secret"];
  assertEquals(refuse(mistyped).err.includes("secret"), false);
  const line = ["serve", "--echo", "--pnet", "--namespace", "lab"];
  assertEquals(options([...line, "--name", "a", "--network-key", KEY]).pnet, { networkKey: KEY });
  assertEquals(options(["serve", "--echo"], { SYNAPSE_NETWORK_KEY: KEY }).pnet, undefined);
  assertMatch(refuse(line).err, /--pnet needs --namespace <name>, its network, and --name/);
  assertMatch(refuse(["serve", "--echo", "--network-key", KEY]).err, /--network-key needs --pnet/);
});

Deno.test("serve takes a network of Bitcoin, and nodes of it", () => {
  const btc = { network: "regtest", peers: ["a:1", "b"] };
  const line = ["serve", "--btc", "regtest", "--btc-peer", "a:1", "--btc-peer", "b"];
  assertEquals(options(line).btc, btc);
  assertEquals(options(["serve", "--echo"]).btc, undefined);
  assertMatch(refuse(["serve", "--btc-peer", "a:1"]).err, /--btc-peer needs --btc <network>/);
});

Deno.test("serve takes rules for keys", () => {
  const key = "mVoEZA8BFOiit9_m8fabU2naa0JeNxz8Br61RY-K-9w";
  const line = ["serve", "--echo", "--allow", "*=sum", "--allow", `${key}=btc.*=`];
  assertEquals(options(line).rules, [{ key: "*", pattern: "sum" }, { key, pattern: "btc.*=" }]);
  for (const rule of ["sum", "=sum", "alice=sum", `${key}=`]) {
    assertMatch(
      refuse(["serve", "--echo", "--allow", rule]).err,
      /^synapse: invalid --allow: /,
    );
  }
});

Deno.test("serve takes the protocols that it is to speak", () => {
  const line = ["serve", "--echo", "--dialect"];
  assertEquals(options([...line, "synapse,msgpack-rpc"]).dialects, ["synapse", "msgpack-rpc"]);
  assertMatch(refuse([...line, "synapse,soap"]).err, /It must be some of .+: got "soap"/);
});

Deno.test("call asks for a namespace: in front of the name, but of easyrpc's servers by itself", () => {
  const line = ["--namespace", "private"];
  const { method, easyrpcNamespace } = options([...CALL, ...line]);
  assertEquals([method, easyrpcNamespace], ["private/sum", undefined]);
  const easyrpc = options(["call", "easyrpc://h:1/ws/x", "sum", ...line]);
  assertEquals([easyrpc.method, easyrpc.easyrpcNamespace], ["sum", "private"]);
});

Deno.test("serve takes how HTTP is served, or not at all", () => {
  const line = ["serve", "--echo"];
  assertEquals(options([...line, "--no-http"]).http, undefined);
  const given = ["--allow-origin", "https://a.example", "--page-calls", "--secret", "s"];
  assertEquals(options([...line, ...given]).http, {
    allowOrigins: ["https://a.example"],
    pageCalls: true,
    easyrpc: { secret: "s" },
  });
  for (const origin of ["a.example", "https://a.example/x"]) {
    assertMatch(refuse([...line, "--allow-origin", origin]).err, /It must be an origin such as/);
  }
});

Deno.test("every variable that help names is read from the environment", () => {
  const help = ["serve", "call", "discover", "key"].map((command) => {
    const parsed = parseCommandLine([command, "--help"], { variables: {} });
    return parsed.type === "say" ? parsed.out : "";
  }).join("");
  const named = new Set(help.match(/SYNAPSE_[A-Z_]+/g));
  assertEquals([...named].sort(), VARIABLE_NAMES.filter((name) => name.startsWith("SYNAPSE_")));
});

Deno.test("completions takes a shell", () => {
  assertEquals(options(["completions", "zsh"]), { shell: "zsh" });
});

Deno.test("complete takes the words as they are", () => {
  assertEquals(options(["complete", "--", "call", "--js"]).words, ["call", "--js"]);
});

const REFUSED: ReadonlyArray<readonly [line: readonly string[], message: RegExp]> = [
  [["cal", "x"], /^synapse: unknown command 'cal' \(did you mean call\?\); see synapse --help\n$/],
  [["--vresion"], /unknown option '--vresion' \(did you mean --version\?\)/],
  [["call"], /^synapse: missing required argument 'target'; see synapse call --help\n$/],
  [["call", "h:1"], /missing required argument 'function'/],
  [
    ["call", "localhost", "f"],
    /invalid target: Cannot read address as its port is missing: got "localhost"/,
  ],
  [["call", "@demo", "f"], /invalid target: Cannot read address/],
  [["call", "bob@", "f"], /invalid target: Cannot read address/],
  [["call", "*@demo", "f", "--raw"], /--raw and --notify can't be combined with \*@namespace/],
  [["call", "*@demo", "f", "--notify"], /--raw and --notify can't be combined/],
  [["call", "h:1", "f", "--seed", "x"], /invalid --seed: Cannot read address/],
  [["call", "h:1", "f", "--advertise-port", "0"], /invalid --advertise-port: .*from 1 to 65535/],
  [["discover"], /^synapse: missing --namespace <name>; see synapse discover --help\n$/],
  [["broadcast", "f"], /missing --namespace <name>/],
  [["broadcast"], /missing required argument 'function'/],
  [["broadcast", "f", "--expect", "0"], /invalid --expect: It must be a whole number from 1/],
  [["brodcast", "f"], /did you mean broadcast\?/],
  [["discover", "--namespace", "n", "--wach"], /did you mean --watch\?/],
  [["key"], /missing required argument 'what'/],
  [["key", "nwe"], /invalid what: Allowed choices are new, show, path/],
  [["key", "show", "--force"], /--force is only for key new/],
  [["serve", "--peers", "p"], /--peers is for finding others, which takes --namespace/],
  [
    ["serve", "--namespace", "n", "--no-advertise", "--seed", "h:1"],
    /--seed is for finding others/,
  ],
  [["call", "h:1", "f", "--kw", "x"], /invalid --kw: It must be name=value: got "x"/],
  [["call", "h:1", "f", "--timeout", "5"], /invalid --timeout: .*the unit is missing/],
  [["call", "h:1", "f", "--timeout", "0s"], /invalid --timeout: Cannot wait for no time at all/],
  [["call", "h:1", "f", "--timeout"], /option '--timeout <duration>' argument missing/],
  [["methods", "h:1", "x"], /too many arguments for 'methods'/],
  [["ping", "h:1", "-n", "0"], /invalid --count: It must be a whole number from 1/],
  [["ping", "h:1", "-n", "many"], /invalid --count/],
  [
    ["serve", "--port", "70000"],
    /invalid --port: It must be a whole number from 0 to 65535: got "70000"/,
  ],
  [["serve", "--host", "a b"], /host is no name or IP address: got "a b"/],
  [["serve", "--exec", "date"], /invalid --exec: It must be name=command/],
  [["serve", "--allow", "me"], /invalid --allow: It must be key=pattern: got "me"/],
  [["serve", "--dialect", "http", "--swarm", "lab"], /--swarm needs synapse among what --dialect/],
  [["serve", "--dialect", "http", "--team", "a"], /--team needs synapse among what --dialect/],
  [["serve", "--log-level", "loud"], /debug, info, warning, error; see synapse serve --help\n$/],
  [
    ["serve", "--exec", "d='date"],
    /invalid --exec: Cannot read command line as it has a ' that isn't closed/,
  ],
  [["serve", "--listen", "nowhere"], /invalid --listen: Cannot read address/],
  [["completions", "tcsh"], /Allowed choices are bash, zsh, fish/],
];

for (const [line, message] of REFUSED) {
  Deno.test(`synapse ${line.join(" ")} is refused in one line`, () => {
    const { err } = refuse(line);
    assertMatch(err, message);
    assertEquals(err.split("\n").length, 2);
  });
}

Deno.test("a variable stands in for its flag, which beats it", () => {
  const variables = {
    SYNAPSE_TIMEOUT: "2s",
    SYNAPSE_JSON: "1",
    SYNAPSE_HOST: "::1",
    SYNAPSE_PORT: "7",
    SYNAPSE_NAMESPACE: "n",
    SYNAPSE_NAME: "m",
  };
  const call = options(CALL, variables);
  assertEquals([call.timeoutMs, call.format], [2_000, "json"]);
  assertEquals(options([...CALL, "--timeout", "3s"], variables).timeoutMs, 3_000);
  assertEquals(options([...CALL, "--raw"], variables).format, "raw");

  const serve = options(["serve"], variables);
  assertEquals([serve.addresses, serve.namespace, serve.name, serve.isJson], [
    ["tcp://[::1]:7"],
    "n",
    "m",
    true,
  ]);
  const flags = ["--host", "h", "--port", "8", "--namespace", "x", "--name", "y"];
  const other = options(["serve", ...flags], variables);
  assertEquals([other.addresses, other.namespace, other.name], [["tcp://h:8"], "x", "y"]);
});

Deno.test("an empty variable counts as not set, and 0 as off", () => {
  assertEquals(options(CALL, { SYNAPSE_JSON: "", SYNAPSE_TIMEOUT: "" }).format, "text");
  assertEquals(options(CALL, { SYNAPSE_JSON: "0" }).format, "text");
  assertEquals(options(CALL, { SYNAPSE_JSON: "false" }).format, "text");
});

Deno.test("a variable that can't be read is named", () => {
  assertMatch(
    refuse(CALL, { SYNAPSE_TIMEOUT: "soon" }).err,
    /^synapse: variable SYNAPSE_TIMEOUT is invalid\. /,
  );
});

Deno.test("colours are wanted but for --no-color and SYNAPSE_NO_COLOR", () => {
  assertEquals(parse(["methods", "h:1"]).color, true);
  assertEquals(parse(["methods", "h:1", "--no-color"]).color, false);
  assertEquals(parse(["methods", "h:1"], { SYNAPSE_NO_COLOR: "1" }).color, false);
  assertEquals(parse(["methods", "h:1"], { SYNAPSE_NO_COLOR: "0" }).color, true);
});

Deno.test("nothing at all gets help, as a mistake", () => {
  assertMatch(refuse([]).err, /^Usage: synapse /);
});

Deno.test("--version prints the version", () => {
  const parsed = parseCommandLine(["--version"], { variables: {} }) as Reply;
  assertMatch(parsed.out, /^\d+\.\d+\.\d+\n$/);
  assertEquals([parsed.err, parsed.exitCode], ["", 0]);
});

for (
  const line of [
    ["--help"],
    ["help", "call"],
    ["call", "--help"],
    ["call", "h:1", "f", "-h"],
    ["serve", "-h"],
    ["methods", "-h"],
    ["ping", "-h"],
    ["discover", "-h"],
    ["broadcast", "-h"],
    ["key", "-h"],
    ["completions", "-h"],
  ]
) {
  Deno.test(`synapse ${line.join(" ")} prints help with examples, 80 columns wide`, () => {
    const { out, err, exitCode } = parseCommandLine(line, { variables: {} }) as Reply;
    assertMatch(out, /^Usage: synapse /);
    assertMatch(out, /\nExamples:\n {2}\$ synapse /);
    assertEquals(out.split("\n").filter((row) => row.length > 80), []);
    assertEquals([err, exitCode], ["", 0]);
  });
}

Deno.test("synapse --help names every variable, and no hidden command", () => {
  const { out } = parseCommandLine(["--help"], { variables: {} }) as Reply;
  for (
    const flag of ["NAMESPACE", "NAME", "HOST", "PORT", "JSON", "NO_COLOR", "TIMEOUT", "IDENTITY"]
  ) {
    assertMatch(out, new RegExp(`SYNAPSE_${flag} +--${flag.toLowerCase().replace("_", "-")}\n`));
  }
  assertEquals(/\bcomplete\b/.test(out), false);
});
