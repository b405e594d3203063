import { assertEquals, assertRejects } from "@std/assert";
import { PnetPeers } from "../../../core/pnet/peers.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const advert = (name: string, port = 1, publicKeyPem = "key") => ({
  name,
  host: "10.0.0.1",
  port,
  publicKeyPem,
});

function create(maxPeers = 10): { peers: PnetPeers; clock: FakeClock } {
  const clock = new FakeClock();
  return { peers: new PnetPeers({ self: "me", clock, maxPeers, peerSilenceMs: 1_000 }), clock };
}

Deno.test("PnetPeers.merge() says what is new", () => {
  const { peers } = create();
  assertEquals(peers.merge(advert("bob")), "joined");
  assertEquals(peers.merge(advert("bob")), "unchanged");
  assertEquals(peers.merge(advert("bob", 2)), "moved");
  assertEquals(peers.merge(advert("bob", 2, "another")), "moved");
  assertEquals(peers.merge(advert("me")), "self");
  assertEquals(peers.names, ["bob"]);
  assertEquals(peers.get("bob")!.address, {
    scheme: "tcp",
    host: "10.0.0.1",
    port: 2,
    path: "",
  });
  assertEquals(peers.byKey("another")?.name, "bob");
  assertEquals(peers.byKey("key"), undefined);
});

Deno.test("PnetPeers.merge() reads localhost as this machine", () => {
  const { peers } = create();
  peers.merge({ ...advert("bob"), host: "localhost" });
  assertEquals(peers.get("bob")!.address.host, "127.0.0.1");
});

Deno.test("PnetPeers refuses more than maxPeers, but lets go of those that are silent", async () => {
  const { peers, clock } = create(2);
  peers.merge(advert("one"));
  peers.merge(advert("two"));
  assertEquals(peers.merge(advert("one", 9)), "moved");
  await clock.advance(999);
  assertEquals(peers.merge(advert("three")), "full");
  assertEquals(peers.merge(advert("one", 9)), "unchanged");
  await clock.advance(1);
  assertEquals(peers.merge(advert("three")), "joined");
  assertEquals(peers.names, ["one", "three"]);
  assertEquals(peers.merge(advert("four")), "full");
});

Deno.test("PnetPeers.find() waits until somebody is known, or gives up", async () => {
  const { peers } = create();
  const controller = new AbortController();
  const { signal } = controller;
  const [first, second, given] = [
    peers.find("bob", signal),
    peers.find("bob", signal),
    peers.find("eve", signal),
  ];
  peers.merge(advert("bob"));
  assertEquals((await first).name, "bob");
  assertEquals(await second, await peers.find("bob", signal));
  const reason = new Error("enough");
  controller.abort(reason);
  assertEquals(await assertRejects(() => given), reason);
  assertEquals(await assertRejects(() => peers.find("eve", signal)), reason);
});

Deno.test("PnetPeers.remove() forgets", () => {
  const { peers } = create();
  peers.merge(advert("bob"));
  assertEquals([peers.remove("bob"), peers.remove("bob"), peers.size], [true, false, 0]);
});
