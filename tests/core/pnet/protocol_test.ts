import { assertEquals, assertRejects } from "@std/assert";
import { TransportError } from "../../../core/errors.ts";
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
