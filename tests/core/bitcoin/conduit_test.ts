import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import config from "../../../deno.json" with { type: "json" };
import type { AddressStorage, ReceivedMessage } from "../../../core/bitcoin/conduit_options.ts";
import { DEFAULT_AGENT } from "../../../core/bitcoin/handshake.ts";
import type { BitcoinMessage } from "../../../core/codecs/bitcoin/messages.ts";
import { ADDRESS_NETWORKS } from "../../../core/codecs/bitcoin/net_address.ts";
import { type BitcoinNetwork, findNetwork } from "../../../core/codecs/bitcoin/networks.ts";
import { SynapseError, TimeoutError } from "../../../core/errors.ts";
import { ConduitLab } from "../../support/bitcoin/conduit_lab.ts";
import { CoreNode } from "../../support/bitcoin/relaying_node.ts";
import {
  type Conversation,
  type NodeTraits,
  REGTEST,
  ScriptedNode,
} from "../../support/bitcoin/scripted_node.ts";
import { mineHeaders } from "../../support/bitcoin/transactions.ts";

const HEADERS = mineHeaders(new Uint8Array(32), 2);
const SEEDED: BitcoinNetwork = {
  ...REGTEST,
  dnsSeeds: ["one.seed", "two.seed", "three.seed", "four.seed"],
};

/** Answers requests, and tells of addresses. */
class AnsweringNode extends ScriptedNode {
  /** IPv4 addresses that it knows. */
  addresses: readonly (readonly number[])[] = [];

  override heard(
    conversation: Conversation,
    message: Parameters<ScriptedNode["heard"]>[1],
  ): void {
    super.heard(conversation, message);
    if (message.command === "getheaders") {
      conversation.send({ command: "headers", headers: HEADERS });
    }
    if (message.command === "getaddr") {
      const nodes = this.addresses.map((bytes) => ({
        timeSec: Math.floor(this.clock.unixMs() / 1_000),
        services: 9n,
        address: {
          networkId: ADDRESS_NETWORKS.ipv4,
          bytes: Uint8Array.from(bytes),
        },
        port: 18444,
      }));
      conversation.send({ command: "addrv2", nodes });
    }
  }
}

Deno.test("Conduit calls itself by the version of the package", () => {
  assertEquals(DEFAULT_AGENT, `/synapse:${config.version}/`);
});

Deno.test("Conduit refuses agents that nodes hang up on, and peers that are none", () => {
  const lab = new ConduitLab();
  for (
    const agent of [
      "a".repeat(257),
      "/bch:1/",
      "/aBc:1/",
      "/Cash/",
      "/\x1b/",
      "/grüße/",
    ]
  ) {
    assertThrows(() => lab.conduit({ agent }), TypeError, "Cannot use agent");
  }
  assertThrows(
    () => lab.conduit({ peers: ["a:0"] }),
    TypeError,
    "Cannot read Bitcoin peer",
  );
  assertThrows(
    () => lab.conduit({ peers: [["", 1]] }),
    TypeError,
    "Cannot read Bitcoin peer",
  );
});

Deno.test("Conduit dials nobody before it is asked for something", async () => {
  await using lab = new ConduitLab();
  lab.conduit({ peers: ["a:1"] }).addPeers([["b", 2]]);
  await lab.clock.advance(60_000);
  assertEquals(lab.network.dialled, []);
});

Deno.test("sendRequestNowait() queues until there is a peer, runUntilQueueEmpty() tells in order", async () => {
  await using lab = new ConduitLab();
  const conduit = lab.conduit().addPeers([["a", 1]]);
  const node = new AnsweringNode(lab, "a:1");
  conduit.sendRequestNowait("ping").sendRequestNowait("mempool");
  assertEquals(node.conversations, []);
  conduit.sendRequestNowait("getheaders", {
    version: 70016,
    locator: [],
    stopHash: new Uint8Array(32),
  });
  const results = await lab.until(conduit.runUntilQueueEmpty()) as Record<
    string,
    unknown
  >[];
  assertEquals(results.map(({ command }) => command), [
    "ping",
    "mempool",
    "getheaders",
  ]);
  assertEquals(JSON.parse(JSON.stringify(results)), results);
  assertEquals(results[0], {
    peer: "a:1",
    command: "ping",
    message: null,
    ms: results[0].ms,
  });
  assertEquals((results[1].error as { code: string }).code, "not_supported");
  const { headers } = results[2].message as { headers: { nonce: number }[] };
  assertEquals(
    headers.map(({ nonce }) => nonce),
    HEADERS.map(({ nonce }) => nonce),
  );
  assertEquals(await conduit.runUntilQueueEmpty(), []);
});

