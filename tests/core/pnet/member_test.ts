import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { parseAddress } from "../../../core/address.ts";
import { parsePipePacket } from "../../../core/codecs/pipe_packet.ts";
import { decodeBase64Url } from "../../../core/codecs/pnet_base64.ts";
import {
  DecodeError,
  EncodeError,
  SynapseError,
  TimeoutError,
  TransportError,
} from "../../../core/errors.ts";
import { PnetBasicNode } from "../../../core/pnet/basic_node.ts";
import { PnetMember } from "../../../core/pnet/member.ts";
import { nodePnetCrypto } from "../../../transports/pnet_crypto.ts";
import { playBack, TestNetwork } from "../../support/pnet_network.ts";
import {
  isKeyed,
  NETWORK,
  NETWORK_KEY,
  packetOf,
  privateKeyOf,
  vectorOf,
  VECTORS,
} from "../../support/pnet_vectors.ts";

const ADVERTS = VECTORS.filter((vector) => vector.direction === "udp");

for (const vector of ADVERTS) {
  const person = vector.name.endsWith("rsa1024") ? "carol" : "alice";
  const keyed = isKeyed(vector);

  Deno.test(`PnetMember.hear() reads a real node's ${vector.name}`, async () => {
    await using network = new TestNetwork();
    const bob = await network.join("bob", { keyed });
    assertEquals(bob.hear(packetOf(vector)), "joined");
    assertEquals(bob.hear(packetOf(vector)), "unchanged");
    const { address, publicKeyPem } = bob.peers.get(person)!;
    const port = Number(/:(233\d\d)$/.exec(vector.decoded!.plain ?? ":23303")![1]);
    assertEquals(address, { scheme: "tcp", host: "127.0.0.1", port, path: "" });
    assertEquals(publicKeyPem, privateKeyOf(person).publicKey.pem);
  });

  Deno.test(`PnetMember.advert() writes the bytes of a real node's ${vector.name}`, async () => {
    await using network = new TestNetwork();
    const { content } = packetOf(vector);
    const token = keyed
      ? decodeBase64Url(new TextDecoder().decode(decodeBase64Url(content, "")), "")
      : new Uint8Array(25);
    const seconds = Number(new DataView(token.buffer).getBigUint64(1));
    Object.assign(network.clock, { unixMs: () => seconds * 1000 });
    const crypto = { ...nodePnetCrypto, randomBytes: () => token.slice(9, 25) };
    const member = await network.join(person, { keyed, crypto });
    const place = /@([^:]+):(\d+)$/.exec(vector.decoded!.plain ?? "carol@127.0.0.1:23303")!;
    assertEquals(member.advert({ host: place[1], port: Number(place[2]) }), vector.text);
  });
}

Deno.test("PnetMember.advert() refuses an advert that would garble others' in real nodes", async () => {
  await using network = new TestNetwork();
  const key = privateKeyOf("alice");
  const pem = `-----BEGIN RSA PUBLIC KEY-----\n${"A".repeat(640)}\n-----END RSA PUBLIC KEY-----\n`;
  const world = { transport: network.transport, clock: network.clock, crypto: nodePnetCrypto };
  const create = (length: number) =>
    new PnetMember({ network: NETWORK, name: "a".repeat(length) }, world, {
      ...key,
      publicKey: { ...key.publicKey, pem },
    });
  const place = { host: "127.0.0.1", port: 1 };
  const room = 1024 - create(1).advert(place).length;
  assertEquals(create(1 + room).advert(place).length, 1024);
  assertThrows(() => create(2 + room).advert(place), EncodeError, "1024");
});

Deno.test("PnetMember.hear() refuses adverts of others, and those that aren't any", async () => {
  await using network = new TestNetwork();
  const bob = await network.join("bob", { keyed: false });
  const advert = packetOf(vectorOf("adv.plain"));
  for (
    const broken of [
      { network: "other" },
      { type: "msg" },
      { content: "alice@300.1.1.1:1" },
      { content: "alice@example.org:1" },
      { content: "alice" },
      { content: packetOf(vectorOf("adv.encrypted")).content },
      { key: "" },
      { key: "A".repeat(5_000) },
    ]
  ) assertThrows(() => bob.hear({ ...advert, ...broken }), DecodeError);
  assertEquals(bob.peers.size, 0);
  assertEquals(bob.hear({ ...advert, content: "bob@127.0.0.1:1" }), "self");
});

Deno.test("PnetMember.ask() waits for the advert of somebody who isn't known yet", async () => {
  await using network = new TestNetwork();
  const alice = await network.join("alice");
  const answer = alice.ask("bob", "hi");
  await network.clock.advance(20_000);
  await playBack(network, "bob", [vectorOf("netkey.rsp.str").text]);
  assertEquals(await answer, "hello €");
  assertEquals(network.clock.pendingTimers, 0);
});

Deno.test("PnetMember.ask() gives up in time on somebody of whom nobody has heard", async () => {
  await using network = new TestNetwork();
  const alice = await network.join("alice");
  const asked = assertRejects(() => alice.ask("bob", "hi", { timeoutMs: 100 }), TimeoutError);
  await network.clock.advance(100);
  assertEquals((await asked).operation, "ask bob");
  assertEquals(network.clock.pendingTimers, 0);
});

