import { assertEquals, assertRejects } from "@std/assert";
import { RemoteError } from "../../core/errors.ts";
import { Identity } from "../../core/identity.ts";
import { Pair } from "../support/pair.ts";

const CAROL = { name: "carol", namespace: "lab", address: "tcp://10.0.0.3:9999" };
const IDENTITY = new Identity(new Uint8Array(32).fill(1));
const SELF = { name: "alice", namespace: "lab", kind: "node", key: IDENTITY.id };

function connect(limits?: { maxPeers: number }): Promise<Pair> {
  return Pair.connect({
    server: { name: "alice", namespace: "lab", limits, identity: IDENTITY },
    client: { name: "bob", namespace: "lab" },
  });
}

Deno.test("_synapse.join takes a peer in, and tells of the others", async () => {
  await using pair = await connect();
  const bob = { name: "bob", namespace: "lab" };
  assertEquals(await pair.remote.call("_synapse.join", [CAROL]), {
    accepted: true,
    self: SELF,
    peers: [CAROL, bob],
  });
  assertEquals(await pair.remote.call("_synapse.peers"), [CAROL, bob]);
  assertEquals(await pair.remote.call("get_peers"), ["carol", "bob"]);
  assertEquals(pair.server.peers.named("carol", "lab")?.addresses, [CAROL.address]);
});

Deno.test("_synapse.heartbeat keeps a peer that has joined", async () => {
  await using pair = await connect();
  await pair.remote.call("_synapse.join", [CAROL]);
  for (let i = 0; i < 5; i++) {
    await pair.clock.advance(6_000);
    assertEquals(await pair.remote.call("_synapse.heartbeat", [CAROL]), { ok: true, self: SELF });
  }
  assertEquals(await pair.remote.call("get_peers"), ["carol", "bob"]);
  await pair.clock.advance(11_000);
  assertEquals(await pair.remote.call("get_peers"), ["bob"]);
});

Deno.test("_synapse.join refuses what can't be a peer here, and says why", async () => {
  await using pair = await connect();
  const refused: [unknown, string][] = [
    [undefined, 'its namespace is not "lab"'],
    ["carol", 'its namespace is not "lab"'],
    [{ ...CAROL, namespace: "other" }, 'its namespace is not "lab"'],
    [{ name: "carol", namespace: "lab" }, "a name, a namespace and a tcp:// address"],
    [{ ...CAROL, address: "unix:///etc/passwd" }, "a name, a namespace and a tcp:// address"],
    [{ ...CAROL, address: "tcp://host" }, "its name or its address can't be one"],
    [{ ...CAROL, name: "a|b" }, "its name or its address can't be one"],
    [{ ...CAROL, name: "\u001b[2J" }, "its name or its address can't be one"],
    [{ ...CAROL, name: "x".repeat(65) }, "its name or its address can't be one"],
  ];
  for (const [peer, reason] of refused) {
    const call = () => pair.remote.call("_synapse.join", [peer]);
    const error = await assertRejects(call, RemoteError, reason);
    assertEquals(error.code, "invalid_params");
  }
  assertEquals(pair.server.peers.size, 0);
});

Deno.test("_synapse.join gives a name to whoever has it, until they are gone", async () => {
  await using pair = await connect();
  const second = { ...CAROL, address: "tcp://10.0.0.4:9999" };
  await pair.remote.call("_synapse.join", [CAROL]);
  for (const method of ["_synapse.join", "_synapse.heartbeat"]) {
    const call = () => pair.remote.call(method, [second]);
    const error = await assertRejects(
      call,
      RemoteError,
      "carol is the name of tcp://10.0.0.3:9999",
    );
    assertEquals(error.code, "name_taken");
  }
  assertEquals(pair.server.peers.named("carol", "lab")?.addresses, [CAROL.address]);
  await pair.clock.advance(11_000);
  await pair.remote.call("_synapse.join", [second]);
  assertEquals(pair.server.peers.named("carol", "lab")?.addresses[0], second.address);
});

Deno.test("_synapse.join under many names keeps the table within its bound", async () => {
  await using pair = await connect({ maxPeers: 10 });
  for (let i = 0; i < 100; i++) {
    await pair.remote.call("_synapse.join", [{ ...CAROL, name: `peer${i}` }]).catch(() => {});
  }
  assertEquals(pair.server.peers.size, 10);
});

Deno.test("_synapse.join takes who listens on all its addresses for where it is seen", async () => {
  await using pair = await connect();
  await pair.remote.call("_synapse.join", [{ ...CAROL, address: "tcp://0.0.0.0:9999" }]);
  const [address] = pair.server.peers.named("carol", "lab")!.addresses;
  assertEquals(address, "tcp://server-1:9999");
});
