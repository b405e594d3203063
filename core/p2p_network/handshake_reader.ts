/**
 * Reads what a peer says of itself before the first message: `id:port` when it connects, its id alone when it
 * answers. Neither has an end, so that only silence tells when they are whole.
 *
 * Keeps no time: whoever reads asks how long to wait.
 *
 * @module
 */
import { DecodeError } from "../errors.ts";

/** What a peer has said of itself. */
export interface P2pGreeting {
  readonly id: string;
  /** Where it listens; undefined where it didn't say. */
  readonly port: number | undefined;
  /** What came behind, without a pause: the beginning of its messages. */
  readonly rest: Uint8Array;
}

/**
 * How far it is. `incomplete`: more has to come. `perhaps`: it is whole if nothing more comes; of an `id`, or of a
 * `port` behind it.
 */
export type P2pHandshakeState =
  | { readonly type: "incomplete" }
  | { readonly type: "perhaps"; readonly ending: "id" | "port" }
  | { readonly type: "whole"; readonly greeting: P2pGreeting };

const COLON = 0x3a;
const ZERO = 0x30;
const NINE = 0x39;
const DELETE = 0x7f;
const PORT_DIGITS = 5;
const MAX_PORT = 65_535;
/** As nodes draw it: SHA-512, in hexadecimal. */
const DRAWN_ID_BYTES = 128;
const DRAWN_ID = /^[0-9a-f]{128}$/;
const INCOMPLETE: P2pHandshakeState = { type: "incomplete" };
const NOTHING = new Uint8Array(0);
const ASCII = new TextDecoder("latin1");
const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Puts a greeting together from chunks. */
export class P2pHandshakeReader {
  readonly #kind: "id:port" | "id";
  readonly #maxIdBytes: number;
  #bytes: Uint8Array = NOTHING;

  /**
   * @param kind What is expected: `id:port` of who connects, `id` of who answers.
   * @param maxIdBytes How long an id may be.
   */
  constructor(kind: "id:port" | "id", maxIdBytes: number) {
    this.#kind = kind;
    this.#maxIdBytes = maxIdBytes;
  }

  /**
   * Takes the next bytes.
   *
   * @param chunk What has come.
   * @returns How far it is now.
   * @throws {DecodeError} `malformed`, or `limit` for a long id.
   */
  push(chunk: Uint8Array): P2pHandshakeState {
    const bytes = new Uint8Array(this.#bytes.length + chunk.length);
    bytes.set(this.#bytes);
    bytes.set(chunk, this.#bytes.length);
    this.#bytes = bytes;
    return this.#kind === "id" ? this.#readAnswer(bytes) : this.#readOpening(bytes);
  }

  /**
   * Takes what there is for all there will be.
   *
   * @returns The greeting.
   * @throws {DecodeError} `truncated` when there is too little, `malformed`.
   */
  finish(): P2pGreeting {
    const bytes = this.#bytes;
    const colon = this.#kind === "id" ? -1 : bytes.indexOf(COLON);
    if (bytes.length === 0 || colon === bytes.length - 1) {
      throw new DecodeError("truncated", "Cannot read p2p handshake as it ends too early");
    }
    if (colon === -1) return { id: this.#readId(bytes), port: undefined, rest: NOTHING };
    return this.#greet(colon, bytes.length);
  }

  #readAnswer(bytes: Uint8Array): P2pHandshakeState {
    const drawn = ASCII.decode(bytes.subarray(0, DRAWN_ID_BYTES));
    if (DRAWN_ID.test(drawn)) {
      const rest = bytes.subarray(DRAWN_ID_BYTES);
      return { type: "whole", greeting: { id: drawn, port: undefined, rest } };
    }
    this.#check(bytes);
    return { type: "perhaps", ending: "id" };
  }

  #readOpening(bytes: Uint8Array): P2pHandshakeState {
    const colon = bytes.indexOf(COLON);
    this.#check(colon === -1 ? bytes : bytes.subarray(0, colon));
    if (colon === -1) return { type: "perhaps", ending: "id" };
    this.#readId(bytes.subarray(0, colon));
    let end = colon + 1;
    while (end < bytes.length && bytes[end] >= ZERO && bytes[end] <= NINE) end++;
    const digits = end - colon - 1;
    if (digits > PORT_DIGITS) throw malformed("its port is over 65535");
    if (end < bytes.length) {
      if (digits === 0) throw malformed("its port is no number");
      if (bytes[end] === COLON) throw malformed("there is more than one colon in it");
    } else if (digits < PORT_DIGITS) {
      return digits === 0 ? INCOMPLETE : { type: "perhaps", ending: "port" };
    }
    return { type: "whole", greeting: this.#greet(colon, end) };
  }

  #greet(colon: number, end: number): P2pGreeting {
    const bytes = this.#bytes;
    const port = Number(ASCII.decode(bytes.subarray(colon + 1, end)));
    if (port > MAX_PORT) throw malformed("its port is over 65535");
    return { id: this.#readId(bytes.subarray(0, colon)), port, rest: bytes.slice(end) };
  }

  /** Refuses early what no id can be. */
  #check(id: Uint8Array): void {
    if (id.length > this.#maxIdBytes) {
      throw new DecodeError(
        "limit",
        `Cannot read p2p handshake as the id is longer than ${this.#maxIdBytes} bytes: got at least ${id.length}`,
      );
    }
    if (id.some((byte) => byte < 0x20 || byte === DELETE)) {
      throw malformed(
        this.#kind === "id"
          ? "a control character is in the id: a message may have come with it too soon"
          : "a control character is in the id",
      );
    }
  }

  #readId(bytes: Uint8Array): string {
    if (bytes.length === 0) throw malformed("the id is empty");
    try {
      return STRICT_UTF8.decode(bytes);
    } catch {
      throw malformed("the id is not UTF-8");
    }
  }
}

function malformed(reason: string): DecodeError {
  return new DecodeError("malformed", `Cannot read p2p handshake as ${reason}`);
}
