/**
 * Brings in a module that is named on the command line.
 *
 * Where the runtime can import it by its path, it does. A compiled executable that has only its own
 * modules, or a runtime without TypeScript, gets the file's text instead.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { UsageError } from "../../usage_error.ts";
import { explainFailure } from "./explain_failure.ts";
import { importText, type ModuleExports } from "./import_text.ts";

/**
 * Loads a module.
 *
 * @param path As it was written on the command line.
 * @returns Its exports.
 * @throws {UsageError} When there is no such file, or it fails.
 */
export async function loadModule(path: string): Promise<ModuleExports> {
  const file = resolve(path);
  const source = await readSource(path);
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    if (!isOutOfReach(error, file)) {
      throw new UsageError(`Cannot load ${path} as ${explainFailure(error, path)}`);
    }
  }
  return await importText(path, source);
}

async function readSource(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "ENOENT"
      ? "there is no such file"
      : code === "EISDIR"
      ? "it is a directory"
      : message;
    throw new UsageError(`Cannot load ${path} as ${reason}`);
  }
}

/**
 * Whether the runtime can't import this very file, be it that it looks only among its own modules,
 * or that it takes it for JavaScript when it isn't.
 */
function isOutOfReach(error: unknown, file: string): boolean {
  if (error instanceof SyntaxError) return true;
  const message = error instanceof Error ? error.message : "";
  const { href } = pathToFileURL(file);
  return [
    `Module not found: ${href}`,
    `Module not found "${href}"`,
    `Cannot find module '${file}'`,
    'Unknown file extension ".',
  ].some((start) => message.startsWith(start));
}
