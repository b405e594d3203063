import { assert, assertEquals, assertRejects } from "@std/assert";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { RemoteError, SynapseError, TransportError } from "../../../core/errors.ts";
import { offerFile } from "../../../core/file_transfer/sender.ts";
import type { Session } from "../../../core/session.ts";
import { createSha256, fileBytes, MemoryFile } from "../../support/memory_files.ts";
import { Pair } from "../../support/pair.ts";
import { inTime, READ, TOKEN, Transfer } from "../../support/transfer.ts";

for (const size of [0, 1, 999, 1_000, 1_001, 250_000]) {
  Deno.test(`offerFile() brings over a file of ${size} bytes`, async () => {
    await using transfer = await Transfer.begin();
    const bytes = fileBytes(size);
    const progress: number[] = [];
    const receipt = await offerFile(
      transfer.pair.remote,
      new MemoryFile("a.bin", bytes),
      transfer.options({ onProgress: (done) => progress.push(done) }),
    );
    assertEquals(receipt, { bytes: size, sha256: bytesToHex(sha256(bytes)), resumedAt: 0 });
    assertEquals(transfer.store.files.get("a.bin"), bytes);
    assertEquals([transfer.store.partials.size, transfer.store.openFiles], [0, 0]);
    assertEquals(progress, progress.toSorted((a, b) => a - b));
    assertEquals([progress[0], progress.at(-1)], [0, size]);
  });
}

Deno.test("offerFile() goes on after a break, from where the receiver is", async () => {
  await using transfer = await Transfer.begin();
  const file = new MemoryFile("a.bin", fileBytes(200_000));
  let isCut = false;
  file.onPiece = (from) => {
    if (from !== 150_000 || isCut) return;
    isCut = true;
    transfer.cut();
  };
  const receipt = await inTime(
    transfer.pair.clock,
    offerFile(transfer.pair.remote, file, transfer.options()),
  );
  assert(isCut);
  assert(receipt.resumedAt > 0 && receipt.resumedAt <= 150_000, `${receipt.resumedAt}`);
  assertEquals(receipt.sha256, bytesToHex(sha256(fileBytes(200_000))));
  assertEquals(transfer.store.files.get("a.bin"), fileBytes(200_000));
  assertEquals(transfer.store.openFiles, 0);
});

Deno.test("offerFile() gives up after as many breaks without a further byte as it may have", async () => {
  await using transfer = await Transfer.begin();
  let calls = 0;
  const lost = new TransportError("connection_lost", "tcp://h:1", "gone");
  const peer = {
    ...transfer.pair.remote,
    call: () => {
      calls++;
      return Promise.reject(lost);
    },
  } as unknown as Session;
  const error = await assertRejects(() =>
    offerFile(peer, new MemoryFile("a", fileBytes(9)), transfer.options({ maxAttempts: 3 }))
  );
  assertEquals([error, calls], [lost, 3]);
});

Deno.test("offerFile() leaves what has come for another attempt when its signal says stop", async () => {
  await using transfer = await Transfer.begin();
  const file = new MemoryFile("a.bin", fileBytes(200_000));
  const stopping = new AbortController();
  const stop = new Error("enough");
  file.onPiece = (from) => {
    if (from === 150_000) stopping.abort(stop);
  };
  const error = await assertRejects(() =>
    offerFile(transfer.pair.remote, file, transfer.options({ signal: stopping.signal }))
  );
  assertEquals(error, stop);
  await transfer.pair.clock.runMicrotasks();
  assertEquals([transfer.store.openFiles, transfer.store.files.size], [0, 0]);
  const [left] = [...transfer.store.partials.values()];
  assert(left.length > 0);

  file.onPiece = () => {};
  const receipt = await offerFile(transfer.pair.remote, file, transfer.options());
  assertEquals(receipt.resumedAt, left.length);
  assertEquals(transfer.store.files.get("a.bin"), fileBytes(200_000));
});

Deno.test("offerFile() lets the file be read by its token only, and only meanwhile", async () => {
  await using transfer = await Transfer.begin();
  const names: string[][] = [];
  const file = new MemoryFile("a", fileBytes(10));
  const caller = transfer.pair.caller;
  file.onPiece = async () => {
    await assertRejects(() => caller.call("_synapse.file.read", [0]), RemoteError, "no such");
    names.push(transfer.pair.client.endpoints.map(({ name }) => name));
  };
  await offerFile(transfer.pair.remote, file, transfer.options());
  assertEquals(names, [[]]);
  const error = await assertRejects(() => caller.call(READ, [0]), RemoteError);
  assertEquals(error.code, "method_not_found");
});

for (const offset of [-1, 11, 0.5, "0", null]) {
  Deno.test(`offerFile() lets nobody read from ${JSON.stringify(offset)}`, async () => {
    await using transfer = await Transfer.begin();
    const errors: string[] = [];
    const file = new MemoryFile("a", fileBytes(10));
    const caller = transfer.pair.caller;
    file.onPiece = async () => {
      const error = await assertRejects(() => caller.call(READ, [offset]), RemoteError);
      errors.push(error.code);
    };
    await offerFile(transfer.pair.remote, file, transfer.options());
    assertEquals(errors, ["invalid_params"]);
  });
}

Deno.test("offerFile() says when the other side takes no files", async () => {
  await using pair = await Pair.connect();
  const error = await assertRejects(
    () =>
      offerFile(pair.remote, new MemoryFile("a", fileBytes(10)), {
        host: pair.client,
        createSha256,
        token: TOKEN,
      }),
    RemoteError,
    "Cannot send a as the other side takes no files",
  );
  assertEquals(error.code, "method_not_found");
});

Deno.test("offerFile() learns what is wrong with the file from the receiver", async () => {
  await using transfer = await Transfer.begin();
  const file = new MemoryFile("a", fileBytes(10));
  file.onPiece = () => {
    throw new SynapseError("file_changed", "Cannot send a as it was changed meanwhile");
  };
  const error = await assertRejects(
    () => offerFile(transfer.pair.remote, file, transfer.options()),
    RemoteError,
  );
  assertEquals(error.code, "file_changed");
  assertEquals(transfer.store.openFiles, 0);
});
