import { assertEquals, assertRejects } from "@std/assert";
import { FileSpools } from "../../transports/file_spool.ts";
import { testSpools } from "../support/spool_suite.ts";

testSpools("FileSpools", (maxBytes) => new FileSpools({ maxBytes, memoryBytes: 10_000 }));

Deno.test("FileSpools keep small transfers in memory, and leave no names behind", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const spool = new FileSpools({ directory, memoryBytes: 100 }).create();
    await spool.append(new Uint8Array(100).fill(1));
    await spool.append(new Uint8Array(100).fill(2));
    assertEquals([...Deno.readDirSync(directory)], []);
    assertEquals(await spool.read(99, 2), new Uint8Array([1, 2]));
    await spool.close();
  } finally {
    await Deno.remove(directory);
  }
});

Deno.test("FileSpools fail where there is no such directory, and only when a file is needed", async () => {
  const spools = new FileSpools({ directory: "/nowhere/at/all", memoryBytes: 100 });
  const spool = spools.create();
  await spool.append(new Uint8Array(100));
  await assertRejects(() => spool.append(new Uint8Array(1)));
  await spool.close();
  assertEquals(spools.usedBytes, 0);
});

Deno.test("FileSpool.close() waits for what is being written", async () => {
  const spools = new FileSpools({ memoryBytes: 1 });
  const spool = spools.create();
  const writing = spool.append(new Uint8Array(1_000_000));
  const reading = spool.read(0, 10);
  await spool.close();
  await writing;
  assertEquals((await reading).length, 10);
  assertEquals(spools.usedBytes, 0);
});
