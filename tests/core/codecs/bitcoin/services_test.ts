import { assertEquals } from "@std/assert";
import { serviceNames, SERVICES } from "../../../../core/codecs/bitcoin/services.ts";

Deno.test("SERVICES have the bits that nodes say", () => {
  // What Bitcoin Core 30 says of itself, and what BSV's node 1.2.2 does.
  assertEquals(serviceNames(0xc09n), ["network", "witness", "networkLimited", "v2Transport"]);
  assertEquals(serviceNames(33n), ["network", "bitcoinCash"]);
});

Deno.test("serviceNames() names every known bit, and counts the others", () => {
  assertEquals(serviceNames(0n), []);
  for (const [name, bit] of Object.entries(SERVICES)) assertEquals(serviceNames(bit), [name]);
  assertEquals(serviceNames(1n << 63n), ["bit 63"]);
});
