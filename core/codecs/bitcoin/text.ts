/**
 * Text in Bitcoin messages: UTF-8 as a rule, but nodes don't check it.
 *
 * Bytes that are not UTF-8 become lone surrogates, byte 0x80 U+DC80 and so on (as Python's `surrogateescape`), so
 * that what was read can be written again byte for byte. Neither form is safe to print.
 *
 * @module
 */

const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const UTF8 = new TextEncoder();
const ESCAPED = /[\udc80-\udcff]/;
const ESCAPE = 0xdc00;

/**
 * Reads text.
 *
 * @param bytes Any.
 * @returns UTF-8 decoded; when any of it is not UTF-8, each byte from 0x80 on as its lone surrogate.
 */
export function decodeText(bytes: Uint8Array): string {
  try {
    return STRICT_UTF8.decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => String.fromCharCode(byte < 0x80 ? byte : ESCAPE | byte))
      .join("");
  }
}

/**
 * Writes text.
 *
 * @param text Any.
 * @returns UTF-8, the lone surrogates of {@linkcode decodeText} as the bytes they stand for.
 */
export function encodeText(text: string): Uint8Array {
  if (text.isWellFormed() || !ESCAPED.test(text)) return UTF8.encode(text);
  return Uint8Array.from(
    Array.from(text).flatMap((character) => {
      const code = character.charCodeAt(0);
      return character.length === 1 && ESCAPED.test(character)
        ? [code & 0xff]
        : [...UTF8.encode(character)];
    }),
  );
}
