import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { EncodeError } from "../../../core/errors.ts";
import type { SwarmBroadcast } from "../../../core/synapse/broadcasts.ts";
import { callFrame } from "../../support/synapse_host.ts";
import { ask, type Member, peerMap, placeOf, SwarmLab } from "../../support/swarm_lab.ts";

const UUID_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Members that all know each other, and that reply to questions with their names. */
async function gather(lab: SwarmLab, names: readonly string[]): Promise<Member[]> {
  const members: Member[] = [];
  for (const name of names) {
    const question = async (_text: string, broadcast: SwarmBroadcast) => {
      await member.swarm.reply(broadcast, `I am ${name}`);
      return { accepted: true };
    };
    const member: Member = await lab.add(name, { endpoints: { question } });
    if (members.length > 0) await member.swarm.join(placeOf(names[0]));
    members.push(member);
    await lab.clock.runMicrotasks();
  }
  lab.countDials();
  return members;
}

Deno.test("Swarm.broadcast() calls everybody, and everybody hears the replies once", async () => {
  await using lab = new SwarmLab();
  const members = await gather(lab, ["alice", "bob", "carol", "dave"]);
  const [alice] = members;
  const broadcast = await alice.swarm.broadcast("question", ["who?"]);
  await lab.clock.runMicrotasks();
  assertMatch(broadcast.nonce, UUID_4);
  assertEquals([broadcast.endpoint, broadcast.origin.name], ["question", "alice"]);
  for (const member of members) {
    const heard = member.replies.map(({ nonce, peer, result }) => [nonce, peer.name, result]);
    const name = member.swarm.profile.name;
    const others = ["bob", "carol", "dave"].filter((other) => other !== name);
    assertEquals(
      heard.toSorted(),
      others.map((other) => [broadcast.nonce, other, `I am ${other}`]),
      name,
    );
  }
  assertEquals(members[1].log.filter((line) => line.startsWith("question")), [
    "question from alice",
  ]);
});

Deno.test("Replies don't go round and round", async () => {
  await using lab = new SwarmLab();
  const [alice, ...others] = await gather(lab, ["alice", "bob", "carol", "dave"]);
  await alice.swarm.broadcast("question", ["who?"]);
  await lab.clock.runMicrotasks();
  // Three calls; each of three replies goes to three, each of whom hands it on to the two others it knows.
  assertEquals(lab.countDials(), 3 + 3 * (3 + 3 * 2));
  await lab.clock.advance(1_000);
  assertEquals(lab.countDials(), 0);
  assertEquals(others.map(({ replies }) => replies.length), [2, 2, 2]);
});

Deno.test("A reply that comes again is answered, and dropped", async () => {
  await using lab = new SwarmLab();
  const [alice] = await gather(lab, ["alice", "bob"]);
  const reply = callFrame("_synapse.broadcast.reply", ["n", peerMap("bob")], { result: 42 });
  for (let i = 0; i < 3; i++) assertEquals(await ask(alice, reply), { ok: true });
  assertEquals(alice.replies.map(({ result }) => result), [42]);
  const other = callFrame("_synapse.broadcast.reply", ["m", peerMap("bob")]);
  await ask(alice, other);
  assertEquals(alice.replies.map(({ nonce, result }) => [nonce, result]), [["n", 42], ["m", null]]);
});

Deno.test("Our own reply that comes back is dropped, too", async () => {
  await using lab = new SwarmLab();
  const [alice, bob] = await gather(lab, ["alice", "bob"]);
  const { nonce } = await alice.swarm.broadcast("question", ["who?"]);
  lab.countDials();
  await ask(bob, callFrame("_synapse.broadcast.reply", [nonce, peerMap("bob")], { result: 1 }));
  assertEquals([bob.replies, lab.countDials()], [[], 0]);
});

Deno.test("A function without a parameter for it doesn't take a broadcast", async () => {
  await using lab = new SwarmLab();
  const alice = await lab.add("alice", { endpoints: { sum: (a: number, b: number) => a + b } });
  const broadcast = { nonce: "n", origin: peerMap("bob"), endpoint: "sum" };
  assertEquals(await ask(alice, callFrame("sum", [1, 2], { broadcast })), "internal_error");
  // Who has sent it is known all the same.
  assertEquals(alice.peers, ["bob"]);
});

