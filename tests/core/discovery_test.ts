import { assert, assertEquals, assertThrows } from "@std/assert";
import { createAdvert } from "../../core/advert.ts";
import type { DatagramLink, DatagramSink, DatagramTransport } from "../../core/channel.ts";
import { Discovery } from "../../core/discovery.ts";
import { cheapSigner } from "../support/cheap_signatures.ts";
import { DiscoveryLab, present } from "../support/discovery_lab.ts";

Deno.test("Discovery lists a newcomer and those it comes to within 300 ms", async () => {
  const lab = new DiscoveryLab();
  const alice = await lab.start("alice", { number: 1 });
  lab.clock.run(3_000);
  const bob = await lab.start("bob", { number: 2 });
  lab.clock.run(300);
  assertEquals(present(alice.table), ["bob"]);
  assertEquals(present(bob.table), ["alice"]);
  assertEquals(alice.table.list()[0].addresses, ["tcp://10.0.0.2:9999"]);
  assertEquals(alice.table.list()[0].key, cheapSigner(2).id);
});

Deno.test("Discovery lists within 300 ms also who has started just before", async () => {
  const lab = new DiscoveryLab();
  const alice = await lab.start("alice", { number: 1 });
  lab.clock.run(250);
  const bob = await lab.start("bob", { number: 2 });
  lab.clock.run(300);
  assertEquals([present(alice.table), present(bob.table)], [["bob"], ["alice"]]);
});

Deno.test("Discovery that is not told where it listens looks, and is not seen", async () => {
  const lab = new DiscoveryLab();
  const alice = await lab.start("alice", { number: 1 });
  lab.clock.run(3_000);
  const looker = await lab.start("looker", { number: 2, listening: undefined });
  lab.clock.run(300);
  assertEquals(present(looker.table), ["alice"]);
  lab.clock.run(60_000);
  assertEquals(present(alice.table), []);
  await looker.discovery.stop();
  assertEquals(lab.overheard.filter(({ text }) => text.includes("looker")), []);
});

Deno.test("Discovery keeps to its namespace", async () => {
  const lab = new DiscoveryLab();
  const alice = await lab.start("alice", { number: 1 });
  const eve = await lab.start("eve", { number: 2, namespace: "other" });
  lab.clock.run(10_000);
  assertEquals([present(alice.table), present(eve.table)], [[], []]);
  assert(alice.discovery.stats().dropped.namespace > 0);
});

Deno.test("Discovery says goodbye, and others hear of it at once", async () => {
  const lab = new DiscoveryLab();
  const alice = await lab.start("alice", { number: 1 });
  const bob = await lab.start("bob", { number: 2 });
  lab.clock.run(3_000);
  assertEquals(present(alice.table), ["bob"]);
  await bob.discovery.stop();
  lab.clock.run(5);
  assertEquals(alice.events, ["peerJoined bob", "peerOffline bob"]);
});

Deno.test("Discovery takes for gone who was not heard for four intervals", async () => {
  const lab = new DiscoveryLab();
  const alice = await lab.start("alice", { number: 1 });
  const bob = await lab.start("bob", { number: 2 });
  lab.clock.run(30_000);
  bob.socket.cut();
  lab.clock.run(6_900);
  assertEquals(present(alice.table), ["bob"]);
  lab.clock.run(3_200);
  assertEquals(present(alice.table), []);
});

Deno.test("A second node of one name takes name-2, and says so", async () => {
  const lab = new DiscoveryLab();
  const first = await lab.start("alice", { number: 1 });
  lab.clock.run(3_000);
  const second = await lab.start("alice", { number: 2 });
  const third = await lab.start("alice", { number: 3 });
  lab.clock.run(5_000);
  assertEquals(first.discovery.name, "alice");
  assertEquals([second, third].map(({ discovery }) => discovery.name).sort(), [
    "alice-2",
    "alice-3",
  ]);
  assertEquals(second.events.filter((event) => event.startsWith("renamed")).length, 1);
  assertEquals(present(first.table), ["alice-2", "alice-3"]);
});

