/**
 * What discovery does with strangers who keep to no rules: drops it, counts it, and goes on.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type AdvertContent, createAdvert } from "../../core/advert.ts";
import type { DropReason } from "../../core/discovery.ts";
import { formatGet, formatList, formatPut } from "../../core/discovery/reconcile_messages.ts";
import { Identity, verify } from "../../core/identity.ts";
import { cheapSigner } from "../support/cheap_signatures.ts";
import { DiscoveryLab, type LabNode, present } from "../support/discovery_lab.ts";

const ALICE = { host: "10.0.0.1", port: 9_999 };

/** Alice and Bob, who know each other, and time has passed. */
async function createLab(): Promise<{ lab: DiscoveryLab; alice: LabNode; bob: LabNode }> {
  const lab = new DiscoveryLab();
  const alice = await lab.start("alice", { number: 1 });
  const bob = await lab.start("bob", { number: 2 });
  lab.clock.run(20_000);
  return { lab, alice, bob };
}

function advert(lab: DiscoveryLab, number: number, change: Partial<AdvertContent> = {}): string {
  const content: AdvertContent = {
    type: "adv",
    namespace: "demo",
    name: `stranger-${number}`,
    host: "10.0.9.1",
    port: 4_444,
    timeMs: Math.floor(lab.clock.unixMs()),
    ...change,
  };
  return `${createAdvert(content, cheapSigner(number)).line}\n`;
}

function dropped({ discovery }: LabNode, reason: DropReason): number {
  return discovery.stats().dropped[reason];
}

/** Says something to everybody, and expects Alice to drop it for a reason. */
async function assertDropped(what: string | Uint8Array, reason: DropReason): Promise<void> {
  const { lab, alice } = await createLab();
  const stranger = await lab.stranger(1);
  stranger.say(what);
  lab.clock.run(100);
  assertEquals(dropped(alice, reason), 1, reason);
  assertEquals(present(alice.table), ["bob"]);
}

Deno.test("Discovery drops what is no packet", async () => {
  const noise = [
    new Uint8Array(65_507),
    new Uint8Array(0),
    Uint8Array.of(0xff, 0xfe, 0x0a),
    "demo|adv|bob@10.0.0.2:1|x|END",
    "demo|adv|bob@10.0.0.2:1|x|END\n",
    "demo|adv|a|b@10.0.0.2:1|x|END\n",
    "demo|nonsense|||END\n",
    "demo|who||END\n",
    "demo|dig|!|x|END\n",
    "demo|put||x|END\n",
  ];
  for (const what of noise) await assertDropped(what, "malformed");
});

Deno.test("Discovery drops adverts with names and addresses that can't be", async () => {
  const { lab } = await createLab();
  const good = advert(lab, 7);
  await assertDropped(good.replace("stranger-7@", "stran\u001bger@"), "name");
  await assertDropped(good.replace("stranger-7@", "@"), "name");
  await assertDropped(good.replace("10.0.9.1:4444", "10.0.9.1:0"), "address");
  await assertDropped(good.replace("10.0.9.1:4444", "example.com:80"), "address");
  await assertDropped(good.replace("10.0.9.1:4444", "255.255.255.255:80"), "address");
  await assertDropped(advert(lab, 7, { host: "127.0.0.1" }), "address");
});

Deno.test("Discovery drops adverts from too long ago and from the future", async () => {
  const { lab, alice } = await createLab();
  const stranger = await lab.stranger(1);
  const unixMs = Math.floor(lab.clock.unixMs());
  for (const [number, aheadMs] of [[11, -30_100], [12, 5_100], [13, -29_000], [14, 4_000]]) {
    stranger.say(advert(lab, number, { timeMs: unixMs + aheadMs }));
  }
  lab.clock.run(50);
  assertEquals([dropped(alice, "expired"), dropped(alice, "future")], [1, 1]);
  assertEquals(present(alice.table), ["bob", "stranger-13", "stranger-14"]);
});

Deno.test("Discovery drops what is forged, whoever is said to have said it", async () => {
  const { lab, alice } = await createLab();
  const stranger = await lab.stranger(1);
  stranger.say(advert(lab, 7).replace("stranger-7@", "stranger-8@"));
  lab.clock.run(50);
  assertEquals(dropped(alice, "forged"), 1);
  // And listens to nobody new there for a while.
  stranger.say(advert(lab, 9));
  lab.clock.run(50);
  assertEquals(dropped(alice, "busy"), 1);
  assertEquals(present(alice.table), ["bob"]);
  lab.clock.run(11_000);
  stranger.say(advert(lab, 9));
  lab.clock.run(50);
  assertEquals(present(alice.table), ["bob", "stranger-9"]);
});

