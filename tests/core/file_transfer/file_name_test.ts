import { assertEquals, assertThrows } from "@std/assert";
import { SynapseError } from "../../../core/errors.ts";
import { checkFileName } from "../../../core/file_transfer/file_name.ts";

const TAKEN: readonly string[] = [
  "report.pdf",
  "a",
  "no extension",
  "two..dots.tar.gz",
  "-rf",
  "~",
  "Ünïcödé ✓.txt",
  "👩‍🚀.png",
  "می‌خواهم.txt",
  "console.log",
  "com10",
  "x".repeat(255),
  "é".repeat(127),
];

for (const name of TAKEN) {
  Deno.test(`checkFileName() takes ${JSON.stringify(name.slice(0, 20))}`, () => {
    assertEquals(checkFileName(name), name);
  });
}

const REFUSED: ReadonlyArray<readonly [name: unknown, reason: RegExp]> = [
  [undefined, /must be a string: got undefined/],
  [new Uint8Array(3), /must be a string: got object/],
  ["", /it is empty/],
  [".", /must not begin with a dot/],
  ["..", /must not begin with a dot/],
  [".bashrc", /must not begin with a dot/],
  ["...", /must not begin with a dot/],
  ["../etc/passwd", /must not lead into a folder/],
  ["/etc/passwd", /must not lead into a folder/],
  ["a/b", /must not lead into a folder/],
  ["a/", /must not lead into a folder/],
  ["..\\windows", /must not lead into a folder/],
  ["C:evil", /must not lead into a folder/],
  ["a.txt:stream", /must not lead into a folder/],
  ["a\0.txt", /can't be shown/],
  ["a\n.txt", /can't be shown/],
  ["\u001b[2J", /can't be shown/],
  ["\u0085", /can't be shown/],
  ["invoice\u202Efdp.exe", /can't be shown/],
  ["a\u2028b", /can't be shown/],
  ["half \ud83d", /can't be shown/],
  ["a.", /must not end with a dot or a space/],
  ["a ", /must not end with a dot or a space/],
  ["CON", /that of a device/],
  ["nul.txt", /that of a device/],
  ["Com1", /that of a device/],
  ["LPT9.tar.gz", /that of a device/],
  ["com¹", /that of a device/],
  ["x".repeat(256), /at most 255 bytes/],
  ["é".repeat(128), /at most 255 bytes/],
];

for (const [name, reason] of REFUSED) {
  const shown = typeof name === "string" ? JSON.stringify(name.slice(0, 20)) : typeof name;
  Deno.test(`checkFileName() refuses ${shown}: ${reason.source}`, () => {
    const error = assertThrows(() => checkFileName(name), SynapseError);
    assertEquals([error.code, reason.test(error.message)], ["bad_file_name", true], error.message);
    assertEquals(error.message.length < 600, true);
  });
}
