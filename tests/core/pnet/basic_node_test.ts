import { assertEquals, assertRejects } from "@std/assert";
import { SynapseError } from "../../../core/errors.ts";
import { PnetBasicNode } from "../../../core/pnet/basic_node.ts";
import { TestNetwork } from "../../support/pnet_network.ts";

for (const keyed of [true, false]) {
  Deno.test(`PnetBasicNode.send() carries text and bytes ${keyed ? "with" : "without"} a network key`, async () => {
    await using network = new TestNetwork();
    const alice = new PnetBasicNode(await network.join("alice", { keyed }), {
      onmessage: () => "",
    });
    new PnetBasicNode(await network.join("bob", { keyed }), { onmessage: (value) => value });
    for (const value of ["", "é|&=?\n", new Uint8Array(), new Uint8Array([0, 0x7c, 255])]) {
      assertEquals(await alice.send("bob", value), value);
    }
  });
}

Deno.test("PnetBasicNode.send() asks several, and each alone can fail", async () => {
  await using network = new TestNetwork();
  const alice = new PnetBasicNode(await network.join("alice"), { onmessage: () => "" });
  new PnetBasicNode(await network.join("bob"), { onmessage: (value) => `bob: ${value}` });
  new PnetBasicNode(await network.join("carol"), {
    onmessage: () => Promise.reject(new Error("kaboom")),
  });
  for (const targets of ["*", ["bob", "carol"]] as const) {
    const outcomes = await alice.send(targets, "hi");
    assertEquals([...outcomes.keys()], ["bob", "carol"]);
    assertEquals(outcomes.get("bob"), { status: "fulfilled", value: "bob: hi" });
    assertEquals(outcomes.get("carol")?.status, "rejected");
  }
  const error = await assertRejects(() => alice.send("carol", "hi"), SynapseError) as SynapseError;
  assertEquals(error.code, "connection_lost");
});

Deno.test("PnetBasicNode.send() fails between networks of different keys and names, with the server's code", async () => {
  for (
    const [options, code] of [
      [{ keyed: false }, "ERR_NET_DECRYPTION_FAILED"],
      [{ network: "other" }, "ERR_NETWORK_INCORRECT"],
    ] as const
  ) {
    await using network = new TestNetwork();
    const alice = new PnetBasicNode(await network.join("alice", options), { onmessage: () => "" });
    new PnetBasicNode(await network.join("bob"), { onmessage: (value) => value });
    const error = await assertRejects(() => alice.send("bob", "hi"), SynapseError) as SynapseError;
    assertEquals(error.code, code);
  }
});
