import { assertEquals } from "@std/assert";
import { PnetBeacon } from "../../../core/pnet/beacon.ts";
import type { PnetMember } from "../../../core/pnet/member.ts";
import { MemoryNetwork } from "../../support/memory_datagrams.ts";
import { TestNetwork } from "../../support/pnet_network.ts";
import type { Person } from "../../support/pnet_vectors.ts";

/** Two members that know each other from adverts alone, if at all. */
class Air implements AsyncDisposable {
  readonly network = new TestNetwork();
  readonly air = new MemoryNetwork({ clock: this.network.clock, random: () => 0 });
  /** What was sent, a line each. */
  readonly sent: string[] = [];
  readonly #beacons: PnetBeacon[] = [];

  constructor() {
    this.air.wiretap = (datagram) => this.sent.push(new TextDecoder().decode(datagram));
  }

  async beacon(
    person: Person,
    host: string,
    options: { keyed?: boolean; listens?: boolean } = {},
  ): Promise<PnetMember> {
    const { keyed = false, listens = true } = options;
    const member = await this.network.join(person, { keyed });
    for (const name of member.peers.names) member.peers.remove(name);
    const beacon = new PnetBeacon({
      member,
      transport: this.air.socket(host, 3334),
      clock: this.network.clock,
      random: () => 0.5,
      listening: () => listens ? { host: "0.0.0.0", port: 3333 } : undefined,
      warn: () => {},
    });
    this.#beacons.push(beacon);
    await beacon.start();
    return member;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const beacon of this.#beacons) await beacon.stop();
    await this.network[Symbol.asyncDispose]();
  }
}

for (const keyed of [false, true]) {
  Deno.test(`PnetBeacon tells others every 2.5 s, ${keyed ? "with" : "without"} a network key`, async () => {
    await using air = new Air();
    const alice = await air.beacon("alice", "10.0.0.1", { keyed });
    const bob = await air.beacon("bob", "10.0.0.2", { keyed });
    alice.peers.remove("bob");
    bob.peers.remove("alice");
    await air.network.clock.advance(2_499);
    assertEquals([alice.peers.names, air.sent.length], [["bob"], 2]);
    await air.network.clock.advance(1);
    assertEquals([alice.peers.names, bob.peers.names, air.sent.length], [["bob"], ["alice"], 4]);
    const { host, port } = bob.peers.get("alice")!.address;
    assertEquals([host, port], ["10.0.0.1", 3333]);
    assertEquals(bob.peers.get("alice")!.publicKeyPem, alice.publicKeyPem);
  });
}

Deno.test("PnetBeacon says nothing of a node that takes no connections, and hears all the same", async () => {
  await using air = new Air();
  const caller = await air.beacon("carol", "10.0.0.3", { listens: false });
  await air.beacon("alice", "10.0.0.1");
  await air.network.clock.advance(2_500);
  assertEquals(caller.peers.names, ["alice"]);
  assertEquals(air.sent.filter((line) => line.includes("carol")), []);
});

Deno.test("PnetBeacon leaves alone what is no advert of its network", async () => {
  await using air = new Air();
  const alice = await air.beacon("alice", "10.0.0.1");
  const stranger = air.air.socket("10.0.0.9", 3334);
  const [advert] = air.sent;
  const forged = advert.replace("alice@", "mallory@");
  for (
    const line of [
      forged.replace(/^[^|]+/, "elsewhere"),
      forged.replace("|adv|", "|bye|"),
      forged.replace(/LS0t[^|]+/, "A".repeat(139)),
      forged.replace(/LS0t[^|]+/, "LS0tLSnotapem"),
      forged.replace("@10.0.0.1", "@10.0.0.999"),
      forged.replace("\n", ""),
      "||||END\n",
      "\u0000\n",
      `${forged.slice(0, -1)}${"x".repeat(2_000)}\n`,
    ]
  ) stranger.broadcast(new TextEncoder().encode(line));
  await air.network.clock.advance(10);
  assertEquals(alice.peers.names, []);
  stranger.broadcast(new TextEncoder().encode(forged));
  await air.network.clock.advance(10);
  assertEquals(alice.peers.names, ["mallory"]);
});

Deno.test("PnetBeacon looks at so many adverts of a sender and no more", async () => {
  await using air = new Air();
  const alice = await air.beacon("alice", "10.0.0.1");
  const flood = air.air.socket("10.0.0.9", 3334);
  const [advert] = air.sent;
  for (let n = 0; n < 1_000; n++) {
    flood.broadcast(new TextEncoder().encode(advert.replace("alice@", `n${n}@`)));
  }
  await air.network.clock.advance(10);
  assertEquals(alice.peers.size, 100);
});

Deno.test("PnetBeacon.stop() ends adverts", async () => {
  const air = new Air();
  await air.beacon("alice", "10.0.0.1");
  await air[Symbol.asyncDispose]();
  await air.network.clock.advance(10_000);
  assertEquals(air.sent.length, 1);
});
