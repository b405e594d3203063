import { assertEquals } from "@std/assert";
import { createP2pService } from "../../../core/p2p_network/protocol.ts";
import { createNode } from "../../support/pair.ts";
import { TestP2pNetwork } from "../../support/p2p_network.ts";

Deno.test("createP2pService() lets a node take p2p connections where it takes its own", async () => {
  await using network = new TestP2pNetwork();
  const { transport, clock } = network;
  const [alice, bob] = [await network.join("alice"), await network.join("bob")];
  const served = createNode(transport, clock, {}, { sum: (a: number, b: number) => a + b });
  served.speak(createP2pService(bob.node));
  assertEquals(served.dialects, ["msgpack-rpc", "p2pnetwork"]);
  await served.listen("memory://shared");

  const peer = await network.connect(alice, "shared");
  await peer.send({ hello: "world" });
  const client = createNode(transport, clock);
  assertEquals(await client.call("memory://shared", "sum", [1, 2]), 3);
  assertEquals(bob.messages, [{ hello: "world" }]);
  const raw = await (await network.dial("shared")).write("lab|zzz|");
  assertEquals([raw.isClosed, raw.text], [true, ""]);

  const closed = Promise.all([client.close(), served.close()]);
  await clock.advance(10_000);
  await closed;
  assertEquals([peer.isConnected, bob.node.allNodes.size], [false, 0]);
});

Deno.test("A handshake on a shared listener may be cut anywhere", async () => {
  await using network = new TestP2pNetwork();
  const bob = await network.join("bob");
  const served = createNode(network.transport, network.clock);
  served.speak(createP2pService(bob.node));
  await served.listen("memory://shared");
  for (const opening of ["node-a:80", "node-a:24301", `${"0f".repeat(64)}:8001`]) {
    for (let cut = 1; cut < opening.length; cut++) {
      const raw = await network.dial("shared");
      await raw.write(opening.slice(0, cut));
      await network.clock.advance(50);
      await raw.write(opening.slice(cut));
      await network.clock.advance(100);
      assertEquals(raw.text, "bob", `${opening} cut at ${cut}`);
      const [peer] = bob.node.nodesInbound;
      assertEquals(`${peer.id}:${peer.port}`, opening, `cut at ${cut}`);
      await raw.close();
    }
  }
  await served.close();
});