/** Answers a while later, questions for data the last first. */
class SlowNode extends ScriptedNode {
  #delayMs = 1_000;

  override heard(conversation: Conversation, message: BitcoinMessage): void {
    super.heard(conversation, message);
    const answer = this.#answer(message);
    if (answer === undefined) return;
    this.#delayMs -= 100;
    this.clock.after(this.#delayMs, () => conversation.send(answer));
  }

  #answer(message: BitcoinMessage): BitcoinMessage | undefined {
    if (message.command === "getdata") return { ...message, command: "notfound" };
    if (message.command !== "getheaders") return undefined;
    return { command: "headers", headers: HEADERS.slice(message.locator[0][0]) };
  }
}

Deno.test("sendRequestNowait() gives each request its own answer", async () => {
  await using lab = new ConduitLab();
  new SlowNode(lab, "a:1");
  const conduit = lab.conduit({ peers: ["a:1"] });
  const hash = (byte: number) => new Uint8Array(32).fill(byte);
  for (const byte of [0, 1, 2]) {
    conduit.sendRequestNowait("getdata", { items: [{ type: 1, hash: hash(byte) }] });
    const locator = [hash(byte)];
    conduit.sendRequestNowait("getheaders", { version: 70016, locator, stopHash: hash(0) });
  }
  const results = await lab.until(conduit.runUntilQueueEmpty()) as { message: unknown }[];
  const answers = results.map(({ message }) =>
    message as { items?: { hash: string }[]; headers?: unknown[] }
  );
  assertEquals(
    answers.map(({ items, headers }) => items?.[0].hash.slice(0, 2) ?? headers?.length),
    ["00", 2, "01", 1, "02", 0],
  );
});

Deno.test("sendRequestNowait() waits behind no question that nobody answers", async () => {
  await using lab = new ConduitLab();
  new ScriptedNode(lab, "a:1");
  const conduit = lab.conduit({ peers: ["a:1"] });
  const hash = new Uint8Array(32);
  for (let i = 0; i < 3; i++) {
    conduit.sendRequestNowait("getheaders", { version: 70016, locator: [hash], stopHash: hash });
  }
  const results = await lab.until(conduit.runUntilQueueEmpty()) as { error: { code: string } }[];
  assertEquals(results.map(({ error }) => error.code), ["not_found", "not_found", "not_found"]);
});

Deno.test("sendRequest() goes to the main peer", async () => {
  await using lab = new ConduitLab();
  for (const name of ["a:1", "b:1", "c:1"]) new AnsweringNode(lab, name);
  const conduit = lab.conduit({ peers: ["a:1", "b:1"] }).setMainPeer(["c", 1]);
  await lab.until(conduit.waitForPeers(3));
  assertEquals(conduit.getPeers().map(({ peer }) => peer), [
    "c:1",
    "a:1",
    "b:1",
  ]);
  const { peer, message } = await lab.until(
    conduit.sendRequest("getheaders", {
      version: 1,
      locator: [],
      stopHash: new Uint8Array(32),
    }),
  );
  assertEquals([peer, message?.command], ["c:1", "headers"]);
});

Deno.test("sendRequest() takes bytes for commands that it doesn't know, and no fields", async () => {
  await using lab = new ConduitLab();
  const heard: string[] = [];
  const node = new ScriptedNode(lab, "a:1");
  const conduit = lab.conduit({ peers: ["a:1"] });
  await assertRejects(
    () => conduit.sendRequest("strange", { a: 1 }),
    TypeError,
    "give it bytes",
  );
  await assertRejects(
    () => lab.until(conduit.sendRequest("getheaders", { locator: "no" })),
    Error,
  );
  node.heard = (conversation, message) => {
    heard.push(message.command);
    ScriptedNode.prototype.heard.call(node, conversation, message);
  };
  const { message } = await lab.until(conduit.sendRequest("sendheaders"));
  assertEquals(message, undefined);
  assert(heard.includes("sendheaders"));
});

