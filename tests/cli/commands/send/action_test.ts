import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { send } from "../../../../cli/commands/send/action.ts";
import type { SendOptions } from "../../../../cli/commands/send/command.ts";
import { Interruption } from "../../../../cli/interruption.ts";
import { UsageError } from "../../../../cli/usage_error.ts";
import { receiveFiles, RemoteError, TransportError } from "../../../../mod.ts";
import { fileBytes } from "../../../support/memory_files.ts";
import { TemporaryFolder } from "../../../support/temporary_folder.ts";
import { ANYWHERE, Crowd } from "../../crowd.ts";
import { FakeIo } from "../../fake_io.ts";
import { withNode } from "../../with_node.ts";

const BYTES = fileBytes(3_000_000);
const HASH = createHash("sha256").update(BYTES).digest("hex");

/** A node that takes files into one folder, and a file in another. */
async function withReceiver(
  test: (options: SendOptions, to: TemporaryFolder) => Promise<void>,
): Promise<void> {
  await using from = await TemporaryFolder.create();
  await using to = await TemporaryFolder.create();
  await writeFile(from.at("report.pdf"), BYTES);
  await withNode((node) => receiveFiles(node, to.path), (target) =>
    test({
      ...ANYWHERE,
      target,
      path: from.at("report.pdf"),
      timeoutMs: 30_000,
      isJson: false,
    }, to));
}

Deno.test("send() prints what sha256sum would", () =>
  withReceiver(async (options, to) => {
    const io = new FakeIo();
    assertEquals(await send(options, io), 0);
    assertEquals([io.out.text, io.err.text], [`${HASH}  report.pdf\n`, ""]);
    assertEquals(new Uint8Array(await readFile(to.at("report.pdf"))), BYTES);
  }));

Deno.test("send() prints JSON", () =>
  withReceiver(async (options) => {
    const io = new FakeIo();
    await send({ ...options, isJson: true }, io);
    assertEquals(JSON.parse(io.out.text), {
      name: "report.pdf",
      bytes: BYTES.length,
      sha256: HASH,
      resumedAt: 0,
    });
  }));

Deno.test("send() shows progress on a terminal, and takes it away in the end", () =>
  withReceiver(async (options) => {
    const io = Object.assign(new FakeIo(), { errColumns: 80 });
    await send(options, io);
    const lines = io.err.text.split("\r\u001b[K");
    assertEquals([lines.at(0), lines.at(-1)], ["", ""]);
    assertMatch(lines[1], /^report\.pdf {2}\[-+\] {4}0 % {2}0 B of 2\.9 MiB$/);
    assertMatch(lines.at(-2)!, /\] {2}100 % {2}2\.9 MiB of 2\.9 MiB .*done$/);
  }));

Deno.test("send() finds a peer by its name", async () => {
  await using crowd = new Crowd();
  await using to = await TemporaryFolder.create();
  await crowd.join("alice", (node) => receiveFiles(node, to.path));
  await withReceiver(async (options) => {
    const target = { name: "alice", namespace: "demo" };
    assertEquals(await send({ ...options, target }, new FakeIo(), crowd.world), 0);
  });
  assertEquals(await to.names(), ["report.pdf"]);
});

Deno.test("send() passes on what the receiver has against it", () =>
  withReceiver(async (options, to) => {
    await writeFile(to.at("report.pdf"), "old");
    const error = await assertRejects(
      () => send(options, new FakeIo()),
      RemoteError,
      "Cannot take report.pdf as there is one of that name already",
    );
    assertEquals(error.code, "file_exists");
  }));

Deno.test("send() says that nobody takes files there", () =>
  withReceiver((options) =>
    withNode(() => {}, async (target) => {
      await assertRejects(
        () => send({ ...options, target }, new FakeIo()),
        RemoteError,
        "the other side takes no files",
      );
    })
  ));

Deno.test("send() takes a file that isn't there for a mistake", () =>
  withReceiver(async (options) => {
    const error = await assertRejects(
      () => send({ ...options, path: `${options.path}x` }, new FakeIo()),
      UsageError,
    );
    assertMatch(error.message, /^Cannot send .*\/report\.pdfx as there is no such file$/);
  }));

Deno.test("send() stops at Ctrl-C, and the same command sends the rest", () =>
  withReceiver(async (options, to) => {
    await writeFile(options.path, fileBytes(20_000_000));
    const io = Object.assign(new FakeIo(), { errColumns: 80 });
    const sending = send(options, io);
    await io.err.until(/report\.pdf/);
    io.interrupt();
    await assertRejects(() => sending, Interruption);
    assertEquals((await to.names()).includes("report.pdf"), false);
    assertEquals(await send(options, new FakeIo()), 0);
    assertEquals(await to.names(), ["report.pdf"]);
  }));

Deno.test("send() says that nobody is there", () =>
  withReceiver(async (options) => {
    const { promise: target, resolve } = Promise.withResolvers<string>();
    await withNode(() => {}, (target) => Promise.resolve(resolve(target)));
    const error = await assertRejects(
      async () => send({ ...options, target: await target }, new FakeIo()),
      TransportError,
    );
    assertEquals(error.code, "unreachable");
  }));
