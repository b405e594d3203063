import { assert, assertEquals } from "@std/assert";
import type { Advert } from "../../../core/advert.ts";
import { AdvertReader } from "../../../core/discovery/advert_reader.ts";
import { advertOf } from "../../support/adverts.ts";
import { verifyCheaply } from "../../support/cheap_signatures.ts";

function createReader(remembered?: number) {
  let count = 0;
  const reader = new AdvertReader({
    remembered,
    verify: (...signed) => {
      count++;
      return verifyCheaply(...signed);
    },
  });
  const read = (line: string) => reader.read(line) as Advert;
  return { reader, read, verified: () => count };
}

Deno.test("AdvertReader knows an advert again that it has found good", () => {
  const { reader, read, verified } = createReader();
  const advert = read(advertOf(1).line);
  assertEquals(reader.isKnownGood(advert), false);
  assert(reader.verify(advert));
  assert(reader.isKnownGood(read(advertOf(1).line)));
  assertEquals(verified(), 1);
});

Deno.test("AdvertReader does not remember what was forged", () => {
  const { reader, read } = createReader();
  const forged = read(advertOf(1).line.replace("node-1@", "node-2@"));
  assertEquals(reader.verify(forged), false);
  assertEquals(reader.isKnownGood(read(forged.line)), false);
});

Deno.test("AdvertReader remembers so many at least, and twice that at most", () => {
  const { reader, read } = createReader(10);
  for (let number = 1; number <= 100; number++) reader.verify(read(advertOf(number).line));
  const numbers = Array.from({ length: 100 }, (_, i) => i + 1);
  const known = numbers.filter((number) => reader.isKnownGood(read(advertOf(number).line)));
  assert(known.length >= 10 && known.length <= 20);
  assertEquals(known.at(-1), 100);
});
