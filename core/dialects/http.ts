/**
 * How a listener recognises HTTP: a method, a space.
 *
 * @module
 */

const METHODS: readonly string[] = [
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "OPTIONS",
  "PATCH",
  "TRACE",
  "CONNECT",
];
const BEGINNINGS: readonly string[] = METHODS.map((method) => `${method} `);
const LONGEST_BYTES = Math.max(...BEGINNINGS.map((beginning) => beginning.length));

/**
 * Says whether a connection begins as a request of HTTP/1 does.
 *
 * @param opening The first bytes.
 * @returns undefined while it takes more of them to tell.
 */
export function recogniseHttp(opening: Uint8Array): boolean | undefined {
  const text = String.fromCharCode(...opening.subarray(0, LONGEST_BYTES));
  if (BEGINNINGS.some((beginning) => text.startsWith(beginning))) return true;
  return BEGINNINGS.some((beginning) => beginning.startsWith(text)) ? undefined : false;
}
