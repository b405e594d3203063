import { assert, assertEquals, assertRejects } from "@std/assert";
import { SynapseError, TransportError } from "../../core/errors.ts";
import type { PeerAnswer } from "../../core/target.ts";
import { Identity } from "../../core/identity.ts";
import { Lan } from "../support/lan.ts";
import { Pair } from "../support/pair.ts";

async function collect(answers: AsyncIterable<PeerAnswer>): Promise<PeerAnswer[]> {
  const all: PeerAnswer[] = [];
  for await (const answer of answers) all.push(answer);
  return all;
}

/** Runs something that waits for time to pass. */
async function passing<T>(lan: Lan, ms: number, running: Promise<T>): Promise<T> {
  running.catch(() => {});
  await lan.clock.advance(ms);
  return await running;
}

Deno.test("Nodes that advertise find each other, and say so", async () => {
  await using lan = new Lan();
  const alice = lan.node("alice");
  const joined: string[] = [];
  alice.on("peerJoined", ({ peer }) => joined.push(peer.name));
  await alice.listen("tcp://10.0.0.1:9999");
  await alice.advertise();
  await lan.serve("bob");
  await lan.serve("carol");
  await lan.clock.advance(300);
  assertEquals(joined.sort(), ["bob", "carol"]);
  assertEquals(alice.peers.named("bob", "lab")?.addresses, ["tcp://10.0.0.2:9999"]);
});

Deno.test("Node.discover() finds without being found", async () => {
  await using lan = new Lan();
  const bob = await lan.serve("bob");
  const looker = lan.node("");
  await looker.discover();
  await lan.clock.advance(3_000);
  assertEquals(looker.peers.list().map((peer) => peer.name), ["bob"]);
  assertEquals(bob.peers.size, 0);
});

Deno.test("Node.advertise() wants a TCP address to be called at", async () => {
  await using lan = new Lan();
  const error = await assertRejects(() => lan.node("mute").advertise(), SynapseError);
  assertEquals(error.code, "not_supported");
});

Deno.test("Node.discover() says where there is no broadcast", async () => {
  await using pair = await Pair.connect();
  const error = await assertRejects(() => pair.client.discover(), SynapseError);
  assertEquals(error.code, "not_supported");
});

Deno.test("A peer is called by its name, connected when first needed and kept", async () => {
  await using lan = new Lan();
  await lan.serve("bob", { sum: (a: number, b: number) => a + b });
  const alice = await lan.serve("alice");
  await lan.clock.advance(300);
  const bob = alice.target("bob");
  assertEquals(await bob.fn.sum(1, 2), 3);
  assertEquals(await bob.call("sum", [3, 4]), 7);
  assertEquals(alice.connections.length, 1);
  assertEquals(alice.peers.named("bob", "lab")?.state, "connected");
});

Deno.test("A call by name waits for the peer, within its deadline", async () => {
  await using lan = new Lan();
  const alice = await lan.serve("alice");
  const early = alice.target("bob").call("hello");
  early.catch(() => {});
  await lan.clock.advance(100);
  await lan.serve("bob", { hello: () => "hello" });
  assertEquals(await passing(lan, 300, early), "hello");
  const late = alice.target("nobody").call("hello", [], { timeoutMs: 500 });
  const error = await assertRejects(() => passing(lan, 500, late), TransportError);
  assertEquals([error.code, error.url], ["unreachable", "nobody@lab"]);
});

Deno.test("A call by name is given up with its signal's own reason", async () => {
  await using lan = new Lan();
  const alice = await lan.serve("alice");
  const controller = new AbortController();
  const call = alice.target("bob").call("hello", [], { signal: controller.signal });
  const reason = new Error("enough");
  controller.abort(reason);
  assertEquals(await assertRejects(() => call), reason);
});

Deno.test("Node.broadcast() gives everybody's answer, failures included", async () => {
  await using lan = new Lan();
  await lan.serve("bob", { who: () => "bob" });
  await lan.serve("carol", {
    who: () => {
      throw new SynapseError("shy", "Cannot say");
    },
  });
  const alice = await lan.serve("alice");
  await lan.clock.advance(300);
  const answers = await collect(alice.broadcast("who"));
  const told = answers.map(({ peer, result, error }) => [peer.name, result ?? error?.message]);
  assertEquals(told.sort(), [["bob", "bob"], ["carol", "Cannot say"]]);
});