Deno.test("Of two nodes of one name that start at once the one with the smaller key keeps it", async () => {
  for (const [a, b] of [[1, 2], [2, 1]]) {
    const lab = new DiscoveryLab();
    // The same chance for both, so that their first adverts cross.
    const random = () => 0.5;
    const nodes = [
      await lab.start("alice", { number: a, random }),
      await lab.start("alice", { number: b, random }),
    ];
    lab.clock.run(10_000);
    const byKey = nodes.toSorted((x, y) => keyOf(x) < keyOf(y) ? -1 : 1);
    assertEquals(byKey.map(({ discovery }) => discovery.name), ["alice", "alice-2"]);
    assertEquals(byKey.map(({ table }) => present(table)), [["alice-2"], ["alice"]]);
  }
  function keyOf({ socket }: { socket: { address: { host: string } } }): string {
    return cheapSigner(Number(socket.address.host.split(".")[3])).id;
  }
});

Deno.test("A node that could not hear who has its name before gives it up when it does", async () => {
  const lab = new DiscoveryLab();
  const first = await lab.start("alice", { number: 1 });
  lab.clock.run(70_000);
  const second = await lab.start("alice", { number: 2 });
  // Every answer to its question is lost.
  second.socket.pause();
  lab.clock.run(300);
  assertEquals(second.discovery.name, "alice");
  second.socket.resume();
  lab.clock.run(5_000);
  assertEquals([first, second].map(({ discovery }) => discovery.name), ["alice", "alice-2"]);
});

Deno.test("Nobody takes over a name that is another key's", async () => {
  const lab = new DiscoveryLab();
  const alice = await lab.start("alice", { number: 1 });
  const bob = await lab.start("bob", { number: 2 });
  lab.clock.run(3_000);
  await bob.discovery.stop();
  const impostor = await lab.start("bob", { number: 3 });
  lab.clock.run(3_000);
  assertEquals(impostor.discovery.name, "bob");
  assertEquals(present(alice.table), []);
  assert(alice.events.includes("peerKeyChanged bob"));
  assert(alice.discovery.stats().dropped.key_changed > 0);
});

Deno.test("Whatever broadcasts miss gets around by reconciling", async () => {
  const lab = new DiscoveryLab();
  const [alice, bob, carol] = [
    await lab.start("alice", { number: 1 }),
    await lab.start("bob", { number: 2 }),
    await lab.start("carol", { number: 3 }),
  ];
  // Alice and Carol are never in each other's reach.
  lab.network.separate(alice.socket.address, carol.socket.address);
  lab.clock.run(15_000);
  assertEquals(present(alice.table), ["bob", "carol"]);
  assertEquals(present(carol.table), ["alice", "bob"]);
  lab.clock.run(120_000);
  assertEquals(present(alice.table), ["bob", "carol"]);
  assertEquals(alice.events.filter((event) => event.startsWith("peerOffline")), []);
  await carol.discovery.stop();
  lab.clock.run(12_000);
  assertEquals(present(alice.table), ["bob"]);
  assertEquals(present(bob.table), ["alice"]);
});

Deno.test("A hundred nodes that start together know each other within seconds, and quietly", async () => {
  const lab = new DiscoveryLab();
  const nodes = [];
  for (let number = 1; number <= 100; number++) {
    nodes.push(await lab.start(`node-${number}`, { number }));
  }
  lab.clock.run(10_000);
  for (const { table } of nodes) assertEquals(table.size, 99);
  const times = lab.broadcasts("adv").map(({ atMs }) => atMs);
  for (const start of times) {
    const within = times.filter((atMs) => atMs >= start && atMs < start + 1_000).length;
    assert(within < 25, `${within} adverts in a second`);
  }
});

