import { assertEquals, assertThrows } from "@std/assert";
import { Conduit, requireNetwork } from "../../transports/bitcoin.ts";
import { TcpTransport } from "../../transports/tcp.ts";

Deno.test("requireNetwork() finds networks, and says which there are", () => {
  assertEquals(requireNetwork("testnet4").port, 48333);
  assertThrows(() => requireNetwork("moonnet"), TypeError, "as there are main, testnet3");
});

Deno.test("Conduit() takes a network by its name or as it is, and refuses what it can't read", async () => {
  await using conduit = new Conduit({ network: "regtest", peers: ["127.0.0.1"] });
  assertEquals(conduit.network, requireNetwork("regtest"));
  for (
    const [changes, message] of [
      [{ network: "moonnet" }, "Cannot find network"],
      [{ peers: ["a b"] }, "it is not host:port"],
      [{ proxy: "http://127.0.0.1:1" }, "it is not socks5://host:port"],
      [{ agent: "/bitcoincash:1/" }, "nodes of BSV ban"],
    ] as const
  ) {
    assertThrows(() => new Conduit({ network: "regtest", ...changes }), TypeError, message);
  }
});

Deno.test("Conduit() goes through the proxy that it is told, and dials nobody by itself", async () => {
  let dials = 0;
  const transport = new TcpTransport();
  transport.dial = (to) => {
    dials++;
    assertEquals([to.host, to.port], ["127.0.0.1", 9050]);
    return Promise.reject(new Error("no proxy there"));
  };
  const proxy = "socks5://127.0.0.1:9050";
  await using conduit = new Conduit({ network: "regtest", peers: ["a.onion"], proxy }, {
    transport,
  });
  assertEquals(dials, 0);
  await conduit.waitForPeers(1).catch(() => {});
  assertEquals(dials, 1);
});
