import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { broadcast } from "../../../../../cli/commands/btc/broadcast/action.ts";
import type { BroadcastOptions } from "../../../../../cli/commands/btc/broadcast/command.ts";
import { Interruption } from "../../../../../cli/interruption.ts";
import { UsageError } from "../../../../../cli/usage_error.ts";
import { formatHash } from "../../../../../core/codecs/bitcoin/hash.ts";
import { findNetwork } from "../../../../../core/codecs/bitcoin/networks.ts";
import { BsvNode, CoreNode } from "../../../../support/bitcoin/relaying_node.ts";
import { sampleTransaction } from "../../../../support/bitcoin/transactions.ts";
import { TemporaryFolder } from "../../../../support/temporary_folder.ts";
import { FakeIo } from "../../../fake_io.ts";
import { AT_A, bytesOf, CommandLab, jsonLines } from "../lab.ts";

const TX = sampleTransaction(1);
const LEGACY = sampleTransaction(2, { hasWitness: false });
const MAIN = findNetwork("main")!;
const TESTNET4 = findNetwork("testnet4")!;
const BSV = findNetwork("bsv-regtest")!;

function options(changes: Partial<BroadcastOptions> = {}): BroadcastOptions {
  return {
    ...AT_A,
    input: TX.hex,
    parents: [],
    nodes: 1,
    watchers: 2,
    waitMs: 30_000,
    isSure: false,
    isJson: false,
    ...changes,
  };
}

/** Three nodes, of which each knows but the next. */
function line(lab: CommandLab): CoreNode[] {
  const nodes = ["a:1", "b:1", "c:1"].map((name) => new CoreNode(lab, name));
  nodes[0].neighbours.push(nodes[1]);
  nodes[1].neighbours.push(nodes[2]);
  return nodes;
}

const ALL = ["a:1", "b:1", "c:1"];

Deno.test("broadcast() shows the transaction, the path that it took, and the verdict", async () => {
  await using lab = new CommandLab();
  line(lab);
  const io = new FakeIo();
  const code = await lab.until(broadcast(options({ peers: ALL }), io, lab.world));
  assertEquals(code, 0);
  const [summary, path, verdict] = io.out.text.split(/\n\n|\n(?=path\n)/);
  assertMatch(summary, new RegExp(`^transaction ${TX.txid}\n  network +regtest\n`));
  assertMatch(summary, /\noutputs\n {2}0 {2}0\.00001001 BTC {2}p2pkh\n {5}m/);
  const steps = path.trim().split("\n").slice(1).map((step) => step.replace(/^ *\S+ m?s +/, ""));
  assertEquals(steps, [
    "a:1  asked for it, and was given it",
    "a:1  gave it back when asked",
    "b:1  announced it, and nobody here had told it",
    "c:1  announced it, and nobody here had told it",
  ]);
  assertMatch(verdict, /^propagated: seen on 2 of 2 watchers after [\d.]+ s\n$/);
});

Deno.test("broadcast() says on stderr what happens, a line each", async () => {
  await using lab = new CommandLab();
  line(lab);
  const io = new FakeIo();
  await lab.until(broadcast(options({ peers: ALL }), io, lab.world));
  const said = io.err.text.split("\n").filter((row) => row.includes(" a:1 "))
    .map((row) => row.replace(/^ *\S+ m?s {2}a:1 {2}/, ""));
  assertEquals(said.map((words) => words.replace(/, ping .*|, \d+ bytes/, "")), [
    "connecting",
    "handshake done",
    "to be told",
    "announced",
    "requested",
    "sent",
    "processed",
    "in mempool; seen on 0 of 2 watchers",
  ]);
  assertMatch(io.err.text, / c:1 {2}announced it: it has travelled; seen on 2 of 2 watchers\n$/);
});

/** The escape that leads back to where a table begins. */
const UP = new RegExp("\u001b\\[(\\d+)A$");

Deno.test("broadcast() keeps a line per peer up to date on a terminal", async () => {
  await using lab = new CommandLab();
  line(lab);
  const io = Object.assign(new FakeIo({ isTty: true, columns: 80 }), { errColumns: 80 });
  assertEquals(await lab.until(broadcast(options({ peers: ALL }), io, lab.world)), 0);
  const tables = io.err.text.split("\u001b[J");
  assertEquals(tables[0], "");
  assertMatch(tables[1], /^peer +role +status +after +agent\na:1 +connecting /);
  assertMatch(
    tables.at(-1)!,
    /\na:1 +told +in mempool [^\n]+\nb:1 +watched +announced it[^\n]+\nc:1 +watched +announced it[^\n]+\nseen on 2 of 2 watchers\n\n$/,
  );
  const heights = tables.slice(0, -1).map((table) => table.split("\n").length - 1);
  const ups = tables.map((table) => Number(table.match(UP)?.[1] ?? 0));
  assertEquals(ups.slice(1, -1), heights.slice(1));
});

