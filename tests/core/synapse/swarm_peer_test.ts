import { assertEquals, assertThrows } from "@std/assert";
import type { SynapseRequest } from "../../../core/codecs/synapse_message.ts";
import { SynapseError } from "../../../core/errors.ts";
import { formatSwarmPeer, parseSwarmPeer } from "../../../core/synapse/swarm_peer.ts";
import { FRAMES, vectorOf } from "../../support/synapse_vectors.ts";

const MINIMAL = { id: "dave", address: "127.0.0.1", port: 1 };

Deno.test("parseSwarmPeer() and formatSwarmPeer() keep what real nodes say, in their order", () => {
  const { args } = vectorOf(FRAMES, "join.request").decoded as SynapseRequest;
  const map = args[0] as { readonly last_seen: number };
  const peer = parseSwarmPeer(map, map.last_seen * 1000);
  assertEquals(peer.name, "carol");
  assertEquals(JSON.stringify(formatSwarmPeer(peer)), JSON.stringify(map));
});

Deno.test("parseSwarmPeer() fills in what may be left out, and knows better when it was heard", () => {
  assertEquals(parseSwarmPeer({ ...MINIMAL, last_seen: 5 }, 1_500), {
    ...MINIMAL,
    swarm: null,
    team: null,
    name: "",
    kind: "node",
    capabilities: [],
    lastSeenMs: 1_500,
  });
  assertEquals(parseSwarmPeer({ ...MINIMAL, kind: "bootstrap" }, 0).kind, "bootstrap");
  assertEquals(parseSwarmPeer({ ...MINIMAL, address: "fe80::1%eth0" }, 0).address, "fe80::1%eth0");
});

Deno.test("parseSwarmPeer() refuses what can't be kept, or isn't known", () => {
  const wrong: readonly (readonly [unknown, string])[] = [
    [null, "not a map"],
    [[MINIMAL], "not a map"],
    [new Map([["id", "x"]]), "not a map"],
    [{}, "its id"],
    [{ ...MINIMAL, role: "x" }, 'a field "role"'],
    ...["", 5, null, "x".repeat(257), "a\nb"].map((id) => [{ ...MINIMAL, id }, "its id"] as const),
    ...["", "a b", "a/b", "\u202e", "x".repeat(257), 5, undefined].map((address) =>
      [{ ...MINIMAL, address }, "its address"] as const
    ),
    ...[0, 65_536, 1.5, "1", undefined].map((port) => [{ ...MINIMAL, port }, "its port"] as const),
    [{ ...MINIMAL, swarm: 5 }, "its swarm"],
    [{ ...MINIMAL, team: "x".repeat(257) }, "its swarm, team"],
    [{ ...MINIMAL, name: null }, "its swarm, team or name"],
    [{ ...MINIMAL, kind: "spy" }, "its kind"],
    [{ ...MINIMAL, capabilities: "x" }, "its capabilities"],
    [{ ...MINIMAL, capabilities: [5] }, "its capabilities"],
    [{ ...MINIMAL, capabilities: new Array(65).fill("x") }, "its capabilities"],
  ];
  for (const [value, reason] of wrong) {
    const error = assertThrows(() => parseSwarmPeer(value, 0), SynapseError, reason);
    assertEquals(error.code, "internal_error");
  }
  const most = { ...MINIMAL, capabilities: new Array(64).fill("x"), name: "x".repeat(256) };
  assertEquals(parseSwarmPeer(most, 0).capabilities.length, 64);
});
