import { assertEquals, assertRejects } from "@std/assert";
import { SynapseError } from "../../../core/errors.ts";
import { MemorySpools } from "../../../core/pnet/spool.ts";
import { streamOfSpool } from "../../../core/pnet/transfer_data.ts";
import { testSpools } from "../../support/spool_suite.ts";

testSpools("MemorySpools", (maxBytes) => new MemorySpools(maxBytes));

Deno.test("streamOfSpool() fails when the spool is closed, and does not seem to end", async () => {
  const spool = new MemorySpools().create();
  await spool.append(new Uint8Array(20_000));
  const reader = streamOfSpool(spool).getReader();
  assertEquals((await reader.read()).value?.length, 16_384);
  await spool.close();
  await assertRejects(() => reader.read(), SynapseError, "over");
});
