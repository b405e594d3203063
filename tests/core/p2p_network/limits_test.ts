import { assertThrows } from "@std/assert";
import { nodeP2pCompression } from "../../../transports/compression.ts";
import { MemoryTransport } from "../../../transports/memory.ts";
import { P2pNode } from "../../../core/p2p_network/node.ts";
import { FakeClock } from "../../support/fake_clock.ts";

Deno.test("P2pNode refuses a limit that is no positive whole number", () => {
  const world = {
    transport: new MemoryTransport(),
    clock: new FakeClock(),
    randomBytes: (count: number) => new Uint8Array(count),
    compression: nodeP2pCompression,
  };
  for (const maxMessageBytes of [0, -1, 1.5, NaN, Infinity]) {
    const make = () => new P2pNode({ limits: { maxMessageBytes } }, world);
    assertThrows(make, RangeError, "Cannot set limit maxMessageBytes");
  }
});
