import { assertEquals } from "@std/assert";
import { findProgram, runProgram, startServer } from "./program.ts";

const ENTRY = `${import.meta.dirname}/../../mod.ts`;
const BUNDLE = `${import.meta.dirname}/../../dist/mod.js`;
const SERVER = `${import.meta.dirname}/runtimes/server.mjs`;
const CLIENT = `${import.meta.dirname}/runtimes/client.mjs`;

/** How each runtime runs a file that may use the network and nothing else that needs asking for. */
const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  Deno: [
    Deno.execPath(),
    "run",
    "--no-prompt",
    "--quiet",
    "--allow-net=127.0.0.1",
    `--allow-read=${BUNDLE}`,
  ],
  Node: ["node"],
  Bun: ["bun"],
};
const HINTS: Readonly<Record<string, string>> = {
  Node: "node is not installed",
  Bun: "bun is not installed (npm install --global bun)",
};

const installed = Object.keys(RUNTIMES).filter((runtime) =>
  findProgram([RUNTIMES[runtime][0], "--version"])
);
for (const runtime of Object.keys(HINTS).filter((runtime) => !installed.includes(runtime))) {
  Deno.test.ignore(`${runtime}: ${HINTS[runtime]}`, () => {});
}

await bundle();
for (const serving of installed) {
  for (const calling of installed) {
    Deno.test(`${calling} calls ${serving} through dist/mod.js`, async () => {
      const [server, ...serverFlags] = RUNTIMES[serving];
      const [client, ...clientFlags] = RUNTIMES[calling];
      await using started = await startServer(server, ...serverFlags, SERVER, BUNDLE);
      const seen = await runProgram(client, ...clientFlags, CLIENT, BUNDLE, started.address);
      assertEquals(JSON.parse(seen), {
        sum: 42,
        keywords: 3,
        bytes: [255, 2, 1],
        large: 1_000_000,
        ticks: [200, 200],
        error: ["RemoteError", "out_of_stock", { left: 0 }],
        asked: "client",
        many: 1_000,
      });
    });
  }
}

/** Always anew: an old bundle would say nothing about these sources. */
async function bundle(): Promise<void> {
  await runProgram(Deno.execPath(), "bundle", "--quiet", "--output", BUNDLE, ENTRY);
}