Deno.test("Keyword arguments named broadcast that are no map are an argument like any other", async () => {
  await using lab = new SwarmLab();
  const alice = await lab.add("alice", { endpoints: { play: (broadcast: unknown) => broadcast } });
  assertEquals(await ask(alice, callFrame("play", [], { broadcast: "radio" })), "radio");
});

Deno.test("Broadcasts, replies and events of another swarm or team are refused", async () => {
  await using lab = new SwarmLab();
  const [alice] = await gather(lab, ["alice"]);
  const stranger = peerMap("eve", { team: "other" });
  const broadcast = { nonce: "n", origin: stranger, endpoint: "question" };
  const event = { conversation_id: "n", event_id: "e", kind: "ack", peer: stranger };
  for (
    const request of [
      callFrame("question", ["?"], { broadcast }),
      callFrame("_synapse.broadcast.reply", ["n", stranger], { result: 1 }),
      callFrame("_synapse.conversation.event", [event]),
    ]
  ) assertEquals(await ask(alice, request), "bad_request");
  assertEquals([alice.peers, alice.replies, alice.log], [[], [], []]);
});

Deno.test("Broadcasts, replies and events that are malformed are the sender's internal error", async () => {
  await using lab = new SwarmLab();
  const [alice] = await gather(lab, ["alice"]);
  const bob = peerMap("bob");
  const event = { conversation_id: "n", event_id: "e", kind: "ack", peer: bob };
  const broadcasts = [
    {},
    { nonce: "n", endpoint: "question" },
    { nonce: 5, origin: bob, endpoint: "question" },
    { nonce: "n".repeat(1_000), origin: bob, endpoint: "question" },
    { nonce: "n", origin: { ...bob, role: "spy" }, endpoint: "question" },
    { nonce: "n", origin: bob },
  ];
  const events = [
    null,
    {},
    { ...event, event_id: 5 },
    { ...event, conversation_id: undefined },
    { ...event, kind: null },
    { ...event, payload: [1] },
    { ...event, peer: null },
  ];
  const requests = [
    ...broadcasts.map((broadcast) => callFrame("question", ["?"], { broadcast })),
    ...events.map((event) => callFrame("_synapse.conversation.event", [event])),
    callFrame("_synapse.broadcast.reply", [5, bob]),
    callFrame("_synapse.broadcast.reply", ["n", 5]),
    callFrame("_synapse.broadcast.reply", ["n"]),
  ];
  for (const [i, request] of requests.entries()) {
    assertEquals(await ask(alice, request), "internal_error", `request ${i}`);
  }
  assertEquals([alice.peers, alice.replies, alice.log], [[], [], []]);
});

Deno.test("Events of conversations are heard once, and handed on", async () => {
  await using lab = new SwarmLab();
  const [alice, bob, carol] = await gather(lab, ["alice", "bob", "carol"]);
  const peer = peerMap("carol");
  const event = { conversation_id: "n", event_id: "e", kind: "ack", peer, payload: { a: 1 } };
  const tell = (member: Member) => ask(member, callFrame("_synapse.conversation.event", [event]));
  assertEquals(await tell(alice), { ok: true, stored: true });
  assertEquals(await tell(alice), { ok: true, stored: false });
  await lab.clock.runMicrotasks();
  assertEquals([alice.log.at(-1), bob.log.at(-1)], ["ack of carol", "ack of carol"]);
  assertEquals(carol.log.filter((line) => line.startsWith("ack")), []);
  // To everybody known but the one whose event it is.
  assertEquals(lab.dials, ["alice -> bob", "bob -> alice"]);
});

Deno.test("Swarm.broadcast() refuses what can't be sent", async () => {
  await using lab = new SwarmLab();
  const [alice] = await gather(lab, ["alice", "bob"]);
  await assertRejects(() => alice.swarm.broadcast("question", [() => 1]), EncodeError);
});

Deno.test("Swarm.broadcast() waits for nobody longer than five seconds", async () => {
  await using lab = new SwarmLab();
  const [alice, bob] = await gather(lab, ["alice", "bob"]);
  await lab.addSilent("silent");
  await ask(alice, callFrame("_synapse.join", [peerMap("silent")]));
  await ask(alice, callFrame("_synapse.join", [peerMap("nobody")]));
  const told = alice.swarm.broadcast("question", ["who?"]);
  await lab.clock.advance(4_999);
  assertEquals(alice.replies.length, 1);
  await lab.clock.advance(1);
  await told;
  assertEquals(bob.log.at(-1), "question from alice");
});
