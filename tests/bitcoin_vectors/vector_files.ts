/**
 * Other projects' test data, which is no part of this project: tests that need it skip without it.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";

const FOLDER = new URL("../../../shared/btc/vectors/", import.meta.url);

/** Whether the data is there. */
export const HAS_VECTORS: boolean = existsSync(FOLDER);

/**
 * Reads a file of JSON.
 *
 * @param name Its name.
 * @returns Nothing to test where the data isn't there.
 */
export function readRows(name: string): readonly unknown[] {
  return HAS_VECTORS ? JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")) : [];
}

/**
 * Reads a file of bytes. Only for tests that are ignored without {@linkcode HAS_VECTORS}.
 *
 * @param name Its name.
 */
export function readBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, FOLDER)));
}

/**
 * Defines a test that is ignored, and says so, where the data isn't there.
 *
 * @param name The test's name.
 * @param fn The test.
 */
export function testVectors(name: string, fn: () => void): void {
  const reason = HAS_VECTORS
    ? ""
    : " (skipped: other projects' data is not in ../shared/btc/vectors)";
  Deno.test({ name: name + reason, ignore: !HAS_VECTORS, fn });
}
