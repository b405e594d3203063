import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { key } from "../../../../cli/commands/key/action.ts";
import type { KeyOptions } from "../../../../cli/commands/key/command.ts";
import { defaultKeyPath, readKeyFile } from "../../../../cli/key_file.ts";
import { UsageError } from "../../../../cli/usage_error.ts";
import { fingerprint } from "../../../../mod.ts";
import { FakeIo } from "../../fake_io.ts";

function options(changes: Partial<KeyOptions> = {}): KeyOptions {
  return { deed: "new", identity: undefined, isForced: false, isJson: false, ...changes };
}

/** Runs a test with a home of its own. */
async function atHome(
  test: (
    run: (changes: Partial<KeyOptions>) => Promise<string>,
    path: string,
    folder: string,
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const variables = { XDG_CONFIG_HOME: `${folder}/config` };
  const run = async (changes: Partial<KeyOptions>) => {
    const io = new FakeIo();
    assertEquals(await key(options(changes), io, variables), 0);
    assertEquals(io.err.text, "");
    return io.out.text;
  };
  try {
    await test(run, defaultKeyPath(variables), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function modeOf(path: string): number {
  return Deno.statSync(path).mode! & 0o777;
}

Deno.test("key() makes a file that only its owner can read, and shows no secret", () =>
  atHome(async (run, path, folder) => {
    const shown = await run({});
    assertEquals(path, `${folder}/config/synapse/identity`);
    assertEquals([modeOf(path), modeOf(`${folder}/config/synapse`)], [0o600, 0o700]);
    const { id, publicKey } = await readKeyFile(path);
    assertEquals(
      shown,
      `public key   ${id}\nfingerprint  ${fingerprint(publicKey)}\nfile         ${path}\n`,
    );
    assertEquals(await run({ deed: "show" }), shown);
    assertEquals(JSON.parse(await run({ deed: "show", isJson: true })), {
      key: id,
      fingerprint: fingerprint(publicKey),
      path,
    });
  }));

Deno.test("key() replaces a key only by force, and leaves no draft", () =>
  atHome(async (run, path, folder) => {
    await run({});
    const before = await readKeyFile(path);
    await assertRejects(() => run({}), UsageError, "there is a file already");
    assertEquals((await readKeyFile(path)).id, before.id);
    await run({ isForced: true });
    assertNotEquals((await readKeyFile(path)).id, before.id);
    assertEquals(modeOf(path), 0o600);
    assertEquals([...Deno.readDirSync(`${folder}/config/synapse`)].map(({ name }) => name), [
      "identity",
    ]);
  }));

Deno.test("key() makes and shows a key in the file that is named", () =>
  atHome(async (run, _path, folder) => {
    const identity = `${folder}/keys/bob.key`;
    assertEquals(await run({ identity }), await run({ deed: "show", identity }));
  }));

Deno.test("key() says where the file is, whether it is there or not", () =>
  atHome(async (run, path) => {
    assertEquals(await run({ deed: "path" }), `${path}\n`);
    assertEquals(await run({ deed: "path", isJson: true }), `"${path}"\n`);
  }));

Deno.test("key() says why a file is none, without a word of it", () =>
  atHome(async (run, _path, folder) => {
    await assertRejects(() => run({ deed: "show" }), UsageError, "there is no such file");
    await assertRejects(() => run({ deed: "show", identity: folder }), UsageError, "a folder");
    const identity = `${folder}/$&.txt`;
    await Deno.writeTextFile(identity, "a secret\n");
    const error = await assertRejects(() => run({ deed: "show", identity }), UsageError);
    assertEquals(
      error.message,
      `Cannot read key file ${identity} as its first line must be "synapse-identity 1"`,
    );
  }));

for (
  const [variables, path] of [
    [{ XDG_CONFIG_HOME: "/c", HOME: "/h" }, "/c/synapse/identity"],
    [{ XDG_CONFIG_HOME: "c", HOME: "/h" }, "/h/.config/synapse/identity"],
    [{ XDG_CONFIG_HOME: "", HOME: "/h" }, "/h/.config/synapse/identity"],
    [{ USERPROFILE: "/u" }, "/u/.config/synapse/identity"],
  ] as const
) {
  Deno.test(`defaultKeyPath() is ${path} for ${JSON.stringify(variables)}`, () => {
    assertEquals(defaultKeyPath(variables), path);
  });
}

Deno.test("defaultKeyPath() wants a home", async () => {
  await assertRejects(() => key(options(), new FakeIo(), {}), UsageError, "use --identity");
});