Deno.test("PnetMember.ask() gives up in time on a server that is silent, and closes", async () => {
  await using network = new TestNetwork();
  const alice = await network.join("alice");
  const bob = await network.join("bob");
  new PnetBasicNode(bob, { onmessage: () => new Promise(() => {}) });
  const asked = assertRejects(() => alice.ask("bob", "hi", { timeoutMs: 100 }), TimeoutError);
  await network.clock.advance(99);
  assertEquals(bob.connections, 1);
  await network.clock.advance(1);
  await asked;
  assertEquals([bob.connections, network.clock.pendingTimers], [0, 0]);
});

Deno.test("PnetMember.ask() rejects with the signal's own reason", async () => {
  await using network = new TestNetwork();
  const alice = await network.join("alice");
  const controller = new AbortController();
  const asked = alice.ask("nobody", "hi", { signal: controller.signal });
  const reason = new Error("changed my mind");
  controller.abort(reason);
  assertEquals(await assertRejects(() => asked), reason);
});

Deno.test("PnetMember.ask() fails when nothing listens there", async () => {
  await using network = new TestNetwork();
  const alice = await network.join("alice");
  alice.peers.add({
    name: "bob",
    address: parseAddress("memory://nowhere"),
    publicKeyPem: privateKeyOf("bob").publicKey.pem,
  });
  const error = await assertRejects(() => alice.ask("bob", "hi"), TransportError);
  assertEquals(error.code, "unreachable");
});

Deno.test("PnetMember.ask() refuses answers that are too long, not UTF-8, or no answer", async () => {
  for (
    const [answer, code] of [
      [`labnet|rsp|${"A".repeat(5_000)}|k|END\n`, "limit_exceeded"],
      ["nonsense\n", "protocol_error"],
      ["labnet|rsp|AAAA||END\n", "protocol_error"],
      [vectorOf("nokey.rsp.str").text, "protocol_error"],
      ["", "connection_lost"],
    ]
  ) {
    await using network = new TestNetwork();
    const alice = await network.join("alice", { limits: { maxPacketBytes: 4_096 } });
    await playBack(network, "bob", [answer]);
    const error = await assertRejects(() => alice.ask("bob", "hi"), SynapseError);
    assertEquals(error.code, code, answer.slice(0, 40));
  }
});

Deno.test("PnetMember works with keys of every size, both ways", async () => {
  await using network = new TestNetwork();
  for (const person of ["alice", "carol", "dave"] as const) {
    const member = await network.join(person);
    new PnetBasicNode(member, { onmessage: (value) => `${person}: ${value}` });
  }
  for (const from of network.members) {
    for (const to of network.members) {
      if (from === to) continue;
      assertEquals(await from.ask(to.name, "hi"), `${to.name}: hi`);
    }
  }
});

Deno.test("PnetMember.create() draws a key, and takes one that was kept", async () => {
  const network = new TestNetwork();
  const world = { transport: network.transport, clock: network.clock, crypto: nodePnetCrypto };
  const first = await PnetMember.create({ network: "lab", name: "a", keyBits: 512 }, world);
  const { privateKeyPem } = first;
  const second = await PnetMember.create({ network: "lab", name: "a", privateKeyPem }, world);
  assertEquals(second.publicKeyPem, first.publicKeyPem);
});

Deno.test("PnetMember.create() refuses names and keys that pnet can't carry", async () => {
  const network = new TestNetwork();
  const world = { transport: network.transport, clock: network.clock, crypto: nodePnetCrypto };
  const { privateKeyPem } = await network.join("alice");
  const good = { network: "lab", name: "a", privateKeyPem };
  for (const bad of [{ name: "a|b" }, { name: "" }, { network: "" }, { network: "l|b" }]) {
    await assertRejects(() => PnetMember.create({ ...good, ...bad }, world), EncodeError);
  }
  for (const bad of [{ privateKeyPem: "x" }, { networkKey: NETWORK_KEY.slice(4) }]) {
    await assertRejects(() => PnetMember.create({ ...good, ...bad }, world), DecodeError);
  }
  await assertRejects(
    () => PnetMember.create({ ...good, limits: { maxPeers: 0 } }, world),
    RangeError,
    "maxPeers",
  );
  await network.close();
});

Deno.test("PnetMember.close() cuts what is being served, frees the address, and refuses to ask", async () => {
  const network = new TestNetwork();
  const bob = await network.join("bob");
  const gone = Promise.withResolvers<void>();
  new PnetBasicNode(bob, {
    onmessage: (_value, _sender, signal) => {
      signal.addEventListener("abort", () => gone.resolve());
      return new Promise(() => {});
    },
  });
  const answer = network.say("bob", vectorOf("netkey.msg.str").text);
  await network.clock.runMicrotasks();
  await bob.close();
  await gone.promise;
  assertEquals(await answer, "");
  assertEquals(network.clock.pendingTimers, 0);
  await assertRejects(() => bob.ask("alice", "hi"), SynapseError, "closed");
  await network.transport.listen(parseAddress("memory://bob"), () => {});
});

Deno.test("parsePipePacket() reads what PnetMember.advert() writes", async () => {
  await using network = new TestNetwork();
  const alice = await network.join("alice");
  const bob = await network.join("bob");
  bob.peers.remove("alice");
  const packet = parsePipePacket(alice.advert({ host: "10.0.0.1", port: 7 }).trimEnd());
  assertEquals(bob.hear(packet!), "joined");
});
