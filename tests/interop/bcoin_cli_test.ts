import { assertEquals, assertMatch } from "@std/assert";
import { synapse, SynapseProcess } from "../cli/synapse_process.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";
import { BcoinNodes, installBcoin, type MadeTransaction } from "./bcoin/nodes.ts";
import { runProgram } from "./program.ts";

const absence = await installBcoin();
// deno-lint-ignore no-console
if (absence !== undefined) console.log(`synapse btc against real nodes is skipped: ${absence}`);

const KINDS = ["p2pkh", "p2wpkh", "p2sh-p2wpkh", "opreturn"];

Deno.test({
  name: "synapse btc against three real nodes in a line",
  ignore: absence !== undefined,
  async fn(t) {
    await using folder = await TemporaryFolder.create();
    await using nodes = await BcoinNodes.start({ nodes: 3 });
    const [a, b, c] = nodes.addresses;
    const atAll = ["--network", "regtest", ...[a, b, c].flatMap((peer) => ["--peer", peer])];
    const atA = ["--network", "regtest", "--peer", a];
    const toldA = [...atAll, "--nodes", "1", "--watch", "2"];
    const made: MadeTransaction[] = [];
    for (const kind of KINDS) made.push(...await nodes.make(kind));

    await t.step("broadcast tells the first, and sees it reach the last", async () => {
      const ended = await Promise.all(made.map(async ({ kind, hex }) => {
        const path = folder.at(`${kind}.hex`);
        await Deno.writeTextFile(path, `${hex}\n`);
        return await synapse(["btc", "broadcast", `@${path}`, ...toldA]);
      }));
      ended.forEach(({ code, out, err }, i) => {
        assertEquals(code, 0, `${KINDS[i]}: ${out}${err}`);
        assertMatch(out, new RegExp(`^transaction ${made[i].txid}\n  network +regtest\n`));
        const path = out.slice(out.indexOf("\npath\n"));
        assertMatch(path, new RegExp(` ${a} +asked for it, and was given it\n`));
        for (const watched of [b, c]) {
          assertMatch(path, new RegExp(` ${watched} +announced it, and nobody here had told it\n`));
        }
        assertMatch(path, /\npropagated: seen on 2 of 2 watchers after [\d.]+ s\n$/);
      });
      const txids = made.map(({ txid }) => txid).sort();
      assertEquals((await nodes.mempools()).map((ids) => ids.toSorted()), [txids, txids, txids]);
    });

    await t.step("broadcast says who refuses, and why", async () => {
      const [lowfee] = await nodes.make("lowfee");
      const { code, out } = await synapse(["btc", "broadcast", lowfee.hex, ...toldA]);
      assertEquals(code, 1);
      assertMatch(out, new RegExp(` ${a} +refused it: insufficient fee `));
    });

    await t.step("tx and peers show what is there", async () => {
      const [{ txid, hex }] = made;
      const tx = await synapse(["btc", "tx", txid, ...atA, "--json"]);
      assertEquals([tx.code, JSON.parse(tx.out).hex], [0, hex]);
      const peers = await synapse(["btc", "peers", ...atAll]);
      assertEquals(peers.code, 0);
      assertEquals(peers.out.match(/ 70015 +545 .*\/bcoin:v1\.0\.2\/ /g)?.length, 3);
    });

    await t.step("serve --btc lets others broadcast", async () => {
      const [{ hex, txid }] = await nodes.make("p2wpkh");
      const flags = ["--btc", "regtest", "--btc-peer", a, "--no-advertise"];
      await using server = await SynapseProcess.serve(flags);
      const { code, out } = await synapse(["call", server.target, "btc.broadcast", hex, "--json"]);
      const { outcome, transactions } = JSON.parse(out);
      assertEquals([code, outcome, transactions[0].txid], [0, "in_mempool", txid]);
    });

    await t.step(
      "watch tells of the block that a transaction is in; headers and block get it",
      async () => {
        const [{ txid }] = made;
        await using watching = new SynapseProcess(
          ["btc", "watch", "--tx", txid, "--blocks", ...atA, "--json"],
        );
        assertEquals(JSON.parse(await watching.line() ?? "").txid, txid);
        await nodes.command({ cmd: "mine", n: 1 });
        const block = JSON.parse(await watching.line() ?? "");
        const confirmed = JSON.parse(await watching.line() ?? "");
        assertEquals([block.event, block.transactions], ["block", 2 + made.length]);
        assertEquals([confirmed.txid, confirmed.block], [txid, block.hash]);
        watching.kill("SIGINT");
        assertEquals((await watching.end()).code, 130);

        const headers = await synapse(["btc", "headers", ...atA, "--count", "1000", "--json"]);
        const last = JSON.parse(headers.out.trimEnd().split("\n").at(-1)!);
        assertEquals(last.hash, block.hash);
        const out = folder.at("block.dat");
        const got = await synapse(["btc", "block", block.hash, ...atA, "--out", out]);
        assertEquals(got.code, 0);
        const decoded = await synapse([
          "btc",
          "decode",
          `@${out}`,
          "--network",
          "regtest",
          "--json",
        ]);
        assertEquals([JSON.parse(decoded.out).isValid, JSON.parse(decoded.out).hash], [
          true,
          block.hash,
        ]);
      },
    );

    await t.step("examples/conduit.ts gets an answer to each of its questions", async () => {
      const example = new URL("../../examples/conduit.ts", import.meta.url).pathname;
      const args = ["run", "--quiet", "--no-prompt", "--allow-net", example, "regtest"];
      const printed = await runProgram(Deno.execPath(), ...args, ...a.split(":"));
      const lines = printed.trimEnd().split("\n");
      assertEquals(lines.length, 3);
      lines.forEach((line, i) => {
        const command = ["ping", "getheaders", "getdata"][i];
        assertMatch(line, new RegExp(`^\\{"peer":"${a}","command":"${command}","message":`));
      });
    });
  },
});