Deno.test("sendRequest() gives up in time, when told to, and when nobody can be had", async () => {
  await using lab = new ConduitLab();
  const conduit = lab.conduit({ peers: ["a:1"] });
  const error = await assertRejects(
    () => lab.until(conduit.sendRequest("ping")),
    SynapseError,
  );
  assertEquals(error.code, "unreachable");
  new ScriptedNode(lab, "b:1");
  const other = lab.conduit({ peers: ["b:1"] });
  const waiting = other.sendRequest("getaddr", {}, { timeoutMs: 5_000 });
  await assertRejects(() => lab.until(waiting), TimeoutError);
  const controller = new AbortController();
  const aborted = other.sendRequest("getaddr", {}, { signal: controller.signal });
  controller.abort(new Error("no longer wanted"));
  await assertRejects(() => lab.until(aborted), Error, "no longer wanted");
});

Deno.test("Conduit.messages gives what peers say, and drops the oldest inv first", async () => {
  await using lab = new ConduitLab();
  const node = new ScriptedNode(lab, "a:1");
  const conduit = lab.conduit({ peers: ["a:1"] });
  const { messages } = conduit;
  await lab.until(conduit.waitForPeers());
  const [conversation] = node.open;
  conversation.send({ command: "sendheaders" });
  for (let i = 0; i < 1_200; i++) {
    conversation.send({
      command: "inv",
      items: [{ type: 1, hash: new Uint8Array(32).fill(i) }],
    });
  }
  conversation.sendPayload("strange", Uint8Array.of(7));
  await lab.clock.advance(1);
  assertEquals(conduit.droppedMessages, 202);
  await lab.until(conduit.close());
  const received: ReceivedMessage[] = [];
  for await (const message of messages) received.push(message);
  assertEquals(received.length, 1_000);
  assertEquals(received[0].command, "sendheaders");
  assertEquals(received.at(-1)!.message, {
    command: "strange",
    unknown: Uint8Array.of(7),
  });
  assertEquals(received[0].peer, "a:1");
});

Deno.test("Conduit.on() hears one command, until told to stop", async () => {
  await using lab = new ConduitLab();
  const node = new ScriptedNode(lab, "a:1");
  const conduit = lab.conduit({ peers: ["a:1"] });
  await lab.until(conduit.waitForPeers());
  const heard: number[] = [];
  const stop = conduit.on(
    "inv",
    ({ message }) => heard.push(message.items.length),
  );
  node.open[0].send({ command: "sendheaders" });
  node.open[0].send({ command: "inv", items: [] });
  await lab.clock.advance(1);
  stop();
  node.open[0].send({ command: "inv", items: [] });
  await lab.clock.advance(1);
  assertEquals(heard, [0]);
});

Deno.test("Conduit asks three seeds at random, and peers for more; keeps one a netgroup", async () => {
  await using lab = new ConduitLab();
  const traits: NodeTraits = { network: SEEDED };
  const first = new AnsweringNode(lab, "81.1.0.1:18444", traits);
  first.addresses = [
    [82, 1, 0, 1],
    [82, 1, 0, 2],
    [83, 1, 0, 1],
    [10, 0, 0, 1],
    [127, 0, 0, 1],
  ];
  for (const host of ["82.1.0.1", "82.1.0.2", "83.1.0.1", "10.0.0.1"]) {
    new AnsweringNode(lab, `${host}:18444`, traits);
  }
  const asked: string[] = [];
  const conduit = lab.conduit({ network: SEEDED }, {
    resolveSeed: (name) => {
      asked.push(name);
      if (asked.length === 1) return Promise.reject(new Error("no such name"));
      return Promise.resolve(
        asked.length === 2 ? ["81.1.0.1", "192.168.0.1"] : [],
      );
    },
  });
  await lab.until(conduit.waitForPeers(3));
  assertEquals(new Set(asked).size, 3);
  await lab.clock.advance(30_000);
  const netgroups = conduit.getPeers().map(({ peer }) => peer.slice(0, 4));
  assertEquals(netgroups.toSorted(), ["81.1", "82.1", "83.1"]);
  assert(!lab.network.dialled.some((name) => /^(10|127|192)\./.test(name)));
  assertEquals(conduit.getAddresses().length, 4);
});

