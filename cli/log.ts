/**
 * What LogTape's category `synapse` has to say, on stderr.
 *
 * @module
 */
import {
  configure,
  getTextFormatter,
  jsonLinesFormatter,
  type LogRecord,
  reset,
  type TextFormatter,
} from "@logtape/logtape";
import { harmlessLine } from "./harmless.ts";
import type { CliIo } from "./io.ts";
import type { Logging } from "./logging_flags.ts";

/** Lines that wait for a slow reader; more are left out, and counted. */
const MAX_WAITING = 1_000;

/**
 * Logs while something is done.
 *
 * @param logging How much, and how.
 * @param io Where to.
 * @param use What is done.
 * @returns What it returns.
 */
export async function withLogging<Result>(
  { level, format }: Logging,
  io: CliIo,
  use: () => Promise<Result>,
): Promise<Result> {
  const sink = createSink(format === "json" ? jsonLinesFormatter : formatText, io);
  await configure({
    sinks: { stderr: sink },
    loggers: [
      { category: "synapse", lowestLevel: level, sinks: ["stderr"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["stderr"] },
    ],
  });
  try {
    return await use();
  } finally {
    await reset();
  }
}

/** JSON escapes what a peer may have put into a name; in text, no value makes a line of its own. */
const formatText: TextFormatter = getTextFormatter({
  value: (value, inspect) => harmlessLine(typeof value === "string" ? value : inspect(value)),
});

function createSink(format: TextFormatter, io: CliIo): (record: LogRecord) => void {
  let waiting = 0;
  let leftOut = 0;
  return (record) => {
    if (waiting >= MAX_WAITING) return void leftOut++;
    const before = leftOut === 0 ? "" : `... ${leftOut} lines left out\n`;
    leftOut = 0;
    waiting++;
    io.err.write(before + format(record)).catch(() => {}).finally(() => waiting--);
  };
}
