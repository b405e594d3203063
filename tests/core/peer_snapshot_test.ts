import { assertEquals, assertThrows } from "@std/assert";
import { DecodeError } from "../../core/errors.ts";
import { readPeerSnapshot, takePeerSnapshot } from "../../core/peer_snapshot.ts";
import { keyText, peer } from "../support/peers.ts";

const PEER = peer("alice", {
  id: keyText(1),
  key: keyText(1),
  addresses: ["tcp://10.0.0.1:9999", "ws://10.0.0.1:80/"],
  functions: ["sum"],
  firstSeenMs: 5,
  lastSeenMs: 7,
  failures: 2,
  latency: { smoothedMs: 1.5, deviationMs: 0.5 },
});
const PIN = { handle: "bob@team@home", key: keyText(2) };

// deno-lint-ignore no-explicit-any -- to be changed at will
function snapshot(change: (json: any) => void = () => {}): unknown {
  const json = JSON.parse(JSON.stringify(takePeerSnapshot([PEER], [PIN])));
  change(json);
  return json;
}

Deno.test("readPeerSnapshot() reads what takePeerSnapshot() gave, by way of JSON", () => {
  const { id: _, state: __, direction: ___, ...memory } = PEER;
  assertEquals(readPeerSnapshot(snapshot(), 10), { version: 1, peers: [memory], pins: [PIN] });
});

Deno.test("takePeerSnapshot() puts the last seen first", () => {
  const peers = [3, 9, 5].map((lastSeenMs) => peer(`${lastSeenMs}`, { lastSeenMs }));
  assertEquals(takePeerSnapshot(peers, []).peers.map(({ name }) => name), ["9", "5", "3"]);
});

Deno.test("readPeerSnapshot() reads a peer without a key that was never pinged", () => {
  const json = JSON.parse(JSON.stringify(takePeerSnapshot([peer("bob")], [])));
  const [memory] = readPeerSnapshot(json, 10).peers;
  assertEquals(memory.key, undefined);
  assertEquals(memory.latency, undefined);
});

Deno.test("readPeerSnapshot() looks at no more than it may keep", () => {
  const json = snapshot((json) => {
    json.peers.push("not looked at");
    json.pins.unshift("not looked at");
  });
  const read = readPeerSnapshot(json, 1);
  assertEquals([read.peers.length, read.pins.length], [1, 1]);
  assertThrows(() => readPeerSnapshot(json, 2), DecodeError, "peers[1] is no object");
});

Deno.test("readPeerSnapshot() keeps the first 8 addresses", () => {
  const addresses = Array.from({ length: 9 }, (_, i) => `tcp://10.0.0.${i}:9999`);
  const json = snapshot((json) => json.peers[0].addresses = addresses);
  assertEquals(readPeerSnapshot(json, 10).peers[0].addresses, addresses.slice(0, 8));
});

Deno.test("readPeerSnapshot() says what is wrong, and where", () => {
  // deno-lint-ignore no-explicit-any -- to be changed at will
  const bad: [(json: any) => void, string][] = [
    [(json) => json.version = 2, "version is not 1: got 2"],
    [(json) => delete json.version, "version is not 1"],
    [(json) => json.peers = {}, "peers is no list"],
    [(json) => delete json.pins, "pins is no list"],
    [(json) => json.peers[0] = null, "peers[0] is no object"],
    [(json) => json.peers[0].name = "a|b", "peers[0].name is no name"],
    [(json) => json.peers[0].namespace = "", "peers[0].namespace is no namespace"],
    [(json) => json.peers[0].key = "short", "peers[0].key is no public key"],
    [(json) => json.peers[0].key = null, "peers[0].key is no public key"],
    [(json) => json.peers[0].addresses = [], "peers[0].addresses is no list"],
    [(json) => json.peers[0].addresses[1] = "x", "peers[0].addresses[1] is no address"],
    [(json) => json.peers[0].functions = [5], "peers[0].functions is no list"],
    [(json) => json.peers[0].firstSeenMs = -1, "peers[0].firstSeenMs is no number"],
    [(json) => json.peers[0].lastSeenMs = 1e16, "peers[0].lastSeenMs is no number"],
    [(json) => json.peers[0].lastSeenMs = null, "peers[0].lastSeenMs is no number"],
    [(json) => json.peers[0].failures = "2", "peers[0].failures is no number"],
    [(json) => json.peers[0].latency = 5, "peers[0].latency is no object"],
    [(json) => json.peers[0].latency.smoothedMs = null, "peers[0].latency.smoothedMs is no number"],
    [(json) => json.pins[0] = [], "pins[0] is no object"],
    [(json) => json.pins[0].handle = "alice", "pins[0].handle is not name@namespace"],
    [(json) => json.pins[0].handle = "@demo", "pins[0].handle is not name@namespace"],
    [(json) => json.pins[0].key = "short", "pins[0].key is no public key"],
  ];
  for (const [change, message] of bad) {
    const error = assertThrows(() => readPeerSnapshot(snapshot(change), 10), DecodeError, message);
    assertEquals(error.reason, "malformed");
  }
  for (const other of [undefined, null, 5, "{}", [], [snapshot()]]) {
    assertThrows(() => readPeerSnapshot(other, 10), DecodeError);
  }
});
