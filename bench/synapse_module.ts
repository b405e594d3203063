/**
 * Synapse as its users have it: from the sources under Deno, and under Node from the bundle.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import type * as Synapse from "../mod.ts";

// Found from the project's folder, where every process runs: under Node this file is elsewhere.
const entry = "Deno" in globalThis ? "mod.ts" : "dist/mod.js";

/** The public API. */
export const SYNAPSE: typeof Synapse = await import(pathToFileURL(entry).href);