for (const errColumns of [80, undefined]) {
  const where = errColumns === undefined ? "in lines" : "in the table";
  Deno.test(`broadcast() passes over nodes that it only tried, ${where}`, async () => {
    await using lab = new CommandLab();
    new CoreNode(lab, "1.2.3.4:48333", { traits: { network: TESTNET4 } });
    const io = Object.assign(new FakeIo(), { errColumns });
    const asked = options({ network: "testnet4", peers: [], watchers: 0 });
    const resolveSeed = () => Promise.resolve(["1.2.3.4", "5.6.7.8", "9.9.9.9"]);
    const world = { ...lab.world, variables: {}, resolveSeed };
    assertEquals(await lab.until(broadcast(asked, io, world)), 0);
    const shown = io.err.text.split("\u001b[J").at(-1)!;
    assertMatch(shown, /1\.2\.3\.4:48333 .*in mempool/);
    assertEquals(shown.includes("5.6.7.8") || shown.includes("9.9.9.9"), false);
    if (errColumns !== undefined) assertMatch(shown, /\n\d unreachable\n\n$/);
  });
}

Deno.test("broadcast() gives a program all events, and the report", async () => {
  await using lab = new CommandLab();
  line(lab);
  const io = new FakeIo();
  assertEquals(
    await lab.until(broadcast(options({ peers: ALL, isJson: true }), io, lab.world)),
    0,
  );
  const lines = jsonLines(io.out.text);
  assertEquals(lines.slice(0, 2).map(({ type }) => type), ["decoded", "started"]);
  assertEquals([lines[0].txid, lines[0].outputTotalSat], [TX.txid, 1_001]);
  const last = lines.at(-1) as { type: string; report: { outcome: string } };
  assertEquals([last.type, last.report.outcome], ["finished", "propagated"]);
  assertEquals(io.err.text, "");
});

Deno.test("broadcast() watches a node that is alone on a second connection", async () => {
  await using lab = new CommandLab();
  const node = new CoreNode(lab, "a:1");
  const io = new FakeIo();
  assertEquals(await lab.until(broadcast(options(), io, lab.world)), 0);
  assertEquals(node.conversations.length, 2);
  assertMatch(io.err.text, / a:1 {2}watched on a second connection\n/);
  assertMatch(io.out.text, /\nin a mempool: a:1 has it, after [\d.]+ s\n/);
});

