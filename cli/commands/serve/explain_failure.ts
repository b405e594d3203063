/**
 * Why a user's module can't be loaded, in one line, with the place in its file.
 *
 * @module
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

interface Place {
  readonly line: number;
  readonly column: number;
}

/** What the runtimes and sucrase throw: some have the place in a field, others in the text. */
interface Failure {
  readonly message?: string;
  readonly stack?: string;
  readonly errors?: readonly Failure[];
  readonly position?: Place;
  readonly loc?: Place;
}

// deno-lint-ignore no-control-regex -- colours, which Deno puts into its messages
const COLORS = /\u001b\[[\d;]*m/g;

/**
 * Explains.
 *
 * @param error What importing or running the module has thrown.
 * @param path The module's path.
 * @returns A clause without a full stop.
 */
export function explainFailure(error: unknown, path: string): string {
  const file = resolve(path);
  const failure = firstOf((typeof error === "object" && error !== null ? error : {}) as Failure);
  const message = (failure.message ?? String(error)).replace(COLORS, "");
  const place = failure.position ?? failure.loc ?? findPlace(message, file) ??
    findPlace(failure.stack?.replace(COLORS, "") ?? "", file);
  const reason = message.split("\n")[0].replace(/\.$| ?\(\d+:\d+\)$/, "");
  return place === undefined
    ? `it fails: ${reason}`
    : `it fails at line ${place.line}, column ${place.column}: ${reason}`;
}

/** Bun gives every syntax error of a file at once. */
function firstOf(failure: Failure): Failure {
  return failure.errors?.[0] ?? failure;
}

function findPlace(text: string, file: string): Place | undefined {
  for (const name of [pathToFileURL(file).href, file]) {
    const start = text.indexOf(`${name}:`);
    const found = /^(\d+):(\d+)/.exec(start === -1 ? "" : text.slice(start + name.length + 1));
    if (found !== null) return { line: Number(found[1]), column: Number(found[2]) };
  }
  return undefined;
}