Deno.test("Only some answer a question in a crowd", async () => {
  const lab = new DiscoveryLab();
  for (let number = 1; number <= 60; number++) await lab.start(`node-${number}`, { number });
  lab.clock.run(60_000);
  const before = lab.broadcasts("adv").length;
  const stranger = await lab.stranger(1);
  stranger.say("demo|who|||END\n");
  lab.clock.run(200);
  const answers = lab.broadcasts("adv").length - before;
  assert(answers <= 12, `${answers} answers`);
});

Deno.test("A goodbye in a crowd that is busy goes to a few, and gets around", async () => {
  const lab = new DiscoveryLab();
  const nodes = [];
  for (let number = 1; number <= 30; number++) {
    nodes.push(await lab.start(`node-${number}`, { number }));
  }
  lab.clock.run(20_000);
  // Others make themselves heard just now.
  for (let number = 101; number <= 120; number++) {
    (await lab.stranger(number)).say(`${
      createAdvert({
        type: "adv",
        namespace: "demo",
        name: `other-${number}`,
        host: `10.0.9.${number}`,
        port: 1,
        timeMs: Math.floor(lab.clock.unixMs()),
      }, cheapSigner(number)).line
    }\n`);
  }
  lab.clock.run(5);
  const [leaving, ...staying] = nodes;
  await leaving.discovery.stop();
  assertEquals(lab.broadcasts("bye"), []);
  assertEquals(lab.overheard.filter(({ text }) => text.includes("|bye|")).length, 3);
  lab.clock.run(25_000);
  for (const { table } of staying) assert(!present(table).includes("node-1"));
});

Deno.test("No datagram is larger than 1,200 bytes, and no broadcast larger than 1,024", async () => {
  const lab = new DiscoveryLab();
  for (let number = 1; number <= 80; number++) {
    await lab.start(`${"語".repeat(60)}-${number}`, { number, namespace: "語".repeat(64) });
  }
  lab.clock.run(20_000);
  assert(lab.overheard.some(({ text, to }) => to !== undefined && text.includes("|put|")));
  for (const { bytes, to } of lab.overheard) assert(bytes <= (to === undefined ? 1_024 : 1_200));
});

Deno.test("What a question gets from whoever does not know the asker is thrice as large at most", async () => {
  const lab = new DiscoveryLab();
  for (let number = 1; number <= 200; number++) await lab.start(`node-${number}`, { number });
  lab.clock.run(20_000);
  const stranger = await lab.stranger(1);
  const questions = lab.overheard.filter(({ text }) => text.startsWith("demo|dig|"));
  for (const { text } of [questions[0], questions.at(-1)!]) {
    const question = `${text.split("\n")[0]}\n`;
    // Many questions in one datagram are one.
    for (const said of [question, question.repeat(Math.floor(1_400 / question.length))]) {
      const before = stranger.heard.length;
      stranger.say(said, { host: "10.0.0.5", port: 9_999 });
      lab.clock.run(100);
      const heard = stranger.heard.slice(before).filter(({ from }) => from.host === "10.0.0.5");
      const bytes = heard.reduce((sum, { text }) => sum + text.length, 0);
      assert(bytes > 0 && bytes <= 3 * said.length, `${bytes} for ${said.length}`);
    }
  }
});

Deno.test("Discovery on several links has an address for each, and tells nobody else of loopback", async () => {
  const lab = new DiscoveryLab();
  const alice = await lab.start("alice", {
    number: 1,
    listening: { host: "0.0.0.0", port: 9_999 },
    transport: onLinks("10.0.0.1", "127.0.0.1"),
  });
  lab.clock.run(3_000);
  assertEquals([...said].sort(), [
    "10.0.0.1 alice@10.0.0.1:9999",
    "127.0.0.1 alice@127.0.0.1:9999",
  ]);
  await alice.discovery.stop();

  const bob = await lab.start("bob", { number: 2 });
  lab.clock.run(1_000);
  const stranger = await lab.stranger(1);
  const timeMs = lab.clock.unixMs();
  const { line } = createAdvert(
    { type: "adv", namespace: "demo", name: "eve", host: "127.0.0.1", port: 1, timeMs },
    cheapSigner(5),
  );
  stranger.say(`${line}\n`);
  lab.clock.run(100);
  assertEquals(bob.table.size, 0);
  assertEquals(bob.discovery.stats().dropped.address, 1);
});

