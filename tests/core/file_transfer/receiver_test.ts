import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { RemoteError, SynapseError } from "../../../core/errors.ts";
import { fileId, OFFER_FUNCTION } from "../../../core/file_transfer/messages.ts";
import { offerFile } from "../../../core/file_transfer/sender.ts";
import { fileBytes, MemoryFile } from "../../support/memory_files.ts";
import { READ, TOKEN, Transfer } from "../../support/transfer.ts";

Deno.test("FileReceiver refuses a name that leads elsewhere, and opens nothing", async () => {
  await using transfer = await Transfer.begin();
  const error = await assertRejects(
    () => offerFile(transfer.pair.remote, new MemoryFile("../a", fileBytes(9)), transfer.options()),
    RemoteError,
  );
  assertEquals([error.code, transfer.store.partials.size], ["bad_file_name", 0]);
});

Deno.test("FileReceiver leaves a file that is there as it is", async () => {
  await using transfer = await Transfer.begin();
  transfer.store.files.set("a", fileBytes(3));
  const error = await assertRejects(
    () => offerFile(transfer.pair.remote, new MemoryFile("a", fileBytes(9)), transfer.options()),
    RemoteError,
  );
  assertEquals([error.code, transfer.store.files.get("a")], ["file_exists", fileBytes(3)]);
});

Deno.test("FileReceiver throws away what has the wrong hash, the part that was there included", async () => {
  await using transfer = await Transfer.begin();
  const file = new MemoryFile("a", fileBytes(5_000));
  const key = fileId(fileId("a", 5_000, file.modifiedMs), "a", 5_000);
  transfer.store.partials.set(key, new Uint8Array(2_000));
  const error = await assertRejects(
    () => offerFile(transfer.pair.remote, file, transfer.options()),
    RemoteError,
  );
  assertEquals([error.code, error.data], ["hash_mismatch", { resumedAt: 2_000 }]);
  assertEquals([transfer.store.partials.size, transfer.store.files.size], [0, 0]);

  const receipt = await offerFile(transfer.pair.remote, file, transfer.options());
  assertEquals(receipt.resumedAt, 0);
});

Deno.test("FileReceiver begins anew where there is more than the file has", async () => {
  await using transfer = await Transfer.begin();
  const file = new MemoryFile("a", fileBytes(5_000));
  const key = fileId(fileId("a", 5_000, file.modifiedMs), "a", 5_000);
  transfer.store.partials.set(key, new Uint8Array(5_001));
  const receipt = await offerFile(transfer.pair.remote, file, transfer.options());
  assertEquals([receipt.resumedAt, transfer.store.openFiles], [0, 0]);
  assertEquals(transfer.store.files.get("a"), fileBytes(5_000));
});

Deno.test("FileReceiver passes on that the disk is full, and lets go of the file", async () => {
  await using transfer = await Transfer.begin();
  transfer.store.onAppend = (bytes) => {
    if (bytes === 3_000) throw new SynapseError("storage_failed", "Cannot write a: it is full");
  };
  const error = await assertRejects(
    () =>
      offerFile(transfer.pair.remote, new MemoryFile("a", fileBytes(9_000)), transfer.options()),
    RemoteError,
  );
  assertEquals([error.code, transfer.store.openFiles], ["storage_failed", 0]);
  assertEquals(transfer.pair.remote.isConnected, true);
});

const GOOD_HASH = bytesToHex(sha256(fileBytes(10)));
const OFFER = { id: "1".repeat(32), name: "a", size: 10, token: bytesToHex(TOKEN) };

const STREAMS: Readonly<Record<string, readonly [code: string, items: readonly unknown[]]>> = {
  "more bytes than it has": ["protocol_error", [fileBytes(10), fileBytes(1)]],
  "all of them and one more at once": ["protocol_error", [fileBytes(11)]],
  "fewer": ["protocol_error", [fileBytes(9), { sha256: GOOD_HASH }]],
  "no hash": ["protocol_error", [fileBytes(10)]],
  "nothing": ["protocol_error", []],
  "a hash that is none": ["protocol_error", [fileBytes(10), { sha256: "abc" }]],
  "another hash": ["hash_mismatch", [fileBytes(10), { sha256: "0".repeat(64) }]],
  "other bytes": ["hash_mismatch", [new Uint8Array(10), { sha256: GOOD_HASH }]],
  "text": ["protocol_error", ["0123456789", { sha256: GOOD_HASH }]],
  "empty pieces": ["protocol_error", [new Uint8Array(0)]],
  "two hashes": ["protocol_error", [
    fileBytes(10),
    { sha256: GOOD_HASH },
    { sha256: GOOD_HASH },
  ]],
  "bytes after the hash": ["protocol_error", [
    fileBytes(10),
    { sha256: GOOD_HASH },
    fileBytes(1),
  ]],
};

for (const [what, [code, items]] of Object.entries(STREAMS)) {
  Deno.test(`FileReceiver takes no file from who sends ${what}`, async () => {
    await using transfer = await Transfer.begin({
      calledBack: {
        [READ]: function* (_offset: number) {
          yield* items;
        },
      },
    });
    const error = await assertRejects(
      () => transfer.pair.remote.call(OFFER_FUNCTION, [OFFER]),
      RemoteError,
    );
    assertEquals([error.code, transfer.store.files.size, transfer.store.openFiles], [code, 0, 0]);
  });
}

