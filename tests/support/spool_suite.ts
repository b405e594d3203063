/**
 * What every kind of spool has to do.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { SynapseError } from "../../core/errors.ts";
import type { PnetSpools } from "../../core/pnet/spool.ts";

const PAGE = 16 * 1024;

/**
 * Declares the tests.
 *
 * @param name Of the class.
 * @param create Makes it, with room for so many bytes.
 */
export function testSpools(
  name: string,
  create: (maxBytes: number) => PnetSpools & { readonly usedBytes: number },
): void {
  Deno.test(`${name} gives back what was appended, from anywhere`, async () => {
    const spool = create(10 * PAGE).create();
    const bytes = Uint8Array.from({ length: 3 * PAGE + 100 }, (_, at) => at * 7);
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + 5_000);
      await spool.append(part);
      at += part.length;
    }
    assertEquals(spool.size, bytes.length);
    for (const [offset, length] of [[0, 10], [PAGE - 5, 10], [100, 2 * PAGE], [3 * PAGE, 1_000]]) {
      assertEquals(await spool.read(offset, length), bytes.slice(offset, offset + length));
    }
    assertEquals((await spool.read(bytes.length, 10)).length, 0);
    await spool.close();
  });

  Deno.test(`${name} shares room among its spools, and gets it back`, async () => {
    const spools = create(2 * PAGE);
    const [one, other] = [spools.create(), spools.create()];
    await one.append(new Uint8Array(PAGE));
    await other.append(new Uint8Array(PAGE));
    const error = await assertRejects(() => other.append(new Uint8Array(1)), SynapseError);
    assertEquals(error.code, "limit_exceeded");
    await one.close();
    await one.close();
    await other.append(new Uint8Array(PAGE));
    assertEquals(spools.usedBytes, 2 * PAGE);
    await other.close();
    assertEquals(spools.usedBytes, 0);
  });

  Deno.test(`${name} has spools that fail once they are closed`, async () => {
    const spool = create(PAGE).create();
    await spool.append(new Uint8Array(10));
    await spool.close();
    await assertRejects(() => spool.read(0, 10), SynapseError, "over");
    await assertRejects(() => spool.append(new Uint8Array(1)), SynapseError, "over");
  });
}
