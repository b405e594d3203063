import { assertEquals, assertRejects } from "@std/assert";
import { parseAddress } from "../../../core/address.ts";
import { RemoteError } from "../../../core/errors.ts";
import type { Node } from "../../../core/node.ts";
import type { SwarmPlace } from "../../../core/synapse/swarm_node.ts";
import { speakSynapse, SWARM_ID_BYTES } from "../../../core/synapse/swarm_node.ts";
import { Lan } from "../../support/lan.ts";

/** A node on a machine of its own that listens, and is in a swarm. */
async function join(lan: Lan, name: string, host: string, place?: SwarmPlace) {
  const node: Node = lan.node(name);
  const id = new Uint8Array(SWARM_ID_BYTES).fill(name.charCodeAt(0));
  const protocol = speakSynapse(node, id, place);
  node.endpoint("sum", (a: number, b: number) => a + b);
  await node.listen(`tcp://${host}:9999`);
  const events: string[] = [];
  node.on("peerJoined", ({ peer }) => events.push(`${peer.name} joined at ${peer.addresses[0]}`));
  node.on("peerOffline", ({ peer }) => events.push(`${peer.name} is offline`));
  return { node, swarm: protocol.swarm, events };
}

/** What is asked of others is answered within so much time. */
async function passing<T>(lan: Lan, running: Promise<T>): Promise<T> {
  running.catch(() => {});
  await lan.clock.advance(100);
  return await running;
}

Deno.test("members of a swarm are a node's peers, and offline after 20 s of silence", async () => {
  await using lan = new Lan();
  const alice = await join(lan, "alice", "10.0.0.1");
  const bob = await join(lan, "bob", "10.0.0.2");
  await passing(lan, bob.swarm.join(parseAddress("synapse://10.0.0.1:9999")));
  assertEquals(alice.events, ["bob joined at synapse://10.0.0.2:9999"]);
  assertEquals(bob.events, ["alice joined at synapse://10.0.0.1:9999"]);
  await lan.clock.advance(120_000);
  assertEquals(alice.events.length, 1);

  const remote = await passing(lan, bob.node.connect(alice.node.peers.list()[0].addresses[0]));
  assertEquals(await passing(lan, remote.call("sum", [1, 2])), 3);

  await bob.node.close(0);
  await lan.clock.advance(30_000);
  assertEquals(alice.events, ["bob joined at synapse://10.0.0.2:9999", "bob is offline"]);
});

Deno.test("a node of another team isn't taken in", async () => {
  await using lan = new Lan();
  await join(lan, "alice", "10.0.0.1", { team: "red" });
  const bob = await join(lan, "bob", "10.0.0.2", { team: "blue" });
  const joined = bob.swarm.join(parseAddress("synapse://10.0.0.1:9999"));
  const error = await assertRejects(() => passing(lan, joined), RemoteError);
  assertEquals(error.code, "bad_request");
});

Deno.test("a broadcast reaches the swarm, and replies come back once", async () => {
  await using lan = new Lan();
  const replies: unknown[] = [];
  const alice = await join(lan, "alice", "10.0.0.1", {
    onReply: ({ peer, result }) => void replies.push([peer.name, result]),
  });
  const members = [await join(lan, "bob", "10.0.0.2"), await join(lan, "carol", "10.0.0.3")];
  for (const { node, swarm } of members) {
    node.endpoint("price", (of: string, broadcast: unknown) => {
      void swarm.reply(broadcast as never, `${of} costs 1`);
    });
    await passing(lan, swarm.join(parseAddress("synapse://10.0.0.1:9999")));
  }
  await lan.clock.advance(10_000);
  await passing(lan, alice.swarm.broadcast("price", ["tea"]));
  await lan.clock.advance(10_000);
  assertEquals(replies.sort(), [["bob", "tea costs 1"], ["carol", "tea costs 1"]]);
});
