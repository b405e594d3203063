/**
 * Log records that other nodes send to one that serves.
 *
 * @module
 */
import { collectLogs, formatAddress, type Node } from "../../../mod.ts";
import { harmlessLine } from "../../harmless.ts";
import { type CliIo, note } from "../../io.ts";
import { printValue } from "../../print_value.ts";

/**
 * Prints them: results, so on stdout.
 *
 * @param node Collects them.
 * @param io Where.
 * @param isJson Whether a program reads them.
 */
export function printLogs(node: Node, io: CliIo, isJson: boolean): void {
  collectLogs(node, {
    onRecord({ level, category, message, timeMs, from }) {
      const address = formatAddress(from.address);
      const name = from.info?.name ?? "";
      const printed = isJson
        ? printValue({ event: "log", level, category, message, timeMs, name, address }, "json", io)
        : io.out.write(`${formatTime(timeMs)} ${
          harmlessLine(
            `${name || address} [${level}] ${category.join("·")}: ${message}`,
          )
        }\n`);
      // Who doesn't read on isn't told, and the node goes on.
      printed.catch(() => {});
    },
    onDropped(count, from) {
      void note(io, `${formatAddress(from.address)} has dropped ${count} log records`);
    },
  });
}

/** A clock may be set to anything. */
function formatTime(timeMs: number): string {
  const date = new Date(timeMs);
  return Number.isNaN(date.getTime()) ? "?" : date.toISOString();
}