Deno.test("Discovery drops what is forged with real signatures too", async () => {
  const lab = new DiscoveryLab();
  const signers = [1, 2, 3].map((seed) => new Identity(new Uint8Array(32).fill(seed)));
  const alice = await lab.start("alice", { number: 1, identity: signers[0], verify });
  await lab.start("bob", { number: 2, identity: signers[1], verify });
  lab.clock.run(3_000);
  const stranger = await lab.stranger(1);
  const timeMs = Math.floor(lab.clock.unixMs());
  const { line } = createAdvert(
    { type: "adv", namespace: "demo", name: "carol", host: "10.0.9.1", port: 1, timeMs },
    signers[2],
  );
  stranger.say(`${line.replace("carol", "mallory")}\n`);
  lab.clock.run(50);
  assertEquals([dropped(alice, "forged"), present(alice.table)], [1, ["bob"]]);
  lab.clock.run(11_000);
  stranger.say(`${line}\n`);
  lab.clock.run(50);
  assertEquals(present(alice.table), ["bob", "carol"]);
});

Deno.test("A replayed advert revives nobody", async () => {
  const { lab, alice, bob } = await createLab();
  const stranger = await lab.stranger(1);
  const last = lab.broadcasts("adv").findLast(({ from }) => from === "10.0.0.2")!.text;
  await bob.discovery.stop();
  lab.clock.run(50);
  stranger.say(last);
  lab.clock.run(50);
  assertEquals(dropped(alice, "duplicate") > 0, true);
  assertEquals(present(alice.table), []);
});

Deno.test("Our own adverts are no news, whoever brings them back", async () => {
  const { lab, alice } = await createLab();
  const stranger = await lab.stranger(1);
  const own = lab.broadcasts("adv").findLast(({ from }) => from === "10.0.0.1")!.text;
  stranger.say(own);
  lab.clock.run(50);
  assertEquals([dropped(alice, "own"), present(alice.table)], [1, ["bob"]]);
});

Deno.test("An old advert that is passed on revives nobody", async () => {
  const { lab, alice, bob } = await createLab();
  const last = lab.broadcasts("adv").findLast(({ from }) => from === "10.0.0.2")!.text;
  bob.socket.cut();
  lab.clock.run(700_000);
  assertEquals(present(alice.table), []);
  // Somebody who is known, and has been asked, passes on what was true eleven minutes ago.
  const { stranger, cookie } = await cookieFor(lab, alice);
  stranger.say(`demo|put|${formatPut(cookie)}||END\n${last}`, ALICE);
  lab.clock.run(50);
  assert(dropped(alice, "expired") > 0);
  assertEquals(present(alice.table), ["stranger-77"]);
});

Deno.test("An advert passed on counts as heard at its own time", async () => {
  const { lab, alice, bob } = await createLab();
  const carol = advert(lab, 50, { name: "carol", host: "10.0.9.50" });
  bob.socket.cut();
  lab.clock.run(300_000);
  const { stranger, cookie } = await cookieFor(lab, alice);
  stranger.say(`demo|put|${formatPut(cookie)}||END\n${carol}`, ALICE);
  lab.clock.run(50);
  // It is remembered, so that others can be told; but it says nothing about now.
  assertEquals(alice.table.named("carol", "demo"), undefined);
  assertEquals(alice.discovery.stats().dropped.expired, 0);
});

/** Becomes known to Alice, and gets her cookie by being asked. */
async function cookieFor(lab: DiscoveryLab, alice: LabNode) {
  const stranger = await lab.stranger(77);
  stranger.say(advert(lab, 77, { host: "10.0.9.77" }));
  lab.clock.run(8_000);
  const question = stranger.heard.find(({ text, from }) => {
    return from.host === alice.socket.address.host && text.startsWith("demo|dig|");
  });
  const content = question!.text.split("|")[2].replaceAll("-", "+").replaceAll("_", "/");
  const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
  return { stranger, cookie: bytes.slice(0, 8) };
}

Deno.test("Discovery drops answers that it has not asked for", async () => {
  const { lab, alice } = await createLab();
  const stranger = await lab.stranger(1);
  const [askerCookie, answererCookie] = [new Uint8Array(8), new Uint8Array(8)];
  const list = { bucket: 0, isPartial: false, adverts: [] };
  const content = {
    lst: formatList({
      askerCookie,
      answererCookie,
      bits: 4,
      isComplete: true,
      known: 60_000,
      lists: [list],
    }),
    get: formatGet({ answererCookie, askerCookie, ids: [1, 2, 3] }),
    put: formatPut(askerCookie),
  };
  for (const [type, text] of Object.entries(content)) {
    const before = dropped(alice, "unsolicited");
    stranger.say(`demo|${type}|${text}||END\n${advert(lab, 9)}`, ALICE);
    lab.clock.run(50);
    assertEquals(dropped(alice, "unsolicited"), before + 1, type);
  }
  assertEquals(stranger.heard.filter(({ text }) => text.startsWith("demo|put|")), []);
});