Deno.test("A slow peer holds up nobody else", async () => {
  await using lan = new Lan();
  await lan.serve("slow", { who: () => new Promise(() => {}) });
  await lan.serve("bob", { who: () => "bob" });
  await lan.serve("carol", { who: () => "carol" });
  const alice = await lan.serve("alice");
  await lan.clock.advance(1_000);
  const answers = alice.broadcast("who", [], { timeoutMs: 1_000 });
  const first = [(await answers.next()).value, (await answers.next()).value];
  assertEquals(first.map(({ peer }) => peer.name).sort(), ["bob", "carol"]);
  const last = await passing(lan, 1_000, answers.next());
  assertEquals((last.value.error as SynapseError).code, "deadline_exceeded");
  assert((await answers.next()).done);
});

Deno.test("No more are called at once than told", async () => {
  await using lan = new Lan();
  let running = 0;
  let most = 0;
  const who = async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => lan.clock.after(10, () => resolve(undefined)));
    running--;
  };
  for (let i = 0; i < 7; i++) await lan.serve(`node${i}`, { who });
  const alice = await lan.serve("alice");
  await lan.clock.advance(500);
  const answers = collect(alice.broadcast("who", [], { concurrency: 3 }));
  assertEquals((await passing(lan, 100, answers)).length, 7);
  assertEquals(most, 3);
});

Deno.test("Leaving a broadcast early cancels what is under way", async () => {
  await using lan = new Lan();
  let isCancelled = false;
  const slow = lan.node("slow");
  slow.endpoint("who", { context: true }, ({ signal }: { signal: AbortSignal }) => {
    signal.addEventListener("abort", () => isCancelled = true);
    return new Promise(() => {});
  });
  await slow.listen("tcp://10.0.0.1:9999");
  await slow.advertise();
  await lan.serve("bob", { who: () => "bob" });
  const alice = await lan.serve("alice");
  await lan.clock.advance(300);
  for await (const { result } of alice.broadcast("who")) {
    assertEquals(result, "bob");
    break;
  }
  await lan.clock.advance(10);
  assert(isCancelled);
});

Deno.test("A target of several names asks just those, and says who isn't there", async () => {
  await using lan = new Lan();
  await lan.serve("bob", { who: () => "bob" });
  await lan.serve("carol", { who: () => "carol" });
  const alice = await lan.serve("alice");
  await lan.clock.advance(300);
  const answers = collect(alice.target(["bob", "dave"]).call("who", [], { timeoutMs: 500 }));
  const told = (await passing(lan, 500, answers)).map(({ peer, result, error }) => [
    peer.name,
    result ?? (error as SynapseError).code,
  ]);
  assertEquals(told, [["bob", "bob"], ["dave", "unreachable"]]);
});

Deno.test("A target that names somebody twice asks them once", async () => {
  await using lan = new Lan();
  let asked = 0;
  await lan.serve("bob", { who: () => ++asked });
  const alice = await lan.serve("alice");
  await lan.clock.advance(300);
  const answers = await passing(lan, 100, collect(alice.target(["bob", "bob"]).call("who")));
  assertEquals([answers.map(({ result }) => result), asked], [[1], 1]);
});

Deno.test("A peer that leaves is nobody to call, and connected to anew when it comes back", async () => {
  await using lan = new Lan();
  const identity = new Identity(new Uint8Array(32).fill(1));
  const bob = await lan.serve("bob", { who: () => "old" }, { identity });
  const alice = await lan.serve("alice");
  assertEquals(await alice.target("bob").call("who"), "old");
  await passing(lan, 5_000, bob.close(0));
  const gone = alice.target("bob").call("who", [], { timeoutMs: 500 });
  await assertRejects(() => passing(lan, 500, gone), TransportError, "nobody of that name");
  await lan.serve("bob", { who: () => "new" }, { identity });
  assertEquals(await alice.target("bob").call("who"), "new");
});

Deno.test("A name whose key has changed is not called under the new one", async () => {
  await using lan = new Lan();
  const bob = await lan.serve("bob", { who: () => "bob" });
  const alice = await lan.serve("alice");
  const changed: string[] = [];
  alice.on("peerKeyChanged", ({ observation }) => changed.push(observation.name));
  await passing(lan, 5_000, bob.close(0));
  await lan.serve("bob", { who: () => "mallory" });
  const call = alice.target("bob").call("who", [], { timeoutMs: 500 });
  await assertRejects(() => passing(lan, 500, call), TransportError);
  assertEquals(changed[0], "bob");
});

