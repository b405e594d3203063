/**
 * The work that every system does: two methods, four phases, and the check of every answer.
 *
 * @module
 */

/** The third argument of `echo`. */
export interface EchoOptions {
  readonly ttl: number;
  readonly ok: boolean;
}

/** How calls are made while a measurement runs. */
export interface Phase {
  /** What `--phases` calls it. */
  readonly name: string;
  /** Its heading in the report. */
  readonly title: string;
  /** Calls in flight at any time, in a sliding window. */
  readonly inFlight: number;
  /** The method called. */
  readonly method: "echo" | "blob";
}

/** All phases, in the order in which they run. */
export const PHASES: readonly Phase[] = [
  { name: "sequential", title: "Sequential", inFlight: 1, method: "echo" },
  { name: "64", title: "64 in flight", inFlight: 64, method: "echo" },
  { name: "256", title: "256 in flight", inFlight: 256, method: "echo" },
  { name: "blob", title: "64 KiB argument, 16 in flight", inFlight: 16, method: "blob" },
];

/** The first argument of `echo`. */
export const ECHO_TEXT = "hello everyone";
/** The second. */
export const ECHO_NUMBER = 42;
/** The size of the argument of `blob`. */
export const BLOB_BYTES: number = 64 * 1024;

/** Makes the third argument of `echo`: a new object for every call, as an application has it. */
export function createEchoOptions(): EchoOptions {
  return { ttl: 5, ok: true };
}

/** Makes the argument of `blob`. */
export function createBlob(): Uint8Array {
  return Uint8Array.from({ length: BLOB_BYTES }, (_, index) => blobByte(index));
}

/** @throws {Error} When `answer` is not what `echo` was called with. */
export function checkEcho(answer: unknown): void {
  const [text, number, options] = answer as [string, number, EchoOptions];
  if (
    text !== ECHO_TEXT || number !== ECHO_NUMBER || options.ttl !== 5 || options.ok !== true
  ) throw new Error(`Cannot accept answer of echo: got ${JSON.stringify(answer)}`);
}

/** @throws {Error} When `answer` has not the length, first and last byte of {@linkcode createBlob}. */
export function checkBlob(answer: unknown): void {
  const bytes = answer as Uint8Array;
  const last = BLOB_BYTES - 1;
  if (
    bytes.byteLength !== BLOB_BYTES || bytes[0] !== blobByte(0) || bytes[last] !== blobByte(last)
  ) throw new Error(`Cannot accept answer of blob: got ${bytes.byteLength} bytes`);
}

function blobByte(index: number): number {
  return (index * 31 + 7) & 0xff;
}
