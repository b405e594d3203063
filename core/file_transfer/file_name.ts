/**
 * Names that strangers give to files, and which of them may become a file here.
 *
 * A name is refused rather than mended: a file that arrives under another name than it was sent by
 * would surprise whoever sent it, and two mended names may be one.
 *
 * @module
 */
import { SynapseError } from "../errors.ts";

/** What the common file systems take. */
export const MAX_FILE_NAME_BYTES: number = 255;

/** Separators of any system, and what Windows takes for a drive or a second stream of a file. */
const SEPARATOR = /[/\\:]/;
/** Control characters, line separators, halves of characters, and marks that turn the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
/** On Windows these are devices, whatever follows the first dot. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)/i;

/**
 * Checks the name of a file that a peer wants to leave here.
 *
 * @param name Anything.
 * @returns The name: one component of a path, nothing hidden, the same on every system.
 * @throws {SynapseError} `bad_file_name`.
 * @example Usage
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(checkFileName("report.pdf"), "report.pdf");
 * assertThrows(() => checkFileName("../report.pdf"));
 * ```
 */
export function checkFileName(name: unknown): string {
  if (typeof name !== "string") throw badName("it must be a string", typeof name);
  const reason = refuse(name);
  if (reason === undefined) return name;
  throw badName(reason, JSON.stringify(name.slice(0, 80)));
}

function refuse(name: string): string | undefined {
  if (name === "") return "it is empty";
  if (SEPARATOR.test(name)) return "it must not lead into a folder";
  if (UNPRINTABLE.test(name)) return "it has characters that can't be shown";
  if (name.startsWith(".")) return "it must not begin with a dot";
  if (/[. ]$/.test(name)) return "it must not end with a dot or a space";
  if (DEVICE.test(name)) return "it is that of a device";
  const bytes = new TextEncoder().encode(name).length;
  if (bytes > MAX_FILE_NAME_BYTES) return `it must have at most ${MAX_FILE_NAME_BYTES} bytes`;
  return undefined;
}

function badName(reason: string, found: string): SynapseError {
  return new SynapseError(
    "bad_file_name",
    `Cannot take file under its name as ${reason}: got ${found}`,
  );
}