Deno.test("Conduit behind a proxy lets that resolve the seeds", async () => {
  await using lab = new ConduitLab();
  for (const name of SEEDED.dnsSeeds) {
    new AnsweringNode(lab, `${name}:18444`, { network: SEEDED });
  }
  const conduit = lab.conduit({ network: SEEDED });
  assertEquals((await lab.until(conduit.waitForPeers(3))).length, 3);
});

Deno.test("Conduit behind a proxy dials the seeds again, however often they couldn't be had", async () => {
  await using lab = new ConduitLab();
  let remembered: unknown;
  const addressBook: AddressStorage = {
    load: () => Promise.resolve(remembered),
    save: (json) => {
      remembered = json;
      return Promise.resolve();
    },
  };
  for (let i = 0; i < 5; i++) {
    const early = lab.conduit({ network: SEEDED, addressBook });
    const asked = early.waitForPeers(1, { timeoutMs: 5_000 });
    await assertRejects(() => lab.until(asked), TimeoutError);
    await lab.until(early.close());
  }
  const names = SEEDED.dnsSeeds.map((name) => `${name}:18444`);
  assertEquals(lab.network.dialled.filter((name) => names.includes(name)).length, 5 * 3);
  for (const name of names) new AnsweringNode(lab, name, { network: SEEDED });
  const conduit = lab.conduit({ network: SEEDED, addressBook });
  assertEquals((await lab.until(conduit.waitForPeers(3))).length, 3);
});

Deno.test("Conduit puts others in the place of those that die, and retries later and later", async () => {
  await using lab = new ConduitLab();
  const traits: NodeTraits = { network: SEEDED };
  const hosts = ["81.1.0.1", "82.1.0.1", "83.1.0.1"];
  const nodes = hosts.map((host) => new AnsweringNode(lab, `${host}:18444`, traits));
  const conduit = lab.conduit({ network: SEEDED, connections: 2 }, {
    resolveSeed: () => Promise.resolve(hosts),
  });
  const lost: string[] = [];
  conduit.events.on("peerLost", ({ peer }) => lost.push(peer));
  const [one] = await lab.until(conduit.waitForPeers(2));
  await nodes.find(({ name }) => name === one.peer)!.die();
  await lab.clock.advance(5_000);
  assertEquals(lost, [one.peer]);
  assertEquals(conduit.getPeers().length, 2);
  assert(conduit.getPeers().every(({ peer }) => peer !== one.peer));
});

Deno.test("Conduit dials a named node again, later and later, up to a minute", async () => {
  await using lab = new ConduitLab();
  const conduit = lab.conduit({ peers: ["a:1"] });
  void conduit.run();
  await lab.clock.advance(60_000);
  const first = lab.network.dialled.length;
  assert(first >= 4 && first <= 7, `${first} dials`);
  await lab.clock.advance(600_000);
  const more = lab.network.dialled.length - first;
  assert(more >= 9 && more <= 11, `${more} dials`);
  new ScriptedNode(lab, "a:1");
  await lab.clock.advance(62_000);
  assertEquals(conduit.getPeers().length, 1);
});

for (
  const [when, delayMs] of [["at once", 0], ["a second later", 1_000]] as const
) {
  Deno.test(`Conduit dials later and later who shakes hands only to hang up ${when}`, async () => {
    await using lab = new ConduitLab();
    const node = new class extends ScriptedNode {
      override heard(...heard: Parameters<ScriptedNode["heard"]>): void {
        if (delayMs > 0) super.heard(...heard);
        lab.clock.after(delayMs, () => heard[0].close());
      }
    }(lab, "a:1");
    const conduit = lab.conduit({ peers: ["a:1"] });
    void conduit.run();
    await lab.clock.advance(60_000);
    const dials = node.conversations.length;
    assert(dials >= 4 && dials <= 7, `${dials} connections`);
  });
}

