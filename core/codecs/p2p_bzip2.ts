/**
 * Reads bzip2, within bounds: for what peers send compressed so.
 *
 * The pure-JavaScript libraries trust their input, and can't be told when to stop: 31 bytes exhaust the memory in
 * `bz2`; of 50, `@openpgp/unbzip2-stream` makes 45 MB, in 680 MB, before its caller sees any; half a megabyte of
 * small blocks keeps `seek-bzip` busy for nine seconds. Here a run, a block and the whole have their bounds.
 *
 * There is no specification but the program's source; the steps are, from the bytes on: Huffman codes, runs of
 * the first symbol, move to front, Burrows-Wheeler, runs of four and more, a checksum.
 *
 * @module
 */
import { DecodeError } from "../errors.ts";

const BLOCK_BEGINS = [0x314159, 0x265359];
const STREAM_ENDS = [0x177245, 0x385090];
const STREAM_BEGINS = 0x425a68;
const BLOCK_UNIT = 100_000;
const GROUP_SYMBOLS = 50;
const MAX_CODE_BITS = 20;
const MAX_SYMBOLS = 258;
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? crc << 1 ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});

/**
 * Decompresses.
 *
 * @param bytes One or more streams of bzip2, one behind the other. What else follows is ignored.
 * @param maxBytes How large the result may be. Memory for it is taken as it grows; besides, a block takes up to
 * 3.6 MB.
 * @returns What was compressed.
 * @throws {DecodeError} `limit`, `truncated`, `malformed`.
 */
export function decodeBzip2(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const bits = new BitReader(bytes);
  const output = new Output(maxBytes);
  // Blocks but the last are full, and their runs of four grew by a quarter at most when they were filled.
  let blocksLeft = 2 + Math.floor(maxBytes / (BLOCK_UNIT * 0.8));
  do {
    if (bits.read(24) !== STREAM_BEGINS) throw malformed("it doesn't begin as bzip2");
    const level = bits.read(8) - 0x30;
    if (level < 1 || level > 9) throw malformed("its block size is none");
    let streamCrc = 0;
    while (beginsBlock(bits)) {
      if (blocksLeft-- === 0) throw malformed("its blocks are too small");
      const blockCrc = bits.read32();
      decodeBlock(bits, level * BLOCK_UNIT, output);
      if (output.takeCrc() !== blockCrc) throw malformed("a checksum doesn't fit");
      streamCrc = ((streamCrc << 1 | streamCrc >>> 31) ^ blockCrc) >>> 0;
    }
    if (bits.read32() !== streamCrc) throw malformed("its checksum doesn't fit");
    bits.align();
  } while (bits.beginsWith(STREAM_BEGINS));
  return output.toBytes();
}

function beginsBlock(bits: BitReader): boolean {
  const magic = [bits.read(24), bits.read(24)];
  if (magic.every((part, at) => part === BLOCK_BEGINS[at])) return true;
  if (magic.every((part, at) => part === STREAM_ENDS[at])) return false;
  throw malformed("a block doesn't begin as one");
}

function decodeBlock(bits: BitReader, maxSymbols: number, output: Output): void {
  if (bits.read(1) === 1) throw malformed("its blocks are shuffled, as old programs did");
  const origin = bits.read(24);
  const alphabet = readAlphabet(bits);
  const groupCount = bits.read(3);
  const selectorCount = bits.read(15);
  if (groupCount < 2 || groupCount > 6 || selectorCount === 0) {
    throw malformed("its codes are none");
  }
  const selectors = readSelectors(bits, groupCount, selectorCount);
  const codes = Array.from({ length: groupCount }, () => readCode(bits, alphabet.length + 2));
  const symbols = readSymbols(bits, { alphabet, selectors, codes, maxSymbols });
  if (origin >= symbols.length) throw malformed("a block begins outside of itself");
  output.append(sortBack(symbols), origin);
}

