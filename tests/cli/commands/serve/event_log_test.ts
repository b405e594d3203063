import { assertEquals, assertMatch } from "@std/assert";
import { EventLog } from "../../../../cli/commands/serve/event_log.ts";
import { every, fingerprint, Identity, Node } from "../../../../mod.ts";
import { FakeClock } from "../../../support/fake_clock.ts";
import { MemoryNetwork } from "../../../support/memory_datagrams.ts";
import { FakeIo } from "../../fake_io.ts";
import { withNode } from "../../with_node.ts";

Deno.test("EventLog.report() bounds its lines in each second, and says how many it left out", async () => {
  let nowMs = 0;
  const io = new FakeIo();
  const log = new EventLog(io, false, () => nowMs);
  for (let i = 0; i < 1_000; i++) await log.report({ event: "refused", message: `no ${i}` });
  nowMs = 999;
  await log.report({ event: "refused", message: "too soon" });
  nowMs = 1_000;
  await log.report({ event: "refused", message: "later" });
  await log.report({ event: "refused", message: "again" });

  const lines = io.err.text.trimEnd().split("\n");
  assertEquals(lines.slice(0, 10), Array.from({ length: 10 }, (_, i) => `synapse: no ${i}`));
  assertEquals(lines.slice(10), [
    "synapse: later (991 lines before it left out)",
    "synapse: again",
  ]);
});

Deno.test("EventLog.report() writes JSON on stdout for programs", async () => {
  let nowMs = 0;
  const io = new FakeIo();
  const log = new EventLog(io, true, () => nowMs);
  for (let i = 0; i < 11; i++) await log.report({ event: "task_failed", message: "oh" });
  nowMs = 1_000;
  await log.report({ event: "stopping", message: "bye" });
  const lines = io.out.text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(lines.length, 11);
  assertEquals(lines[0], { event: "task_failed", message: "oh" });
  assertEquals(lines[10], { event: "stopping", message: "bye", leftOut: 1 });
  assertEquals(io.err.text, "");
});

Deno.test("EventLog.report() does not mind when nobody reads", async () => {
  const io = new FakeIo({ closesAfter: 0 });
  await new EventLog(io, true).report({ event: "refused", message: "no" });
  assertEquals(io.out.text, "");
});

async function logOf(cause: (node: Node, target: string) => unknown, line: RegExp): Promise<void> {
  const io = new FakeIo();
  await withNode(
    (node) => new EventLog(io, false).follow(node),
    async (target, node) => {
      await cause(node, target);
      await io.err.until(line);
    },
  );
  assertMatch(io.err.text, /^[^\n]*\n$/);
}

async function write(target: string, bytes: Uint8Array): Promise<void> {
  const { hostname, port } = new URL(target.replace("tcp:", "http:"));
  const connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(bytes);
  await connection.readable.pipeTo(new WritableStream());
}

Deno.test("EventLog.follow() tells of a task that fails", () =>
  logOf(
    (node) =>
      node.background(every("1h", { immediately: true }), () => {
        throw new Error("disk\nfull \u001b[2J");
      }, { name: "backup" }),
    /^synapse: task backup failed: disk full \\u001b\[2J\n$/,
  ));

Deno.test("EventLog.follow() tells of a peer that speaks nothing that is spoken here", () =>
  logOf(
    (_node, target) => write(target, new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n")),
    /^synapse: refused tcp:\/\/127\.0\.0\.1:\d+: Cannot serve connection .+: got HTTP\n$/,
  ));

Deno.test("EventLog.follow() tells of a peer that doesn't keep to the protocol", () =>
  logOf(
    (_node, target) => write(target, new Uint8Array([0x94, 0x00, 0xc0, 0xa1, 0x61, 0x90])),
    /^synapse: hung up on tcp:\/\/127\.0\.0\.1:\d+: Cannot /,
  ));

Deno.test("EventLog.follow() tells of a notification that fails", () =>
  logOf(
    async (node, target) => {
      node.endpoint("log", () => {
        throw new Error("full");
      });
      await using client = new Node();
      (await client.connect(target)).notify("log");
    },
    /^synapse: log failed, and its caller wants no answer: full\n$/,
  ));

Deno.test("EventLog.follow() tells of a key that doesn't fit a name, once a minute", async () => {
  const identities = [1, 2, 3].map((byte) => new Identity(new Uint8Array(32).fill(byte)));
  const [known, ...others] = identities.map(({ publicKey }) => fingerprint(publicKey));
  let nowMs = 0;
  const io = new FakeIo();
  await withNode(
    (node) => new EventLog(io, false, () => nowMs).follow(node),
    (_target, node) => {
      const bob = { namespace: "demo", name: "bob", address: "tcp://10.0.0.1:1" };
      const hear = (i: number) =>
        node.peers.merge({ ...bob, key: identities[i].id, heardMs: Date.now() });
      for (const i of [0, 1, 2, 1]) hear(i);
      nowMs = 60_000;
      hear(2);
      return Promise.resolve();
    },
  );
  assertEquals(
    io.err.text,
    others.map((key) =>
      "synapse: warning: did not believe tcp://10.0.0.1:1, which goes by the name of bob " +
      `with the key ${key}: the name belongs to ${known}\n`
    ).join(""),
  );
});

Deno.test("EventLog.follow() tells of a seed that is away once a minute", async () => {
  const io = new FakeIo();
  let nowMs = 0;
  const clock = new FakeClock();
  await using node = new Node({ namespace: "demo" }, {
    clock,
    createDatagrams: () => new MemoryNetwork({ clock, random: () => 0 }).socket("a", 1),
  });
  new EventLog(io, false, () => nowMs).follow(node);
  for (const ms of [0, 59_999, 60_000]) {
    nowMs = ms;
    await node.discover({ seeds: ["memory://nobody"] });
  }
  assertEquals(io.err.text.match(/warning: Cannot [^\n]*nobody/g)?.length, 2);
});

Deno.test("EventLog.follow() tells of another name, and of packets that were dropped", async () => {
  const io = new FakeIo();
  const { id: holder, publicKey } = new Identity(new Uint8Array(32).fill(1));
  const listeners = new Map<string, (event: unknown) => Promise<void>>();
  const on = (name: string, listener: (event: unknown) => Promise<void>) =>
    listeners.set(name, listener);
  new EventLog(io, false).follow({ on } as unknown as Node);
  await listeners.get("renamed")!({ from: "alice", to: "alice-2", holder });
  await listeners.get("packetsDropped")!({ malformed: 3, flood: 1 });
  assertEquals(
    io.err.text,
    `synapse: goes by the name of alice-2 as alice is taken by ${fingerprint(publicKey)}\n` +
      "synapse: dropped packets of others: 3 malformed, 1 flood\n",
  );
});