Deno.test("Conduit keeps its address book, and does without one that can't be had", async () => {
  await using lab = new ConduitLab();
  let kept: unknown;
  const addressBook = {
    load: () => Promise.resolve(kept),
    save: (json: unknown) => {
      kept = JSON.parse(JSON.stringify(json));
      return Promise.resolve();
    },
  };
  new AnsweringNode(lab, "81.1.0.1:18444", { network: SEEDED });
  const options = { network: SEEDED, addressBook };
  const first = lab.conduit(options, {
    resolveSeed: () => Promise.resolve(["81.1.0.1"]),
  });
  await lab.until(first.waitForPeers());
  await lab.until(first.close());
  await lab.clock.advance(120_000);
  const second = lab.conduit(options, {
    resolveSeed: () => Promise.resolve([]),
  });
  assertEquals(
    (await lab.until(second.waitForPeers()))[0].peer,
    "81.1.0.1:18444",
  );

  const warnings: unknown[] = [];
  const broken = lab.conduit({
    network: SEEDED,
    addressBook: {
      load: () => Promise.resolve("nonsense"),
      save: () => Promise.reject("full"),
    },
  }, { resolveSeed: () => Promise.resolve(["81.1.0.1"]) });
  broken.events.on("warning", ({ error }) => warnings.push(error));
  await lab.until(broken.waitForPeers());
  await lab.until(broken.close());
  assertEquals(warnings.length, 2);
});

Deno.test("Conduit tells nodes of BSV and BCH apart by their agents", async () => {
  const network = { ...findNetwork("bch-main")!, dnsSeeds: ["seed"] };
  await using lab = new ConduitLab();
  const agents = {
    "81.1.0.1": "/Bitcoin SV:1.2.2/",
    "82.1.0.1": "/Bitcoin Cash Node:28.0.1/",
  };
  for (const [host, agent] of Object.entries(agents)) {
    new AnsweringNode(lab, `${host}:8333`, { network, agent });
  }
  const conduit = lab.conduit({ network }, {
    resolveSeed: () => Promise.resolve(Object.keys(agents)),
  });
  const failed: string[] = [];
  conduit.events.on(
    "dialFailed",
    ({ peer, reason }) => failed.push(`${peer} ${reason}`),
  );
  await lab.until(conduit.waitForPeers());
  await lab.clock.advance(10_000);
  assertEquals(conduit.getPeers().map(({ peer }) => peer), ["82.1.0.1:8333"]);
  assertEquals(failed, [
    "81.1.0.1:8333 it is of another chain: /Bitcoin SV:1.2.2/",
  ]);
});

Deno.test("getPeers() describes peers as plain JSON", async () => {
  await using lab = new ConduitLab();
  new CoreNode(lab, "a:1");
  const conduit = lab.conduit({ peers: ["a:1"] });
  const [peer] = await lab.until(conduit.waitForPeers());
  assertEquals(JSON.parse(JSON.stringify(peer)), {
    peer: "a:1",
    agent: "/Satoshi:30.3.0/",
    version: 70016,
    services: ["network", "witness", "networkLimited", "v2Transport"],
    height: 100,
    relay: true,
    wtxidRelay: true,
    feeFilterSat: 100,
    pingMs: 0,
    minPingMs: 0,
    offences: { malformed: 0, unexpected: 0, flood: 0, badChecksums: 0 },
  });
});

Deno.test("Conduit.run() goes on until its signal, then hangs up on everybody", async () => {
  await using lab = new ConduitLab();
  const node = new ScriptedNode(lab, "a:1");
  const conduit = lab.conduit({ peers: ["a:1"] });
  const controller = new AbortController();
  const running = conduit.run(controller.signal);
  await lab.clock.advance(300_000);
  assertEquals(node.open.length, 1);
  controller.abort();
  await lab.until(running);
  assertEquals(node.open.length, 0);
  await assertRejects(
    () => conduit.sendRequest("ping"),
    SynapseError,
    "closed",
  );
  assertThrows(() => conduit.broadcastTransaction("00"), Error);
});

Deno.test("Conduit.close() leaves nothing behind, whatever it was doing", async () => {
  await using lab = new ConduitLab();
  lab.network.blackHoles.add("b:1");
  new CoreNode(lab, "a:1");
  const conduit = lab.conduit({ peers: ["a:1", "b:1"] });
  const request = conduit.getHeaders();
  request.catch(() => {});
  await lab.clock.advance(100);
  await lab.until(conduit.close());
  await assertRejects(() => request, SynapseError);
  assertEquals(lab.clock.pendingTimers, 0);
});

Deno.test("getHeaders() takes it for the end when a node looks at the question and says nothing", async () => {
  await using lab = new ConduitLab();
  new ScriptedNode(lab, "a:1");
  const conduit = lab.conduit({ peers: ["a:1"] });
  assertEquals(await lab.until(conduit.getHeaders()), []);
});
