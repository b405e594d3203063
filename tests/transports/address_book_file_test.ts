import { assertEquals, assertRejects } from "@std/assert";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { AddressBookFile } from "../../transports/address_book_file.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

Deno.test("AddressBookFile gives back what it was given, and nothing where there is nothing", async () => {
  await using folder = await TemporaryFolder.create();
  const file = new AddressBookFile(`${folder.path}/new/peers.json`);
  assertEquals(await file.load(), undefined);
  await file.save({ version: 1 });
  assertEquals(await file.load(), { version: 1 });
  assertEquals((await stat(file.path)).mode & 0o777, 0o600);
  assertEquals(await readdir(`${folder.path}/new`), ["peers.json"]);
});

Deno.test("AddressBookFile writes one state after the other, the last one last", async () => {
  await using folder = await TemporaryFolder.create();
  const file = new AddressBookFile(`${folder.path}/peers.json`);
  await Promise.all(Array.from({ length: 20 }, (_, i) => file.save({ i })));
  assertEquals(await file.load(), { i: 19 });
  assertEquals(await readdir(folder.path), ["peers.json"]);
});

Deno.test("AddressBookFile keeps a file aside that is no JSON", async () => {
  await using folder = await TemporaryFolder.create();
  const path = `${folder.path}/peers.json`;
  await writeFile(path, "{ half");
  assertEquals(await new AddressBookFile(path).load(), undefined);
  assertEquals(await readFile(`${path}.broken`, "utf8"), "{ half");
});

Deno.test("AddressBookFile leaves no draft behind when it can't write", async () => {
  await using folder = await TemporaryFolder.create();
  const path = `${folder.path}/peers.json`;
  await mkdir(path);
  const file = new AddressBookFile(path);
  await assertRejects(() => file.save({}));
  assertEquals(await readdir(folder.path), ["peers.json"]);
  await assertRejects(() => file.load());
});
