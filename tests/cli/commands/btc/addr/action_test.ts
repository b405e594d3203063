import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { addr } from "../../../../../cli/commands/btc/addr/action.ts";
import { addressBookPath } from "../../../../../cli/commands/btc/with_conduit.ts";
import { UsageError } from "../../../../../cli/usage_error.ts";
import { AddressBook } from "../../../../../core/bitcoin/address_book.ts";
import { findNetwork } from "../../../../../core/codecs/bitcoin/networks.ts";
import { AddressBookFile } from "../../../../../transports/address_book_file.ts";
import { TemporaryFolder } from "../../../../support/temporary_folder.ts";
import { FakeIo } from "../../../fake_io.ts";
import { jsonLines } from "../lab.ts";

const MAIN = findNetwork("main")!;
const OPTIONS = { network: "main", isJson: false };

/** Runs a test with a home that has an address book of two nodes. */
async function atHome(
  test: (variables: Record<string, string>, path: string) => Promise<void>,
): Promise<void> {
  await using folder = await TemporaryFolder.create();
  const variables = { XDG_CONFIG_HOME: folder.path };
  const path = addressBookPath(MAIN, variables)!;
  const book = new AddressBook();
  const nowMs = Date.now();
  book.add({ host: "203.0.113.7", port: 8333, services: 0n, seenMs: nowMs - 3_600_000 }, nowMs);
  book.connected({ host: "2001:db8::1", port: 8334 }, 9n, nowMs);
  book.ban({ host: "203.0.113.7", port: 8333 }, nowMs);
  await new AddressBookFile(path).save(book.snapshot());
  await test(variables, path);
}

Deno.test("addr() lists the address book, the last connected node first", async () => {
  await atHome(async (variables) => {
    const io = new FakeIo();
    assertEquals(await addr(OPTIONS, io, variables), 0);
    const [heading, first, second] = io.out.text.split("\n");
    assertMatch(heading, /^address +connected +heard of +failures +services$/);
    assertMatch(first, /^\[2001:db8::1\]:8334 +\S+ \S+ ago +.* ago +0 +network, witness$/);
    assertMatch(second, /^203\.0\.113\.7:8333 +- +1 h ago +left alone$/);
  });
});

Deno.test("addr() gives a program all of it", async () => {
  await atHome(async (variables) => {
    const io = new FakeIo();
    await addr({ ...OPTIONS, isJson: true }, io, variables);
    const [first, second] = jsonLines(io.out.text);
    assertEquals([first.host, first.port, first.services], ["2001:db8::1", 8334, [
      "network",
      "witness",
    ]]);
    assertEquals([second.connectedMs, typeof second.bannedUntilMs], [null, "number"]);
  });
});

Deno.test("addr() says so where nothing is known", async () => {
  await using folder = await TemporaryFolder.create();
  for (const variables of [{}, { XDG_CONFIG_HOME: folder.path }]) {
    const io = new FakeIo();
    assertEquals(await addr(OPTIONS, io, variables), 0);
    assertEquals(io.out.text, "");
    assertMatch(
      io.err.text,
      /^synapse: no node of main is known yet: synapse btc peers finds some/,
    );
  }
});

Deno.test("addr() says what is wrong with the file", async () => {
  await atHome(async (variables, path) => {
    await Deno.writeTextFile(path, '{"version":2}');
    await assertRejects(
      () => addr(OPTIONS, new FakeIo(), variables),
      UsageError,
      `Cannot read address book ${path} as version is not 1`,
    );
  });
});
