import { assertEquals, assertMatch } from "@std/assert";
import { parseCommandLine, type Reply } from "../../../../cli/program.ts";

function options(...line: string[]): Record<string, unknown> {
  const parsed = parseCommandLine(["btc", ...line], { variables: {} });
  if (parsed.type === "say") throw new Error(parsed.err);
  return { ...parsed.options };
}

function say(...line: string[]): Reply {
  const parsed = parseCommandLine(["btc", ...line], { variables: {} });
  if (parsed.type === "run") throw new Error(`${line.join(" ")} was accepted`);
  return parsed;
}

const ANYBODY = { network: "main", peers: [], proxy: undefined };
const HASH = "0F".repeat(32);

Deno.test("btc broadcast takes a transaction, tells five, and watches four", () => {
  assertEquals(options("broadcast", "00"), {
    ...ANYBODY,
    input: "00",
    parents: [],
    nodes: 5,
    watchers: 4,
    waitMs: 30_000,
    isSure: false,
    isJson: false,
  });
});

Deno.test("btc broadcast takes flags", () => {
  const where = ["--network", "regtest", "--peer", "a:1", "--peer", "b", "--proxy", "socks5://p:1"];
  const how = ["--nodes", "1", "--watch", "0", "--wait", "2m", "--parent", "@p", "--parent", "-"];
  assertEquals(options("broadcast", "-", ...where, ...how, "--yes", "--json"), {
    network: "regtest",
    peers: ["a:1", "b"],
    proxy: "socks5://p:1",
    input: "-",
    parents: ["@p", "-"],
    nodes: 1,
    watchers: 0,
    waitMs: 120_000,
    isSure: true,
    isJson: true,
  });
});

Deno.test("btc watch tells of blocks where nothing else is looked for", () => {
  const { txids, addresses, hasBlocks } = options("watch");
  assertEquals([txids, addresses, hasBlocks], [[], [], true]);
  const line = ["watch", "--tx", HASH, "--address", "1a", "--address", "1b"];
  const looking = options(...line);
  assertEquals([looking.txids, looking.addresses], [[HASH.toLowerCase()], ["1a", "1b"]]);
  assertEquals([looking.hasBlocks, options(...line, "--blocks").hasBlocks], [false, true]);
});

Deno.test("btc decode, peers, headers, block, tx and addr take what their help says", () => {
  assertEquals(options("decode", "@f", "--network", "signet"), {
    input: "@f",
    network: "signet",
    isJson: false,
  });
  assertEquals(options("peers"), { ...ANYBODY, count: 8, timeoutMs: 15_000, isJson: false });
  assertEquals(options("headers", "--from", HASH, "--count", "2"), {
    ...ANYBODY,
    from: HASH.toLowerCase(),
    count: 2,
    timeoutMs: 30_000,
    isJson: false,
  });
  assertEquals(options("block", HASH, "--out", "f"), {
    ...ANYBODY,
    hash: HASH.toLowerCase(),
    isRaw: false,
    out: "f",
    timeoutMs: 120_000,
    isJson: false,
  });
  assertEquals(options("tx", HASH), {
    ...ANYBODY,
    txid: HASH.toLowerCase(),
    timeoutMs: 20_000,
    isJson: false,
  });
  assertEquals(options("addr", "--json"), { network: "main", isJson: true });
});

const REFUSED: ReadonlyArray<readonly [line: readonly string[], message: RegExp]> = [
  [["brodcast"], /unknown command 'brodcast' \(did you mean broadcast\?\)/],
  [["broadcast"], /missing required argument 'rawtx'/],
  [
    ["broadcast", "00", "--yse"],
    /unknown option '--yse' \(did you mean --yes\?\); see synapse btc broadcast --help\n/,
  ],
  [["broadcast", "00", "--nodes", "0"], /invalid --nodes: It must be a whole number from 1 to 100/],
  [["broadcast", "00", "--wait", "3m"], /invalid --wait: It must be 2m at most: got "3m"/],
  [["broadcast", "00", "--wait", "30"], /invalid --wait: .*the unit is missing/],
  [["block", "00"], /invalid hash: It must be 64 hex digits: got "00"/],
  [["block", HASH, "--raw", "--out", "f"], /--raw and --out can't be combined/],
  [["tx", `${HASH}0`], /invalid txid: It must be 64 hex digits/],
  [["watch", "--tx", "x"], /invalid --tx: It must be 64 hex digits/],
  [["headers", "--count", "0"], /invalid --count: It must be a whole number from 1/],
];
for (const [line, message] of REFUSED) {
  Deno.test(`synapse btc ${line.join(" ")} is refused in one line`, () => {
    const { out, err, exitCode } = say(...line);
    assertMatch(err, message);
    assertEquals([out, err.split("\n").length, exitCode], ["", 2, 2]);
  });
}

const COMMANDS = ["broadcast", "decode", "peers", "watch", "headers", "block", "tx", "addr"];
for (const line of [["--help"], ...COMMANDS.map((name) => [name, "-h"]), ["help", "tx"]]) {
  Deno.test(`synapse btc ${line.join(" ")} prints help with examples, 80 columns wide`, () => {
    const { out, err, exitCode } = say(...line);
    assertMatch(out, /^Usage: synapse btc /);
    assertMatch(out, /\nExamples:\n {2}\$ synapse btc /);
    assertEquals(out.split("\n").filter((row) => row.length > 80), []);
    assertEquals([err, exitCode], ["", 0]);
  });
}

Deno.test("btc alone gets help, as a mistake, and its help lists all commands", () => {
  const { err, exitCode } = say();
  assertMatch(err, /^Usage: synapse btc /);
  assertEquals(exitCode, 2);
  for (const name of COMMANDS) assertMatch(err, new RegExp(`\n  ${name} +\\w`));
});