Deno.test("FileReceiver takes the same from who sends what was offered", async () => {
  await using transfer = await Transfer.begin({
    calledBack: {
      [READ]: function* (_offset: number) {
        yield fileBytes(10);
        yield { sha256: GOOD_HASH };
      },
    },
  });
  await transfer.pair.remote.call(OFFER_FUNCTION, [OFFER]);
  assertEquals(transfer.store.files.get("a"), fileBytes(10));
});

const OFFERS: Readonly<Record<string, unknown>> = {
  "nothing": undefined,
  "text": "a",
  "no id": { ...OFFER, id: undefined },
  "an id that is a path": { ...OFFER, id: "../../../../../../../../../../.." },
  "an id of other letters": { ...OFFER, id: "x".repeat(32) },
  "an id in capitals": { ...OFFER, id: "A".repeat(32) },
  "a token that is another function": { ...OFFER, token: "info" },
  "a negative size": { ...OFFER, size: -1 },
  "half a byte": { ...OFFER, size: 0.5 },
  "more bytes than can be counted": { ...OFFER, size: 2 ** 53 },
  "a size as text": { ...OFFER, size: "10" },
};

for (const [what, offer] of Object.entries(OFFERS)) {
  Deno.test(`FileReceiver refuses an offer with ${what}`, async () => {
    await using transfer = await Transfer.begin();
    const error = await assertRejects(
      () => transfer.pair.remote.call(OFFER_FUNCTION, [offer]),
      RemoteError,
    );
    assertEquals([error.code, transfer.store.partials.size], ["invalid_params", 0]);
  });
}

Deno.test("FileReceiver takes no more at once than it may, of one peer and in all", async () => {
  for (const limit of [{ maxTransfersPerPeer: 1 }, { maxTransfers: 1 }]) {
    await using transfer = await Transfer.begin({
      receiver: limit,
      calledBack: { [READ]: (_offset: number) => new Promise(() => {}) },
    });
    const { remote } = transfer.pair;
    remote.call(OFFER_FUNCTION, [OFFER]).catch(() => {});
    const other = { ...OFFER, name: "b" };
    const error = await assertRejects(() => remote.call(OFFER_FUNCTION, [other]), RemoteError);
    assertEquals(error.code, "limit_exceeded");
    assertMatch(error.message, /1 are coming already, 1 of them from this peer/);
  }
});

Deno.test("FileReceiver lets a file that is offered once more take the place of the first", async () => {
  let reads = 0;
  await using transfer = await Transfer.begin({
    receiver: { maxTransfers: 1 },
    calledBack: {
      [READ]: async function* (offset: number) {
        if (++reads === 1) {
          yield fileBytes(4);
          await new Promise(() => {});
        }
        yield fileBytes(10).subarray(offset);
        yield { sha256: GOOD_HASH };
      },
    },
  });
  const appended = Promise.withResolvers<void>();
  transfer.store.onAppend = () => appended.resolve();
  const { remote, clock } = transfer.pair;
  const first = assertRejects(() => remote.call(OFFER_FUNCTION, [OFFER]), RemoteError);
  await appended.promise;
  await clock.runMicrotasks();
  const receipt = await remote.call(OFFER_FUNCTION, [OFFER]);
  assertEquals(receipt, { bytes: 10, sha256: GOOD_HASH, resumedAt: 4 });
  assertEquals((await first).code, "cancelled");
  assertEquals([transfer.store.openFiles, transfer.store.partials.size], [0, 0]);
});

Deno.test("FileReceiver lets go of a file whose sender has vanished", async () => {
  await using transfer = await Transfer.begin({
    calledBack: {
      [READ]: async function* (_offset: number) {
        yield fileBytes(4);
        await new Promise(() => {});
      },
    },
  });
  const appended = Promise.withResolvers<void>();
  transfer.store.onAppend = () => appended.resolve();
  const { remote, clock } = transfer.pair;
  const offered = assertRejects(() => remote.call(OFFER_FUNCTION, [OFFER]), SynapseError);
  await appended.promise;
  await clock.runMicrotasks();
  assertEquals(transfer.store.openFiles, 1);
  transfer.cut();
  assertEquals((await offered).code, "connection_lost");
  await clock.runMicrotasks();
  assertEquals(transfer.store.openFiles, 0);
  assertEquals([...transfer.store.partials.values()], [fileBytes(4)]);
});

Deno.test("FileReceiver stops what is under way when it is closed, and takes no more", async () => {
  await using transfer = await Transfer.begin({
    calledBack: { [READ]: (_offset: number) => new Promise(() => {}) },
  });
  const { remote, clock } = transfer.pair;
  const offered = assertRejects(() => remote.call(OFFER_FUNCTION, [OFFER]), RemoteError);
  await clock.runMicrotasks();
  assertEquals(transfer.store.openFiles, 1);
  await transfer.receiver.close();
  assertEquals(transfer.store.openFiles, 0);
  assertEquals((await offered).code, "cancelled");
  const late = await assertRejects(() => remote.call(OFFER_FUNCTION, [OFFER]), RemoteError);
  assertEquals(late.code, "cancelled");
});

Deno.test("FileReceiver tells of each file that has come", async () => {
  const received: string[] = [];
  await using transfer = await Transfer.begin({
    receiver: {
      onReceived: ({ name, bytes, sha256 }) => received.push(`${name} ${bytes} ${sha256}`),
    },
  });
  await offerFile(transfer.pair.remote, new MemoryFile("a", fileBytes(10)), transfer.options());
  assertEquals(received, [`a 10 ${GOOD_HASH}`]);
});
