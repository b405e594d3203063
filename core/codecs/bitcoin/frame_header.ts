/**
 * What stands before every payload: magic, command, length and checksum, 24 bytes in all.
 *
 * BSV writes what 32 bits can't count as `extmsg`: a length of 0xffffffff and no checksum, then the real command
 * and a length of 64 bits, 44 bytes in all.
 *
 * @module
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import { DecodeError } from "../../errors.ts";

/** A header's length. */
export const FRAME_HEADER_BYTES: number = 24;
/** The length of a header that is followed by an extended one. */
export const EXTENDED_HEADER_BYTES: number = 44;
/** Announces an extended header. */
export const EXTENDED_COMMAND: string = "extmsg";
/** The length that comes with {@linkcode EXTENDED_COMMAND}, and the largest that a header can say. */
export const EXTENDED_LENGTH: number = 0xffffffff;

const MAGIC_BYTES = 4;
const COMMAND_BYTES = 12;
const LENGTH_AT = MAGIC_BYTES + COMMAND_BYTES;
const CHECKSUM_AT = LENGTH_AT + 4;
const FIRST_PRINTABLE = 0x20;
const LAST_PRINTABLE = 0x7e;

/** Commands repeat: the last ones seen are compared instead of built. */
const COMMAND_SLOTS = 64;
const COMMANDS: string[] = new Array(COMMAND_SLOTS).fill("");

/** A header's fields, but for the magic. */
export interface FrameHeader {
  /** What the payload is. */
  readonly command: string;
  /** The payload's length. */
  readonly length: number;
  /** The first four bytes of the payload's hash, as a big-endian signed number; undefined when extended. */
  readonly checksum: number | undefined;
}

/**
 * Writes a header.
 *
 * @param bytes Where to: at least 24 bytes from `at` on.
 * @param at Where it begins.
 * @param header Its fields.
 * @throws {RangeError} When the command is longer than 12 bytes or not ASCII, or the length over 32 bits.
 */
export function writeFrameHeader(
  bytes: Uint8Array,
  at: number,
  header: FrameHeader & { readonly magic: Uint8Array },
): void {
  const { magic, command, length, checksum = 0 } = header;
  if (length >= EXTENDED_LENGTH) {
    throw new RangeError(
      `Cannot encode ${command} as its length needs over 32 bits: got ${length}`,
    );
  }
  for (let i = 0; i < MAGIC_BYTES; i++) bytes[at + i] = magic[i];
  writeCommand(bytes, at + MAGIC_BYTES, command);
  for (let i = 0; i < 4; i++) {
    bytes[at + LENGTH_AT + i] = length >>> 8 * i;
    bytes[at + CHECKSUM_AT + i] = checksum >>> 24 - 8 * i;
  }
}

/**
 * Reads a header.
 *
 * @param bytes At least 24 bytes from `at` on.
 * @param at Where it begins.
 * @param magic What it must begin with.
 * @throws {DecodeError} `malformed` when the magic is another, or the command not ASCII.
 */
export function readFrameHeader(bytes: Uint8Array, at: number, magic: Uint8Array): FrameHeader {
  checkMagic(bytes, at, magic);
  const checksum = at + CHECKSUM_AT;
  return {
    command: readCommand(bytes, at + MAGIC_BYTES),
    length: readU32(bytes, at + LENGTH_AT),
    checksum: bytes[checksum] << 24 | bytes[checksum + 1] << 16 | bytes[checksum + 2] << 8 |
      bytes[checksum + 3],
  };
}

/**
 * Checks as much of the magic as there is, so that a server of another kind is noticed by a greeting of any length.
 *
 * @param bytes The beginning of a header, or more.
 * @param at Where it begins.
 * @param magic What it must begin with.
 * @throws {DecodeError} `malformed` when it doesn't.
 */
export function checkMagic(bytes: Uint8Array, at: number, magic: Uint8Array): void {
  const end = Math.min(bytes.length, at + MAGIC_BYTES);
  for (let i = at; i < end; i++) {
    if (bytes[i] === magic[i - at]) continue;
    throw new DecodeError(
      "malformed",
      `Cannot decode frame as it does not begin with ${bytesToHex(magic)}: got ${
        bytesToHex(bytes.subarray(at, end))
      }`,
    );
  }
}

/**
 * Reads an extended header.
 *
 * @param bytes At least 44 bytes, the first 24 being the header before it.
 * @returns A length over 2^53 is not exact, but over every limit.
 * @throws {DecodeError} `malformed` when the command is not ASCII.
 */
export function readExtendedHeader(bytes: Uint8Array): FrameHeader {
  const lengthAt = FRAME_HEADER_BYTES + COMMAND_BYTES;
  return {
    command: readCommand(bytes, FRAME_HEADER_BYTES),
    length: readU32(bytes, lengthAt) + readU32(bytes, lengthAt + 4) * 2 ** 32,
    checksum: undefined,
  };
}

function writeCommand(bytes: Uint8Array, at: number, command: string): void {
  let isFit = command.length <= COMMAND_BYTES;
  for (let i = 0; i < COMMAND_BYTES; i++) {
    const code = i < command.length ? command.charCodeAt(i) : 0;
    isFit &&= i >= command.length || isPrintable(code);
    bytes[at + i] = code;
  }
  if (isFit) return;
  throw new RangeError(
    `Cannot encode command as it must have at most ${COMMAND_BYTES} ASCII characters: got ${
      JSON.stringify(command.slice(0, 40))
    }`,
  );
}

function readCommand(bytes: Uint8Array, start: number): string {
  const end = start + COMMAND_BYTES;
  const slot = (bytes[start] * 7 + bytes[start + 1] * 5 + bytes[start + 3]) % COMMAND_SLOTS;
  const known = COMMANDS[slot];
  let length = 0;
  while (length < known.length && bytes[start + length] === known.charCodeAt(length)) length++;
  let at = start + length;
  if (length === known.length && length > 0) { while (at < end && bytes[at] === 0) at++; }
  return at === end ? known : COMMANDS[slot] = readNewCommand(bytes.subarray(start, end));
}

function readNewCommand(field: Uint8Array): string {
  const zero = field.indexOf(0);
  const name = zero === -1 ? field : field.subarray(0, zero);
  if (name.every(isPrintable) && field.every((byte, i) => i < name.length || byte === 0)) {
    return String.fromCharCode(...name);
  }
  throw new DecodeError(
    "malformed",
    `Cannot decode frame as its command is not ASCII ended by zeros: got ${bytesToHex(field)}`,
  );
}

function isPrintable(code: number): boolean {
  return code >= FIRST_PRINTABLE && code <= LAST_PRINTABLE;
}

function readU32(bytes: Uint8Array, at: number): number {
  return (bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24) >>> 0;
}
