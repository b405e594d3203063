/**
 * The `synapse` command.
 *
 * @module
 */
import process from "node:process";
import { readVariables } from "./environment.ts";
import { type InterruptingSignal, Interruption } from "./interruption.ts";
import { createProcessIo } from "./process_io.ts";
import { run } from "./run.ts";

const interrupting = new AbortController();
const SIGNALS: readonly InterruptingSignal[] = ["SIGINT", "SIGTERM"];
for (const signal of SIGNALS) {
  process.on(signal, () => {
    const interruption = new Interruption(signal);
    // Whoever asks a second time doesn't want to wait for what is under way.
    if (interrupting.signal.aborted) process.exit(interruption.exitCode);
    interrupting.abort(interruption);
  });
}
const variables = readVariables();
const io = createProcessIo(interrupting.signal, !variables.NO_COLOR);
process.exit(await run(process.argv.slice(2), io, variables));