Deno.test("100,000 datagrams a second from one source cost a hundred looks, and nobody else anything", async () => {
  const { lab, alice, bob } = await createLab();
  const stranger = await lab.stranger(1);
  const forgery = new TextEncoder().encode(advert(lab, 7).replace("stranger-7@", "stranger-8@"));
  const before = alice.discovery.stats();
  for (let i = 0; i < 100_000; i++) {
    stranger.say(forgery, ALICE);
    if (i % 1_000 === 0) lab.clock.run(10);
  }
  lab.clock.run(100);
  const after = alice.discovery.stats();
  assertEquals(after.received - before.received >= 100_000, true);
  assert(after.dropped.flood > 99_000);
  assert(after.verified - before.verified < 10);
  lab.clock.run(10_000);
  assertEquals(present(alice.table), ["bob"]);
  assertEquals(present(bob.table), ["alice"]);
});

Deno.test("100,000 names a second, each well signed, leave the table bounded and the known in it", async () => {
  const lab = new DiscoveryLab();
  const alice = await lab.start("alice", { number: 1, maxPeers: 500 });
  const bob = await lab.start("bob", { number: 2 });
  lab.clock.run(70_000);
  const flood = floodOf(lab, 100_000);
  const before = alice.discovery.stats();
  // From four hundred sources: none of them floods by itself.
  for (const [i, { datagram, from }] of flood.entries()) {
    lab.network.send(datagram, from, ALICE);
    if (i % 1_000 === 0) lab.clock.run(10);
  }
  lab.clock.run(100);
  const after = alice.discovery.stats();
  assert(after.verified - before.verified < 500, `${after.verified - before.verified} verified`);
  assert(after.dropped.busy + after.dropped.flood > 99_000);
  assert(alice.table.size <= 501, `${alice.table.size} peers`);
  assert(present(alice.table).includes("bob"));
  lab.clock.run(5_000);
  assert(present(alice.table).includes("bob"));
  assertEquals(present(bob.table).includes("alice"), true);
});

function floodOf(lab: DiscoveryLab, count: number) {
  return Array.from({ length: count }, (_, i) => {
    const host = `10.1.${(i % 400) >> 8}.${(i % 400) & 255}`;
    const timeMs = Math.floor(lab.clock.unixMs()) + 4_000;
    const said = advert(lab, 1_000 + i, { host: "10.1.0.1", timeMs });
    return {
      datagram: new TextEncoder().encode(said),
      from: { host, port: 4_444 },
    };
  });
}

Deno.test("A full table takes no newcomer, and remembers those it knows", async () => {
  const lab = new DiscoveryLab();
  const alice = await lab.start("alice", { number: 1, maxPeers: 20 });
  const bob = await lab.start("bob", { number: 2 });
  lab.clock.run(3_000);
  const stranger = await lab.stranger(1);
  for (let number = 100; number < 160; number++) {
    stranger.say(advert(lab, number));
    lab.clock.run(50);
  }
  assert(dropped(alice, "full") > 30);
  assert(alice.table.size <= 20);
  assert(present(alice.table).includes("bob"));
  assertEquals(bob.discovery.stats().dropped.full, 0);
});

Deno.test("The same advert over and over is verified once", async () => {
  const { lab, alice } = await createLab();
  const stranger = await lab.stranger(1);
  const said = advert(lab, 7);
  const before = alice.discovery.stats();
  for (let i = 0; i < 50; i++) stranger.say(said);
  lab.clock.run(50);
  assertEquals(alice.discovery.stats().verified - before.verified, 1);
  assertEquals(dropped(alice, "duplicate") - before.dropped.duplicate, 49);
});

Deno.test("What is dropped is told once a minute, whatever comes", async () => {
  const { lab, alice } = await createLab();
  const stranger = await lab.stranger(1);
  for (let second = 0; second < 180; second++) {
    for (let i = 0; i < 100; i++) stranger.say("demo|nonsense|||END\n");
    lab.clock.run(1_000);
  }
  const told = alice.events.filter((event) => event.startsWith("dropped"));
  assert(told.length >= 3 && told.length <= 4, `${told.length} summaries`);
  assert(told.every((text) => text.includes("malformed")));
});

Deno.test("Whoever takes every name of a newcomer does not keep it busy for ever", async () => {
  const lab = new DiscoveryLab();
  const stranger = await lab.stranger(1);
  const alice = await lab.start("alice", { number: 1 });
  for (let i = 0; i < 100; i++) {
    lab.clock.run(200);
    stranger.say(advert(lab, 300 + i, { name: alice.discovery.name }));
  }
  lab.clock.run(1_000);
  const renamed = alice.events.filter((event) => event.startsWith("renamed")).length;
  assert(renamed <= 13, `${renamed} names`);
});

Deno.test("A question over and over is answered now and then", async () => {
  const { lab } = await createLab();
  const stranger = await lab.stranger(1);
  const before = lab.broadcasts("adv").length;
  for (let i = 0; i < 100; i++) {
    stranger.say("demo|who|||END\n");
    lab.clock.run(100);
  }
  const answers = lab.broadcasts("adv").length - before;
  assert(answers > 5 && answers < 40, `${answers} answers in ten seconds`);
});