/** The bytes that occur, in their order. */
function readAlphabet(bits: BitReader): Uint8Array {
  const alphabet: number[] = [];
  const rows = bits.read(16);
  for (let row = 0; row < 16; row++) {
    if ((rows >> (15 - row) & 1) === 0) continue;
    const columns = bits.read(16);
    for (let column = 0; column < 16; column++) {
      if ((columns >> (15 - column) & 1) === 1) alphabet.push(16 * row + column);
    }
  }
  if (alphabet.length === 0) throw malformed("a block has no alphabet");
  return Uint8Array.from(alphabet);
}

/** Which code each group of symbols is in. */
function readSelectors(bits: BitReader, groupCount: number, count: number): Uint8Array {
  const order = Uint8Array.from({ length: groupCount }, (_, group) => group);
  const selectors = new Uint8Array(count);
  for (let at = 0; at < count; at++) {
    let place = 0;
    while (bits.read(1) === 1) {
      if (++place === groupCount) throw malformed("a group has no code");
    }
    selectors[at] = moveToFront(order, place);
  }
  return selectors;
}

/** A canonical Huffman code: how many words there are of each length, and whose they are, in their order. */
interface Code {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

function readCode(bits: BitReader, symbolCount: number): Code {
  const lengths = new Uint8Array(symbolCount);
  const counts = new Uint16Array(MAX_CODE_BITS + 1);
  let length = bits.read(5);
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    for (;;) {
      if (length < 1 || length > MAX_CODE_BITS) {
        throw malformed("a code word is too long or too short");
      }
      if (bits.read(1) === 0) break;
      length += bits.read(1) === 0 ? 1 : -1;
    }
    lengths[symbol] = length;
    counts[length]++;
  }
  const next = new Uint16Array(MAX_CODE_BITS + 2);
  for (let bit = 1; bit <= MAX_CODE_BITS; bit++) next[bit + 1] = next[bit] + counts[bit];
  const symbols = new Uint16Array(MAX_SYMBOLS);
  for (let symbol = 0; symbol < symbolCount; symbol++) symbols[next[lengths[symbol]]++] = symbol;
  return { counts, symbols };
}

function readSymbol(bits: BitReader, { counts, symbols }: Code): number {
  let word = 0;
  let first = 0;
  let before = 0;
  for (let length = 1; length <= MAX_CODE_BITS; length++) {
    word |= bits.read(1);
    const count = counts[length];
    if (word - first < count) return symbols[before + word - first];
    before += count;
    first = (first + count) << 1;
    word <<= 1;
  }
  throw malformed("there is no such code word");
}

/** What {@linkcode readSymbols} reads by. */
interface Coding {
  readonly alphabet: Uint8Array;
  readonly selectors: Uint8Array;
  readonly codes: readonly Code[];
  readonly maxSymbols: number;
}

/** The block before it was sorted back: each byte in the lowest eight bits of its element. */
function readSymbols(bits: BitReader, coding: Coding): Uint32Array {
  const { alphabet, selectors, codes, maxSymbols } = coding;
  const order = alphabet.slice();
  const endOfBlock = alphabet.length + 1;
  let block = new Uint32Array(Math.min(maxSymbols, 4_096));
  let length = 0;
  let run = 0;
  let runUnit = 1;
  const grow = (by: number): void => {
    if (length + by > maxSymbols) throw malformed("a block is too large");
    if (length + by <= block.length) return;
    const larger = new Uint32Array(Math.min(maxSymbols, Math.max(length + by, 4 * block.length)));
    larger.set(block);
    block = larger;
  };
  for (let group = 0; group < selectors.length; group++) {
    const code = codes[selectors[group]];
    for (let left = GROUP_SYMBOLS; left > 0; left--) {
      const symbol = readSymbol(bits, code);
      if (symbol < 2) {
        // Digits 1 and 2 of a number to the base 2, the lowest first.
        run += runUnit << symbol;
        if (run > maxSymbols) throw malformed("a run is too long");
        runUnit <<= 1;
        continue;
      }
      if (run > 0) {
        grow(run);
        block.fill(order[0], length, length + run);
        length += run;
        run = 0;
        runUnit = 1;
      }
      if (symbol === endOfBlock) return block.subarray(0, length);
      grow(1);
      block[length++] = moveToFront(order, symbol - 1);
    }
  }
  throw malformed("a block has no end");
}

