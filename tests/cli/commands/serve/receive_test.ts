import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { writeFile } from "node:fs/promises";
import { serve } from "../../../../cli/commands/serve/action.ts";
import type { ServeOptions } from "../../../../cli/commands/serve/command.ts";
import { Interruption } from "../../../../cli/interruption.ts";
import { UsageError } from "../../../../cli/usage_error.ts";
import { Node, RemoteError, sendFile } from "../../../../mod.ts";
import { fileBytes } from "../../../support/memory_files.ts";
import { TemporaryFolder } from "../../../support/temporary_folder.ts";
import { FakeIo } from "../../fake_io.ts";
import { serveOptions } from "./serve_options.ts";

/** Serves, sends `report.pdf` there so many times, and ends it with Ctrl-C. */
async function receiving(options: ServeOptions, times: number): Promise<FakeIo> {
  await using from = await TemporaryFolder.create();
  await using client = new Node();
  await writeFile(from.at("report.pdf"), fileBytes(1_500));
  const io = new FakeIo();
  const served = serve(options, io);
  const [target] = await Promise.race([io.out.until(/tcp:\/\/[^\s"]+/), served]);
  try {
    const remote = await client.connect(target);
    for (let i = 0; i < times; i++) await sendFile(client, remote, from.at("report.pdf"));
  } finally {
    io.interrupt();
    await assertRejects(() => served, Interruption);
  }
  return io;
}

Deno.test("serve() takes files, and says where they go and whence they came", async () => {
  await using to = await TemporaryFolder.create();
  const io = await receiving(
    serveOptions({ reception: { directory: to.path, overwrite: false } }),
    1,
  );
  assertEquals(await to.names(), ["report.pdf"]);
  assertMatch(io.err.text, /^synapse: files go to \/.*\n/);
  assertMatch(
    io.err.text,
    /\nsynapse: received report\.pdf \(1\.5 KiB\) from tcp:\/\/127\.0\.0\.1:\d+\n/,
  );
});

Deno.test("serve() tells programs of files that came", async () => {
  await using to = await TemporaryFolder.create();
  const io = await receiving(
    serveOptions({ reception: { directory: to.path, overwrite: false }, isJson: true }),
    1,
  );
  const events = io.out.text.trimEnd().split("\n").map((line) => JSON.parse(line).event);
  assertEquals(events, ["listening", "received", "stopping"]);
});

Deno.test("serve() replaces a file only where that was said", async () => {
  await using to = await TemporaryFolder.create();
  const error = await assertRejects(
    () => receiving(serveOptions({ reception: { directory: to.path, overwrite: false } }), 2),
    RemoteError,
  );
  assertEquals(error.code, "file_exists");
  await receiving(serveOptions({ reception: { directory: to.path, overwrite: true } }), 2);
});

Deno.test("serve() receives into folders only", async () => {
  await assertRejects(
    () =>
      serve(
        serveOptions({ reception: { directory: "/nowhere/at/all", overwrite: false } }),
        new FakeIo(),
      ),
    UsageError,
    "Cannot receive into /nowhere/at/all as there is no such file",
  );
});
