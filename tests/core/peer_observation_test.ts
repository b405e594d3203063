import { assertEquals } from "@std/assert";
import {
  isNamespaceName,
  isPeerName,
  type PeerObservation,
  readObservation,
  readPeerAddress,
} from "../../core/peer_observation.ts";

const GOOD: PeerObservation = {
  namespace: "demo",
  name: "alice",
  address: "tcp://192.168.1.5:9999",
  key: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
  functions: ["sum"],
  heardMs: 1_700_000_000_000,
};

Deno.test("isPeerName() takes 1 to 64 characters that can be printed", () => {
  const good = ["a", "a".repeat(64), "alice-2", "my node", "Zoë", "名前", "😀", "a.b/c:d#e"];
  for (const name of good) assertEquals(isPeerName(name), true, name);
  const bad = [
    "",
    "a".repeat(65),
    "a|b",
    "a@b",
    " a",
    "a ",
    "\ta",
    "a\n",
    "a\u0000b",
    "a\u001b[2Jb",
  ];
  for (
    const name of [...bad, "a\u007fb", "a\u0085b", "\ufeffa", "a\u2028b", "a\u202eb", "a\ud800b"]
  ) {
    assertEquals(isPeerName(name), false, JSON.stringify(name));
  }
  for (const other of [undefined, null, 5, ["a"], { length: 1 }, Uint8Array.of(97)]) {
    assertEquals(isPeerName(other), false);
  }
});

Deno.test("isNamespaceName() differs from isPeerName() in @", () => {
  assertEquals(isNamespaceName("team@home"), true);
  assertEquals(isNamespaceName("cryptocurrencies.bitcoin"), true);
  for (const name of ["", "a|b", " a", "a\u0000", "a".repeat(65), 5]) {
    assertEquals(isNamespaceName(name), false);
  }
});

Deno.test("readPeerAddress() gives one spelling, and nothing for what is none", () => {
  assertEquals(readPeerAddress("TCP://10.0.0.1:9999"), "tcp://10.0.0.1:9999");
  assertEquals(readPeerAddress("10.0.0.1:9999"), "tcp://10.0.0.1:9999");
  assertEquals(readPeerAddress("[::1]:9999"), "tcp://[::1]:9999");
  assertEquals(readPeerAddress("ws://host:80/path"), "ws://host:80/path");
  const longest = `tcp://${"a".repeat(245)}:9999`;
  assertEquals(readPeerAddress(longest)?.length, 256);
  const bad = ["", "alice", "tcp://10.0.0.1", "tcp://a:65536", "tcp://a b:1", "tcp://a\u001b[2J:1"];
  for (
    const address of [...bad, "tcp://ä:1", "tcp://a|b c:1\n", `${longest}9`.replace("a", "aa")]
  ) {
    assertEquals(readPeerAddress(address), undefined, address);
  }
  for (const other of [undefined, null, 5, ["tcp://a:1"]]) {
    assertEquals(readPeerAddress(other), undefined);
  }
});

Deno.test("readObservation() gives what can be true in its one spelling", () => {
  assertEquals(readObservation(GOOD), GOOD);
  const bare = { namespace: "demo", name: "bob", address: "10.0.0.1:1", heardMs: 0, extra: 1 };
  assertEquals(readObservation(bare), {
    namespace: "demo",
    name: "bob",
    address: "tcp://10.0.0.1:1",
    key: undefined,
    heardMs: 0,
  });
});

Deno.test("readObservation() refuses each field that can't be true", () => {
  const bad: Record<keyof PeerObservation, readonly unknown[]> = {
    namespace: ["", "a|b", undefined, 5],
    name: ["", "a|b", "a@b", "a\n", "a".repeat(65), undefined, 5],
    address: ["", "nowhere", undefined, 5, "x".repeat(65_536)],
    key: ["", "short", null, GOOD.key + "A", new Uint8Array(32)],
    functions: [null, "sum", [5], [""], ["a".repeat(129)], ["a\u001b[2J"], { length: 1 }],
    heardMs: [NaN, -1, 1.5, Infinity, 2 ** 60, "0", undefined],
  };
  for (const [field, values] of Object.entries(bad)) {
    for (const value of values) {
      const observation = { ...GOOD, [field]: value } as PeerObservation;
      assertEquals(readObservation(observation), undefined, `${field}: ${value}`);
    }
  }
});

Deno.test("readObservation() keeps 64 functions of at most 128 characters", () => {
  const functions = Array.from({ length: 65 }, (_, i) => `${i}`.padStart(128, "f"));
  const kept = readObservation({ ...GOOD, functions })!.functions!;
  assertEquals(kept, functions.slice(0, 64));
  // What is left out can't do harm.
  const hostile = [...functions.slice(0, 64), "\u001b"];
  assertEquals(readObservation({ ...GOOD, functions: hostile })?.functions, kept);
});
