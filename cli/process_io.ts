/**
 * The surroundings of this process.
 *
 * @module
 */
import process from "node:process";
import { type CliIo, type Output, OutputClosedError } from "./io.ts";

/** A terminal that doesn't know how wide it is says 0. */
const UNKNOWN_COLUMNS = 80;

/**
 * Makes the surroundings of this process.
 *
 * @param signal Aborted by Ctrl-C.
 * @param color Whether colours are wanted where there is a terminal.
 */
export function createProcessIo(signal: AbortSignal, color: boolean): CliIo {
  const { stdout, stderr } = process;
  const isTty = stdout.isTTY === true;
  return {
    out: createOutput(stdout),
    err: createOutput(stderr),
    // Merely touching `process.stdin` opens it.
    stdin: { [Symbol.asyncIterator]: () => process.stdin[Symbol.asyncIterator]() },
    signal,
    color: color && isTty,
    isTty,
    get columns() {
      return isTty ? stdout.columns || UNKNOWN_COLUMNS : undefined;
    },
    get rows() {
      return isTty ? stdout.rows || undefined : undefined;
    },
    get errColumns() {
      return stderr.isTTY === true ? stderr.columns || UNKNOWN_COLUMNS : undefined;
    },
  };
}

function createOutput(stream: NodeJS.WriteStream): Output {
  // A write's own callback tells; without a listener the event would end the process.
  stream.on("error", () => {});
  return {
    write: (data) =>
      new Promise((resolve, reject) => {
        stream.write(data, (error) => error ? reject(new OutputClosedError()) : resolve());
      }),
  };
}