Deno.test("broadcast() ends with 1 where it is refused, and says in whose words", async () => {
  await using lab = new CommandLab();
  const judge = () => ({ code: 0x42, reason: "mempool min\u001b[2J fee\nnot met" }) as const;
  new BsvNode(lab, "a:1", { traits: { network: BSV }, judge });
  const io = new FakeIo();
  const asked = options({ network: "bsv-regtest", input: LEGACY.hex, watchers: 0 });
  assertEquals(await lab.until(broadcast(asked, io, lab.world)), 1);
  assertMatch(io.out.text, /a:1 {2}refused it: insufficient fee \("mempool min\\u\{1b\}\[2J fee/);
  assertMatch(io.out.text, /\nrefused: nobody has it after /);
  assertEquals(`${io.out.text}${io.err.text}`.includes("\u001b"), false);
});

Deno.test("broadcast() names the transactions that peers lack, and takes them along", async () => {
  const parent = sampleTransaction(3);
  const child = sampleTransaction(4, { parent });
  const run = async (parents: readonly string[]): Promise<[number, string]> => {
    await using lab = new CommandLab();
    const judge = (txid: string) =>
      txid === child.txid ? { missing: [parent.txid] } as const : "accept" as const;
    new CoreNode(lab, "a:1", { judge });
    const io = new FakeIo();
    const asked = options({ input: child.hex, parents, watchers: 0 });
    return [await lab.until(broadcast(asked, io, lab.world)), io.out.text];
  };
  const [alone, explained] = await run([]);
  assertEquals(alone, 1);
  assertMatch(explained, /a:1 {2}lacks 1 transaction that it spends\n/);
  assertMatch(explained, new RegExp(`\n  it spends ${parent.txid},\n  .* --parent\n$`));
  assertEquals((await run([parent.hex]))[0], 0);
});

Deno.test("broadcast() ends with 3 where there is nobody", async () => {
  await using lab = new CommandLab();
  const io = new FakeIo();
  assertEquals(await lab.until(broadcast(options(), io, lab.world)), 3);
  assertMatch(io.out.text, /a:1 {2}passed over: .*nothing listens there\n\nno peers: nobody/);
});

Deno.test("broadcast() says why there is nobody where it looked for nodes itself", async () => {
  const asked = options({ network: "testnet4", peers: [], waitMs: 5_000 });
  const told = async (hosts: readonly string[]): Promise<string> => {
    await using lab = new CommandLab();
    const world = { ...lab.world, variables: {}, resolveSeed: () => Promise.resolve(hosts) };
    const io = new FakeIo();
    assertEquals(await lab.until(broadcast(asked, io, world)), 3);
    return io.err.text;
  };
  assertMatch(await told([]), /^synapse: no DNS seed has told of a node\n$/);
  assertMatch(
    await told(["1.2.3.4"]),
    /synapse: the last that was tried: Cannot connect to tcp:\/\/1\.2\.3\.4:48333 as nothing/,
  );
});

Deno.test("broadcast() ends with 3 where nobody takes transactions, and says why", async () => {
  await using lab = new CommandLab();
  const node = new CoreNode(lab, "a:1", { traits: { relay: false } });
  const io = new FakeIo();
  assertEquals(await lab.until(broadcast(options(), io, lab.world)), 3);
  assertMatch(io.out.text, /a:1 {2}passed over: it wants no transactions\n/);
  assertEquals(node.conversations[0].heard("inv"), []);
});

Deno.test("broadcast() ends with 4 where nothing shows it in time", async () => {
  await using lab = new CommandLab();
  new CoreNode(lab, "a:1", { isDeaf: true });
  const io = new FakeIo();
  assertEquals(await lab.until(broadcast(options({ waitMs: 10_000 }), io, lab.world)), 4);
  assertMatch(io.out.text, /a:1 {2}was told, and didn't ask\n/);
  assertMatch(io.out.text, /\nnobody took it: 1 peer told, none asked for it after 10 s\n/);
});

const PSBT = "70736274ff01000a0200000000000000000000";
const NO_INPUTS = "02000000000100e1f505000000000000000000";
for (
  const [what, input, message] of [
    ["no hex", "hello", /it is not hex: got "h" at character 0/],
    ["half of it", TX.hex.slice(0, 100), /in outputs at byte 48/],
    ["more than it", `${TX.hex}00`, /bytes follow its end at byte 194/],
    ["nothing to spend", NO_INPUTS, /it has no inputs: got a count of 0 at byte 4/],
    ["a PSBT", PSBT, /it is a PSBT: finalize it and extract the transaction first/],
    ["nothing", " ", /there is none/],
  ] as const
) {
  Deno.test(`broadcast() sends nothing where it is given ${what}`, async () => {
    await using lab = new CommandLab();
    new CoreNode(lab, "a:1");
    for (const changes of [{ input }, { parents: [input] }]) {
      const io = new FakeIo();
      const { message: said } = await assertRejects(
        () => broadcast(options(changes), io, lab.world),
        UsageError,
      );
      assertMatch(said, message);
      assertEquals([io.out.text, lab.network.dialled], ["", []]);
    }
  });
}

Deno.test("broadcast() reads stdin and files, hex or bytes", async () => {
  await using folder = await TemporaryFolder.create();
  await Deno.writeTextFile(folder.at("hex"), `${TX.hex.toUpperCase()}\r\n`);
  await Deno.writeFile(folder.at("bytes"), bytesOf(TX.hex));
  const text = new TextEncoder().encode(`${TX.hex}\n`);
  for (const input of ["-", `@${folder.at("hex")}`, `@${folder.at("bytes")}`]) {
    await using lab = new CommandLab();
    const io = new FakeIo({ stdin: [text.subarray(0, 9), text.subarray(9)] });
    assertEquals(await lab.until(broadcast(options({ input }), io, lab.world)), 3);
    assertMatch(io.out.text, new RegExp(`^transaction ${TX.txid}\n`));
  }
  await assertRejects(
    () => broadcast(options({ input: "@/no/such/file" }), new FakeIo()),
    UsageError,
    "Cannot read @/no/such/file as there is no such file or folder",
  );
});

const ON_MAIN = { network: "main", nodes: 1, watchers: 0 };

Deno.test("broadcast() doesn't move real money where nobody can be asked", async () => {
  await using lab = new CommandLab();
  for (
    const [io, changes, message] of [
      [new FakeIo(), {}, "there is no terminal to ask on: say --yes"],
      [
        new FakeIo({ isTty: true, stdin: [new TextEncoder().encode(TX.hex)] }),
        { input: "-" },
        "stdin is the transaction",
      ],
    ] as const
  ) {
    const asked = options({ ...ON_MAIN, ...changes });
    await assertRejects(() => broadcast(asked, io, lab.world), UsageError, message);
    assertEquals([io.out.text, lab.network.dialled], ["", []]);
  }
});

for (const [answer, isYes] of [["y\n", true], ["YES\r\n", true], ["n\n", false], ["", false]]) {
  Deno.test(`broadcast() asks before real money moves, and takes ${JSON.stringify(answer)}`, async () => {
    await using lab = new CommandLab();
    const node = new CoreNode(lab, "a:1", { traits: { network: MAIN } });
    const stdin = answer === "" ? [] : [new TextEncoder().encode(answer as string)];
    const io = new FakeIo({ isTty: true, stdin });
    const running = lab.until(broadcast(options(ON_MAIN), io, lab.world));
    if (isYes) assertEquals(await running, 0);
    else await assertRejects(() => running, UsageError, "nothing was sent");
    assertMatch(io.out.text, new RegExp(`${TX.txid}`));
    assertMatch(io.err.text, /^Send this to main, where it can't be taken back\? \[y\/N\] /);
    assertEquals(node.received, isYes ? [TX.txid] : []);
  });
}

Deno.test("broadcast() asks nobody with --yes", async () => {
  await using lab = new CommandLab();
  new CoreNode(lab, "a:1", { traits: { network: MAIN } });
  const io = new FakeIo();
  assertEquals(
    await lab.until(broadcast(options({ ...ON_MAIN, isSure: true }), io, lab.world)),
    0,
  );
  assertEquals(io.err.text.includes("[y/N]"), false);
});

Deno.test("broadcast() ends with Ctrl-C, and hangs up", async () => {
  await using lab = new CommandLab();
  const node = new CoreNode(lab, "a:1", { isDeaf: true });
  const io = new FakeIo();
  const running = lab.until(broadcast(options(), io, lab.world));
  running.catch(() => {});
  await io.err.until(/announced/);
  io.interrupt();
  await assertRejects(() => running, Interruption);
  assert(node.open.length === 0);
  assertEquals(io.err.text.includes("given away"), false);
});

Deno.test("broadcast() says after Ctrl-C that the transaction is out already", async () => {
  await using lab = new CommandLab();
  new CoreNode(lab, "a:1");
  const io = new FakeIo();
  const running = lab.until(broadcast(options(), io, lab.world));
  running.catch(() => {});
  await io.err.until(/requested/);
  io.interrupt();
  await assertRejects(() => running, Interruption);
  assertMatch(io.err.text, /synapse: the transaction has been given away already, and may travel/);
});

Deno.test("broadcast() refuses networks and nodes that there aren't", async () => {
  for (
    const [changes, message] of [
      [{ network: "moonnet" }, /Cannot find network as there are main, .*: got "moonnet"/],
      [{ peers: [] }, /Cannot look for nodes of regtest as it has no DNS seeds/],
      [{ peers: ["a b"] }, /it is not host:port/],
      [{ peers: ["a:0"] }, /its port is not 1 to 65535/],
      [{ proxy: "http://x" }, /it is not socks5:\/\/host:port/],
    ] as const
  ) {
    const io = new FakeIo();
    const { message: said } = await assertRejects(
      () => broadcast(options(changes), io),
      UsageError,
    );
    assertMatch(said, message);
    assertEquals(io.out.text, "");
  }
});

Deno.test("broadcast() goes on where nobody reads what it prints, and ends as it would", async () => {
  for (const isJson of [true, false]) {
    await using lab = new CommandLab();
    const node = new CoreNode(lab, "a:1", { isDeaf: true });
    const io = new FakeIo({ closesAfter: 1 });
    assertEquals(await lab.until(broadcast(options({ isJson }), io, lab.world)), 4);
    assertEquals(node.conversations[0].heard("inv").length, 1);
  }
});

Deno.test("broadcast() sends what it was given, to the byte", async () => {
  await using lab = new CommandLab();
  const node = new CoreNode(lab, "a:1");
  await lab.until(broadcast(options({ watchers: 0 }), new FakeIo(), lab.world));
  const [{ transaction }] = node.conversations[0].heard("tx");
  assertEquals(formatHash(transaction.inputs[0].previousHash), "01".repeat(32));
  assertEquals(transaction.inputs[0].witness.length, 2);
});
