import { open } from "node:fs/promises";
import { assertEquals, assertRejects } from "@std/assert";
import { SynapseError } from "../../core/errors.ts";
import { PartialFileOnDisk } from "../../transports/partial_file.ts";
import { fileBytes } from "../support/memory_files.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

for (
  const [failing, code, reason] of [
    ["write", "ENOSPC", "the disk is full"],
    ["sync", "EIO", "the disk fails"],
    ["write", "EWHATEVER", "the file system fails: got EWHATEVER"],
  ] as const
) {
  Deno.test(`PartialFileOnDisk says of ${code} that ${reason}, and lets go of the file`, async () => {
    await using folder = await TemporaryFolder.create();
    const handle = await open(folder.at("part"), "wx+");
    handle[failing] = () => Promise.reject(Object.assign(new Error(folder.path), { code }));
    const place = { name: "a", partialPath: folder.at("part"), path: folder.at("a") };
    const partial = new PartialFileOnDisk({ ...place, overwrite: false }, handle, 0);
    const fill = async () => {
      for (let i = 0; i < 3; i++) await partial.append(fileBytes(1024 * 1024));
      await partial.commit();
    };
    const error = await assertRejects(fill, SynapseError);
    assertEquals([error.code, error.message], ["storage_failed", `Cannot write a as ${reason}`]);
    await partial.close();
    assertEquals(await folder.names(), ["part"]);
  });
}

Deno.test("PartialFileOnDisk makes no file of what the disk has failed to keep meanwhile", async () => {
  await using folder = await TemporaryFolder.create();
  const handle = await open(folder.at("part"), "wx+");
  let syncs = 0;
  handle.write =
    ((_bytes: Uint8Array, _offset: number, bytesWritten: number) =>
      Promise.resolve({ bytesWritten })) as typeof handle.write;
  // The system tells of a failure once.
  handle.datasync = () =>
    ++syncs === 1
      ? Promise.reject(Object.assign(new Error("failed"), { code: "EIO" }))
      : Promise.resolve();
  const place = { name: "a", partialPath: folder.at("part"), path: folder.at("a") };
  const partial = new PartialFileOnDisk({ ...place, overwrite: false }, handle, 0);
  const bytes = new Uint8Array(64 * 1024 * 1024);
  for (let i = 0; i < 3; i++) await partial.append(bytes);
  const error = await assertRejects(() => partial.commit(), SynapseError);
  assertEquals([error.code, error.message], ["storage_failed", "Cannot write a as the disk fails"]);
  await partial.close();
  assertEquals([syncs, await folder.names()], [1, ["part"]]);
});
