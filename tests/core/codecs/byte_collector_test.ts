import { assert, assertEquals } from "@std/assert";
import { ByteCollector } from "../../../core/codecs/byte_collector.ts";
import { countCopiedBytes } from "../../support/counting.ts";

Deno.test("ByteCollector gives what came, once, and starts anew", () => {
  const collector = new ByteCollector();
  assertEquals(collector.take(), new Uint8Array(0));
  const piece = Uint8Array.of(1, 2);
  collector.append(piece);
  piece.fill(9);
  collector.append(Uint8Array.of(3));
  assertEquals(collector.length, 3);
  const whole = collector.take();
  assertEquals(whole, Uint8Array.of(1, 2, 3));
  assertEquals(collector.length, 0);
  collector.append(Uint8Array.of(4));
  assertEquals([whole, collector.take()], [Uint8Array.of(1, 2, 3), Uint8Array.of(4)]);
});

Deno.test("ByteCollector copies little more than twice, however small the pieces", () => {
  const collector = new ByteCollector();
  const copied = countCopiedBytes(() => {
    for (let i = 0; i < 100_000; i++) collector.append(Uint8Array.of(i));
  });
  assertEquals(collector.length, 100_000);
  assert(copied < 300_000, `${copied} bytes`);
});
