import { assertEquals, assertRejects } from "@std/assert";
import { parseAddress } from "../../../core/address.ts";
import { TransportError } from "../../../core/errors.ts";
import { PnetCommandNode } from "../../../core/pnet/command_node.ts";
import type { MessageEntry } from "../../../core/trace.ts";
import { PnetBeacon } from "../../../core/pnet/beacon.ts";
import { createPnetCalls } from "../../../core/pnet/protocol.ts";
import { MemoryTransport } from "../../../transports/memory.ts";
import { MemoryNetwork } from "../../support/memory_datagrams.ts";
import { createNode } from "../../support/pair.ts";
import { TestNetwork } from "../../support/pnet_network.ts";

Deno.test("pnet:// says that nobody of that name was heard, and leaves nothing behind", async () => {
  await using network = new TestNetwork();
  const { clock } = network;
  const air = new MemoryNetwork({ clock, random: () => 0 });
  const node = createNode(new MemoryTransport(), clock);
  node.speak(createPnetCalls(async () => {
    const member = await network.join("carol", { keyed: false });
    const transport = air.socket("10.0.0.1", 3334);
    const beacon = new PnetBeacon({
      member,
      transport,
      clock,
      random: () => 0.5,
      listening: () => undefined,
      warn: () => {},
    });
    return { member, beacon };
  }));
  const refused = assertRejects(() => node.connect("pnet://lab/nobody"), TransportError);
  await clock.advance(6_000);
  const error = await refused;
  assertEquals([error.code, error.url], ["unreachable", "pnet://lab/nobody"]);
  const [member] = network.members;
  await assertRejects(() => member.ask("nobody", "hello"), Error, "as it is closed");
});

Deno.test("a packet to a node that serves pnet is told of, and its answer", async () => {
  await using network = new TestNetwork();
  const { clock } = network;
  const alice = await network.join("alice", { keyed: false });
  const bob = await network.join("bob", { keyed: false });
  new PnetCommandNode(alice).register("add", (a: number, b: number) => a + b);
  const entries: MessageEntry[] = [];
  await network.transport.listen(
    parseAddress("memory://traced"),
    (channel) => void alice.accept(channel, undefined, (entry) => void entries.push(entry)),
  );
  bob.peers.add({ ...bob.peers.get("alice")!, address: parseAddress("memory://traced") });
  const called = new PnetCommandNode(bob).target("alice").call("add", [1, 2]);
  await clock.advance(1);
  assertEquals(await called, 3);
  assertEquals(
    entries.slice(0, 2).map(({ direction, type, dialect }) => [direction, type, dialect]),
    [
      ["in", "msg", "pnet"],
      ["out", "rsp", "pnet"],
    ],
  );
  assertEquals(entries.every(({ bytes = 0 }) => bytes > 100), true);
});
