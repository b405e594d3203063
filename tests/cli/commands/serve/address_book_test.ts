import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { AddressBook } from "../../../../cli/commands/serve/address_book.ts";
import { EventLog } from "../../../../cli/commands/serve/event_log.ts";
import { UsageError } from "../../../../cli/usage_error.ts";
import { Identity, PeerTable } from "../../../../mod.ts";
import { systemClock } from "../../../../transports/system.ts";
import { FakeIo } from "../../fake_io.ts";

const KEY = new Identity(new Uint8Array(32).fill(7)).id;
const BOB = { namespace: "demo", name: "bob", address: "tcp://127.0.0.1:9999", key: KEY };

function createTable(): PeerTable {
  return new PeerTable({
    clock: systemClock,
    onListenerError: (error) => {
      throw error;
    },
  });
}

async function inFolder(test: (path: string, io: FakeIo, log: EventLog) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  const io = new FakeIo();
  try {
    await test(`${folder}/peers.json`, io, new EventLog(io, false));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("AddressBook remembers peers, and whose key a name belongs to", () =>
  inFolder(async (path, io, log) => {
    const table = createTable();
    const book = await AddressBook.open(path, table, log);
    table.merge({ ...BOB, heardMs: Date.now() });
    await book.close();
    assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);

    const later = createTable();
    await (await AddressBook.open(path, later, log)).close();
    const { state, key, addresses } = later.named("bob", "demo")!;
    assertEquals([state, key, addresses], ["offline", KEY, [BOB.address]]);
    const other = new Identity(new Uint8Array(32).fill(8)).id;
    assertEquals(later.merge({ ...BOB, key: other, heardMs: Date.now() }), "key_changed");
    assertEquals(io.err.text, "");
  }));

Deno.test("AddressBook writes what happens soon, without being closed", () =>
  inFolder(async (path, _io, log) => {
    const table = createTable();
    const book = await AddressBook.open(path, table, log);
    const watcher = Deno.watchFs(path.replace(/\/[^/]*$/, ""));
    table.merge({ ...BOB, heardMs: Date.now() });
    for await (const _event of watcher) {
      if (Deno.readTextFileSync(path).includes("bob")) break;
    }
    await book.close();
  }));

for (const text of ["{", '{"version":2}', '{"version":1,"peers":[{}],"pins":[]}']) {
  Deno.test(`AddressBook keeps ${text} aside, and says so once`, () =>
    inFolder(async (path, io, log) => {
      await Deno.writeTextFile(path, text);
      const table = createTable();
      await (await AddressBook.open(path, table, log)).close();
      assertEquals(table.size, 0);
      assertEquals(Deno.readTextFileSync(`${path}.broken`), text);
      assertEquals(JSON.parse(Deno.readTextFileSync(path)).peers, []);
      assertMatch(io.err.text, /^synapse: warning: forgot the peers in \S+, now \S+: [^\n]+\n$/);
    }));
}

Deno.test("AddressBook refuses a file that can't be one", () =>
  inFolder(async (path, _io, log) => {
    await assertRejects(
      () => AddressBook.open(`${path}/none/peers.json`, createTable(), log),
      UsageError,
      "there is no such file or folder",
    );
    await Deno.mkdir(path);
    await assertRejects(
      () => AddressBook.open(path, createTable(), log),
      UsageError,
      `Cannot keep peers in ${path} as it is a folder`,
    );
  }));

Deno.test("AddressBook warns once when the file can't be written any more", () =>
  inFolder(async (path, io, log) => {
    const folder = path.replace(/\/[^/]*$/, "/inner");
    await Deno.mkdir(folder);
    const book = await AddressBook.open(`${folder}/peers.json`, createTable(), log);
    await Deno.remove(folder, { recursive: true });
    await book.close();
    await book.close();
    assertMatch(io.err.text, /^synapse: warning: cannot keep peers in [^\n]+\n$/);
  }));
