import { assertEquals } from "@std/assert";
import { PeerTable } from "../../../core/peer_table.ts";
import { observeSwarmPeer } from "../../../core/synapse/swarm_observation.ts";
import { parseSwarmPeer } from "../../../core/synapse/swarm_peer.ts";
import { PEER_SILENCE_MS } from "../../../core/synapse/swarm_peers.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { peerMap } from "../../support/swarm_lab.ts";

Deno.test("observeSwarmPeer() makes members peers of a table, and offline when members forget them", async () => {
  const clock = new FakeClock();
  const table = new PeerTable({
    clock,
    onListenerError: (error) => {
      throw error;
    },
  });
  const hear = (fields: object) =>
    table.merge(
      observeSwarmPeer(parseSwarmPeer(peerMap("bob", fields), clock.unixMs() + 0.5), "home"),
      { offlineAfterMs: PEER_SILENCE_MS },
    );
  assertEquals(hear({}), "joined");
  assertEquals(table.named("bob", "home")?.addresses, ["synapse://bob:1"]);
  assertEquals(hear({ swarm: "red" }), "joined");
  assertEquals(table.named("bob", "red")?.state, "discovered");
  assertEquals(hear({ name: "", id: "0123456789abcdef", address: "fe80::1" }), "joined");
  assertEquals(table.named("01234567", "home")?.addresses, ["synapse://[fe80::1]:1"]);
  await clock.advance(PEER_SILENCE_MS - 1);
  table.sweep();
  assertEquals(table.named("bob", "home")?.state, "discovered");
  await clock.advance(1);
  table.sweep();
  assertEquals(table.named("bob", "home")?.state, "offline");
});