function moveToFront(order: Uint8Array, place: number): number {
  const value = order[place];
  order.copyWithin(1, 0, place);
  order[0] = value;
  return value;
}

/** Undoes Burrows-Wheeler: above each byte, in the higher bits, the place of the one that follows it. */
function sortBack(block: Uint32Array): Uint32Array {
  const next = new Uint32Array(257);
  for (const byte of block) next[byte + 1]++;
  for (let byte = 0; byte < 256; byte++) next[byte + 1] += next[byte];
  for (let at = 0; at < block.length; at++) block[next[block[at] & 0xff]++] |= at << 8;
  return block;
}

/** Undoes the outermost runs, and never holds more than it may. */
class Output {
  readonly #maxBytes: number;
  #bytes: Uint8Array = new Uint8Array(0);
  #length = 0;
  #crc = 0xffffffff;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  append(block: Uint32Array, origin: number): void {
    let at = block[origin] >>> 8;
    let last = -1;
    let repeats = 0;
    for (let left = block.length; left > 0; left--) {
      const byte = block[at] & 0xff;
      at = block[at] >>> 8;
      if (repeats === 4) {
        this.#put(last, byte);
        repeats = 0;
        last = -1;
        continue;
      }
      repeats = byte === last ? repeats + 1 : 1;
      last = byte;
      this.#put(byte, 1);
    }
  }

  /** The checksum since it was taken last. */
  takeCrc(): number {
    const crc = ~this.#crc >>> 0;
    this.#crc = 0xffffffff;
    return crc;
  }

  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #put(byte: number, count: number): void {
    const length = this.#length + count;
    if (length > this.#maxBytes) {
      throw new DecodeError(
        "limit",
        `Cannot decompress bzip2 as it holds more than ${this.#maxBytes} bytes`,
      );
    }
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(
        Math.min(this.#maxBytes, Math.max(length, 2 * this.#bytes.length, 4_096)),
      );
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.fill(byte, this.#length, length);
    this.#length = length;
    let crc = this.#crc;
    for (let i = 0; i < count; i++) crc = crc << 8 ^ CRC_TABLE[(crc >>> 24) ^ byte];
    this.#crc = crc;
  }
}

/** Reads from the highest bit of each byte to the lowest. */
class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #held = 0;
  #heldBits = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @param count Up to 24. */
  read(count: number): number {
    while (this.#heldBits < count) {
      if (this.#at === this.#bytes.length) {
        throw new DecodeError("truncated", "Cannot decompress bzip2 as it ends too early");
      }
      this.#held = (this.#held << 8 | this.#bytes[this.#at++]) & 0x7fffffff;
      this.#heldBits += 8;
    }
    this.#heldBits -= count;
    return this.#held >>> this.#heldBits & (1 << count) - 1;
  }

  read32(): number {
    return (this.read(16) << 16 | this.read(16)) >>> 0;
  }

  /** Goes on with the next whole byte. */
  align(): void {
    this.#heldBits -= this.#heldBits % 8;
  }

  /** Looks ahead, at the beginning of a byte. @param magic Three bytes. */
  beginsWith(magic: number): boolean {
    const at = this.#at - this.#heldBits / 8;
    const [first, second, third] = this.#bytes.subarray(at, at + 3);
    return (first << 16 | second << 8 | third) === magic;
  }
}

function malformed(reason: string): DecodeError {
  return new DecodeError("malformed", `Cannot decompress bzip2 as ${reason}`);
}