Deno.test("A seed makes nodes known to each other that hear no broadcast", async () => {
  await using lan = new Lan();
  const seed = lan.node("seed");
  await seed.listen("tcp://10.0.0.1:9999");
  const nodes = [lan.node("bob"), lan.node("carol")];
  for (const [i, node] of nodes.entries()) {
    node.endpoint("who", () => node.name);
    await node.listen(`tcp://10.0.0.${i + 2}:9999`);
    await node.advertise({ seeds: ["tcp://10.0.0.1:9999"] });
  }
  await lan.clock.advance(4_100);
  assertEquals(seed.peers.list().map((peer) => peer.name).sort(), ["bob", "carol"]);
  assertEquals(await nodes[0].target("carol").call("who"), "carol");
});

Deno.test("The second of one name at a seed takes another, and says so", async () => {
  await using lan = new Lan();
  const seed = lan.node("seed");
  await seed.listen("tcp://10.0.0.1:9999");
  const renamed: unknown[] = [];
  const nodes = [lan.node("bob"), lan.node("bob"), lan.node("seed")];
  for (const [i, node] of nodes.entries()) {
    node.on("renamed", (event) => renamed.push(event));
    await node.listen(`tcp://10.0.0.${i + 2}:9999`);
    // Nobody hears broadcasts.
    await node.advertise({ seeds: ["tcp://10.0.0.1:9999"], port: 4000 + i });
  }
  await lan.clock.advance(10_000);
  assertEquals(nodes.map(({ name }) => name), ["bob", "bob-2", "seed-2"]);
  assertEquals(renamed, [
    { from: "bob", to: "bob-2", holder: undefined },
    { from: "seed", to: "seed-2", holder: undefined },
  ]);
  assertEquals(seed.peers.list().map((peer) => peer.name).sort(), ["bob", "bob-2", "seed-2"]);
});

Deno.test("A node that is its own seed keeps its name", async () => {
  await using lan = new Lan();
  const alice = lan.node("alice");
  await alice.listen("tcp://10.0.0.1:9999");
  await alice.advertise({ seeds: ["tcp://10.0.0.1:9999"] });
  await lan.clock.advance(20_000);
  assertEquals(alice.name, "alice");
});

Deno.test("A seed that is away is told of once, however often it is asked", async () => {
  await using lan = new Lan();
  const bob = lan.node("bob");
  const warnings: string[] = [];
  bob.on("discoveryWarning", ({ error }) => warnings.push(error.message));
  await bob.discover({ seeds: ["tcp://10.0.0.9:9999"] });
  await lan.clock.advance(60_000);
  assertEquals(warnings.length, 1);
});

Deno.test("A signed value is verified once, by its signer's key", async () => {
  await using lan = new Lan();
  const alice = lan.node("alice");
  const bob = lan.node("bob");
  const envelope = alice.sign({ price: 5 });
  assertEquals(bob.verify(envelope).value, { price: 5 });
  assertEquals(bob.verify(alice.sign(1)).key, alice.identity.id);
  const refusals = [envelope, { ...alice.sign(5), value: 6 }];
  const codes = refusals.map((refused) => {
    try {
      bob.verify(refused);
      return undefined;
    } catch (error) {
      return (error as SynapseError).code;
    }
  });
  assertEquals(codes, ["replayed", "tampered"]);
});

Deno.test("Calls made at once share one connection", async () => {
  await using lan = new Lan();
  await lan.serve("bob", { who: () => "bob" });
  const alice = await lan.serve("alice");
  const calls = [1, 2, 3].map(() => alice.target("bob").call("who"));
  assertEquals(await passing(lan, 100, Promise.all(calls)), ["bob", "bob", "bob"]);
  assertEquals(alice.connections.length, 1);
});

Deno.test("A caller that gives up a dial doesn't take it from others", async () => {
  await using lan = new Lan();
  await lan.serve("bob", { who: () => "bob" });
  const alice = await lan.serve("alice");
  const controller = new AbortController();
  const first = alice.target("bob").call("who", [], { signal: controller.signal });
  const second = alice.target("bob").call("who");
  await Promise.resolve();
  const reason = new Error("enough");
  controller.abort(reason);
  assertEquals(await assertRejects(() => first), reason);
  assertEquals(await passing(lan, 100, second), "bob");
});

Deno.test("A closed node looks for nobody", async () => {
  await using lan = new Lan();
  const alice = lan.node("alice");
  await alice.close();
  const error = await assertRejects(() => alice.discover(), SynapseError);
  assertEquals(error.code, "cancelled");
});
