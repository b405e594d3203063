/**
 * Brings in a module by its text, for runtimes that can't import its file.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { UsageError } from "../../usage_error.ts";
import { explainFailure } from "./explain_failure.ts";

/** What a module exports. */
export type ModuleExports = Readonly<Record<string, unknown>>;

/**
 * Imports a module of a single file.
 *
 * @param path Its path, for errors. Types are taken out of what ends with `.ts`.
 * @param source Its text.
 * @returns Its exports.
 * @throws {UsageError} When it fails, or imports other files.
 */
export async function importText(path: string, source: string): Promise<ModuleExports> {
  let code = source;
  try {
    if (/\.[cm]?ts$/.test(path)) code = await stripTypes(source);
    const encoded = Buffer.from(code).toString("base64");
    return await import(`data:text/javascript;base64,${encoded}`);
  } catch (error) {
    const specifier = findImport(code);
    if (specifier === undefined || error instanceof SyntaxError) {
      throw new UsageError(`Cannot load ${path} as ${explainFailure(error, path)}`);
    }
    const bundled = path.replace(/\.\w+$/, ".bundle.js");
    throw new UsageError(
      `Cannot load ${path} as it imports ${specifier}, and only modules of a single file can be loaded here: ` +
        `bundle it first, such as with \`deno bundle ${path} -o ${bundled}\``,
    );
  }
}

async function stripTypes(source: string): Promise<string> {
  const { transform } = await import("sucrase");
  return transform(source, { transforms: ["typescript"], disableESTransforms: true }).code;
}

/** An import of anything else than what a runtime brings along or fetches. */
function findImport(code: string): string | undefined {
  const imports =
    /^\s*(?:import|export)\b(?:[^'"`;=]*?\bfrom)?\s*["']([^'"]+)["']|\bimport\s*\(\s*["']([^'"]+)["']/gm;
  return [...code.matchAll(imports)].map(([, fixed, dynamic]) => fixed ?? dynamic)
    .find((specifier) => !/^(?:node|npm|jsr|https?|data):/.test(specifier));
}
