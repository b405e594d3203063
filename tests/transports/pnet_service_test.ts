/** pnet as one of a node's protocols, over real sockets. */
import { assertEquals, assertRejects } from "@std/assert";
import { createSocket } from "node:dgram";
import { Node } from "../../mod.ts";
import type { PnetMember } from "../../core/pnet/member.ts";
import { pnetCalls, servePnet } from "../../transports/pnet.ts";

const NETWORK_KEY = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

/** A UDP port that nobody else finds others on. */
async function quietPort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}

for (const networkKey of [undefined, NETWORK_KEY]) {
  const network = `${networkKey === undefined ? "without" : "with"} a network key`;

  Deno.test(`a node serves pnet and its own protocol on one port, ${network}`, async () => {
    const options = { port: await quietPort(), networkKey };
    await using alice = new Node({ namespace: "lab", name: "alice" });
    alice.endpoint("sum", (a: number, b: number) => a + b);
    await servePnet(alice, { ...options, keyBits: 512 });
    const { address } = await alice.listen("tcp://127.0.0.1:0");
    assertEquals(alice.dialects.includes("pnet"), true);

    await using caller = new Node().speak(pnetCalls(options));
    const remote = await caller.connect("pnet://lab/alice");
    assertEquals(await remote.call("sum", [1, 2]), 3);
    assertEquals(await remote.call("sum", [1], { kwargs: { b: 2 } }), 3);
    assertEquals(await remote.fn.sum(2, 3), 5);
    assertEquals((await remote.methods()).map(({ name }) => name), [
      "get_peers",
      "get_funcs",
      "sum",
    ]);
    assertEquals(await remote.ping() > 0, true);
    assertEquals(await caller.call(`127.0.0.1:${address.port}`, "sum", [3, 4]), 7);
  });
}

Deno.test("a node that pnet reaches ends its adverts when it closes", async () => {
  const port = await quietPort();
  const node = new Node({ namespace: "lab", name: "alice" });
  const member: PnetMember = await servePnet(node, { port, keyBits: 512 });
  await node.listen("tcp://127.0.0.1:0");
  await node.close();
  await assertRejects(() => member.ask("nobody", "hello"), Error, "as it is closed");
});

Deno.test("servePnet() refuses a key that is none, and a name that pnet can't carry", async () => {
  await using node = new Node({ namespace: "lab", name: "alice" });
  await assertRejects(() => servePnet(node, { networkKey: "short" }), Error, "Fernet key");
  await using bad = new Node({ namespace: "lab", name: "a|b" });
  await assertRejects(() => servePnet(bad, { keyBits: 512 }), Error, "name");
});