const said = new Set<string>();

/** A machine in several networks, where nobody else is. */
function onLinks(...hosts: readonly string[]): DatagramTransport {
  return {
    open: (_sink: DatagramSink) => Promise.resolve(),
    links: () => hosts.map((host) => ({ host })),
    send: () => {},
    broadcast: (datagram: Uint8Array, { host }: DatagramLink) => {
      const [, type, content] = new TextDecoder().decode(datagram).split("|");
      if (type === "adv") said.add(`${host} ${content}`);
    },
    close: () => Promise.resolve(),
  };
}

Deno.test("Nodes find each other again when a network comes back that was down for long", async () => {
  const lab = new DiscoveryLab();
  const alice = await lab.start("alice", { number: 1 });
  const bob = await lab.start("bob", { number: 2 });
  lab.network.deaf = true;
  lab.clock.run(900_000);
  assertEquals(present(bob.table), []);
  lab.network.deaf = false;
  lab.clock.run(10_000);
  assertEquals([present(alice.table), present(bob.table)], [["bob"], ["alice"]]);
});

Deno.test("Discovery survives a clock that is set back", async () => {
  const lab = new DiscoveryLab();
  let setBackMs = 0;
  const clock = {
    now: () => lab.clock.now(),
    unixMs: () => lab.clock.unixMs() - setBackMs,
    after: (delayMs: number, callback: () => void) => lab.clock.after(delayMs, callback),
  };
  setBackMs = -3_600_000;
  const alice = await lab.start("alice", { number: 1, clock });
  const bob = await lab.start("bob", { number: 2 });
  lab.clock.run(10_000);
  assertEquals(present(bob.table), []);
  assert(bob.discovery.stats().dropped.future > 0);
  setBackMs = 0;
  lab.clock.run(10_000);
  assertEquals([present(alice.table), present(bob.table)], [["bob"], ["alice"]]);
});

Deno.test("Discovery.stop() leaves nothing behind, and may be called again", async () => {
  const lab = new DiscoveryLab();
  const nodes = [await lab.start("alice", { number: 1 }), await lab.start("bob", { number: 2 })];
  lab.clock.run(5_000);
  for (const { discovery } of nodes) await discovery.stop();
  for (const { discovery } of nodes) await discovery.stop();
  lab.clock.run(10);
  const before = lab.overheard.length;
  lab.clock.run(600_000);
  assertEquals(lab.overheard.length, before);
});

Deno.test("Discovery.stop() right after start() says nothing at all", async () => {
  const lab = new DiscoveryLab();
  const { discovery } = await lab.start("alice", { number: 1 });
  await discovery.stop();
  lab.clock.run(60_000);
  assertEquals(lab.overheard, []);
});

Deno.test("Discovery refuses names that nobody would hear", () => {
  const lab = new DiscoveryLab();
  const make = (change: { namespace?: string; name?: string }) =>
    new Discovery({
      namespace: "demo",
      name: "alice",
      listening: { host: "10.0.0.1", port: 1 },
      identity: cheapSigner(1),
      transport: lab.network.socket("10.0.0.1", 1),
      table: { merge: () => "joined", goodbye: () => true },
      clock: lab.clock,
      random: lab.random,
      ...change,
    });
  for (const namespace of ["", "a|b"]) {
    const rule = 'the namespace must be 1 to 64 characters without "|" and control characters';
    assertThrows(() => make({ namespace }), TypeError, `Cannot discover as ${rule}: got`);
  }
  for (const name of ["", "a@b"]) {
    const rule = 'the name must be 1 to 64 characters without "|", "@" and control characters';
    assertThrows(() => make({ name }), TypeError, `Cannot discover as ${rule}: got`);
  }
});
