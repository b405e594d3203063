import { assertEquals, assertMatch } from "@std/assert";
import { addr } from "../../../../../cli/commands/btc/addr/action.ts";
import { peers } from "../../../../../cli/commands/btc/peers/action.ts";
import type { PeersOptions } from "../../../../../cli/commands/btc/peers/command.ts";
import { findNetwork } from "../../../../../core/codecs/bitcoin/networks.ts";
import { CoreNode } from "../../../../support/bitcoin/relaying_node.ts";
import { TemporaryFolder } from "../../../../support/temporary_folder.ts";
import { FakeIo } from "../../../fake_io.ts";
import { AT_A, CommandLab, jsonLines } from "../lab.ts";

const TESTNET4 = findNetwork("testnet4")!;

function options(changes: Partial<PeersOptions> = {}): PeersOptions {
  return { ...AT_A, count: 8, timeoutMs: 15_000, isJson: false, ...changes };
}

Deno.test("peers() lists nodes, and what they say of themselves", async () => {
  await using lab = new CommandLab();
  new CoreNode(lab, "a:1");
  new CoreNode(lab, "b:1", { traits: { relay: false, agent: "/evil:1/\u001b[2J\n", height: 7 } });
  const io = new FakeIo({ isTty: false });
  assertEquals(await lab.until(peers(options({ peers: ["a:1", "b:1"] }), io, lab.world)), 0);
  const [heading, ...rows] = io.out.text.trimEnd().split("\n");
  assertMatch(heading, /^peer +ping +version +height +fee from +agent +services$/);
  assertEquals(rows.length, 2);
  const of = (name: string) => rows.find((row) => row.startsWith(name))!;
  assertMatch(
    of("a:1"),
    / 70016 +100 +100 +\/Satoshi:30\.3\.0\/ +network, witness, networkLimited, v2Transport$/,
  );
  assertMatch(of("b:1"), / 7 +no transactions +\/evil:1\/\\u\{1b\}\[2J\\u\{a\} /);
});

Deno.test("peers() lists those that are there, and says who isn't", async () => {
  await using lab = new CommandLab();
  new CoreNode(lab, "a:1");
  const io = new FakeIo();
  const asked = options({ peers: ["a:1", "b:1"], isJson: true });
  assertEquals(await lab.until(peers(asked, io, lab.world)), 0);
  assertEquals(jsonLines(io.out.text).map(({ peer }) => peer), ["a:1"]);
  assertMatch(io.err.text, /^synapse: Cannot connect to tcp:\/\/b:1 as nothing listens there\n$/);
});

Deno.test("peers() says of whom it speaks, whatever went wrong", async () => {
  await using lab = new CommandLab();
  new CoreNode(lab, "a:1");
  new CoreNode(lab, "b:1", { traits: { version: 60000 } });
  const io = new FakeIo();
  assertEquals(await lab.until(peers(options({ peers: ["a:1", "b:1"] }), io, lab.world)), 0);
  assertMatch(io.err.text, /^synapse: b:1: Cannot use Bitcoin peer as its version is under /);
  const alone = new FakeIo();
  assertEquals(await lab.until(peers(options({ peers: ["b:1"] }), alone, lab.world)), 3);
  assertEquals(alone.err.text, io.err.text);
});

Deno.test("peers() looks for nodes where none is named, and remembers them", async () => {
  await using folder = await TemporaryFolder.create();
  const variables = { XDG_CONFIG_HOME: folder.path };
  await using lab = new CommandLab();
  new CoreNode(lab, "1.2.3.4:48333", { traits: { network: TESTNET4 } });
  const io = new FakeIo();
  const world = {
    ...lab.world,
    variables,
    resolveSeed: () => Promise.resolve(["1.2.3.4", "5.6.7.8"]),
  };
  const asked = options({ network: "testnet4", peers: [], count: 2, isJson: true });
  assertEquals(await lab.until(peers(asked, io, world)), 0);
  assertEquals(jsonLines(io.out.text).map(({ peer }) => peer), ["1.2.3.4:48333"]);
  assertEquals(io.err.text, "");
  const book = new FakeIo();
  assertEquals(await addr({ network: "testnet4", isJson: true }, book, variables), 0);
  assertEquals(
    jsonLines(book.out.text).map(({ host, connectedMs }) => [host, connectedMs !== null]),
    [
      ["1.2.3.4", true],
      ["5.6.7.8", false],
    ],
  );
});

Deno.test("peers() ends with 3 where nobody is there", async () => {
  await using lab = new CommandLab();
  const io = new FakeIo();
  assertEquals(await lab.until(peers(options(), io, lab.world)), 3);
  assertEquals(io.out.text, "");
  assertMatch(io.err.text, /^synapse: Cannot connect to tcp:\/\/a:1 as nothing listens there\n$/);
});

Deno.test("peers() ends with 3 where nobody answers in time", async () => {
  await using lab = new CommandLab();
  lab.network.blackHoles.add("a:1");
  const io = new FakeIo();
  assertEquals(await lab.until(peers(options({ timeoutMs: 1_000 }), io, lab.world)), 3);
  assertEquals(io.err.text, "synapse: no node of regtest could be reached within 1 s\n");
});
