/**
 * Pipe packets, `network|type|content|key|END\n`: five fields of text, of which none can hold a `|` or a
 * newline. Adverts travel in them, those of pnet and our own.
 *
 * What the fields mean is for others to say: `core/advert.ts`, `core/discovery/`, the pnet dialect.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const packet = { network: "demo", type: "who", content: "", key: "" };
 * const datagram = encodePipePacket(packet);
 * assertEquals(new TextDecoder().decode(datagram), "demo|who|||END\n");
 * assertEquals(decodePipePackets(datagram), [packet]);
 * ```
 * @module
 */
import { DecodeError } from "../errors.ts";

/** One packet. */
export interface PipePacket {
  /** Which crowd it belongs to: our namespace, pnet's network id. */
  readonly network: string;
  /** What it is, such as `adv`. */
  readonly type: string;
  /** What it says. */
  readonly content: string;
  /** Who says it, or empty. */
  readonly key: string;
}

/** Bytes of a datagram that are read: what one Ethernet frame carries. Nobody sends more on purpose. */
export const MAX_PIPE_DATAGRAM_BYTES: number = 1_472;

const END = "END";
const FIELDS = 5;
const SEPARATOR = /[|\n]/;
const UTF8 = new TextEncoder();
const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Writes a packet as text.
 *
 * @param packet Its fields.
 * @returns One line, the newline included.
 * @throws {TypeError} When a field holds a `|` or a newline.
 */
export function formatPipePacket(packet: PipePacket): string {
  const { network, type, content, key } = packet;
  for (const field of [network, type, content, key]) {
    if (!SEPARATOR.test(field)) continue;
    throw new TypeError(
      `Cannot write pipe packet as a field holds "|" or a newline: got ${
        JSON.stringify(field.slice(0, 64))
      }`,
    );
  }
  return `${network}|${type}|${content}|${key}|${END}\n`;
}

/**
 * Writes a packet.
 *
 * @param packet Its fields.
 * @returns Bytes of its own.
 * @throws {TypeError} When a field holds a `|` or a newline.
 */
export function encodePipePacket(packet: PipePacket): Uint8Array {
  return UTF8.encode(formatPipePacket(packet));
}

/**
 * Reads a packet.
 *
 * @param line One line without its newline.
 * @returns Its fields, any text in them; undefined when it is no packet, which costs no exception.
 */
export function parsePipePacket(line: string): PipePacket | undefined {
  const fields = line.split("|", FIELDS + 1);
  if (fields.length !== FIELDS || fields[FIELDS - 1] !== END || line.includes("\n")) {
    return undefined;
  }
  const [network, type, content, key] = fields;
  return { network, type, content, key };
}

/**
 * Splits a datagram into the packets that it holds, one or more, without reading them.
 *
 * @param datagram Whole packets, each with its newline.
 * @param maxBytes More are refused before anything else is looked at.
 * @returns A line for each packet, without its newline.
 * @throws {DecodeError} `limit`, `malformed` when it is not UTF-8, `truncated` when it does not end with a newline.
 */
export function splitPipeDatagram(
  datagram: Uint8Array,
  maxBytes: number = MAX_PIPE_DATAGRAM_BYTES,
): string[] {
  if (datagram.length > maxBytes) {
    throw new DecodeError(
      "limit",
      `Cannot decode pipe packets as the datagram is larger than ${maxBytes} bytes: got ${datagram.length}`,
    );
  }
  let text: string;
  try {
    text = STRICT_UTF8.decode(datagram);
  } catch {
    throw new DecodeError("malformed", "Cannot decode pipe packets as they are not UTF-8");
  }
  const lines = text.split("\n");
  if (lines.pop() !== "" || lines.length === 0) {
    throw new DecodeError("truncated", "Cannot decode pipe packets as the last one has no newline");
  }
  return lines;
}

/**
 * Reads every packet in a datagram.
 *
 * @param datagram Whole packets.
 * @param maxBytes More are refused.
 * @returns The packets, in their order.
 * @throws {DecodeError} As {@linkcode splitPipeDatagram}, and `malformed` when a line is no packet.
 */
export function decodePipePackets(
  datagram: Uint8Array,
  maxBytes: number = MAX_PIPE_DATAGRAM_BYTES,
): PipePacket[] {
  return splitPipeDatagram(datagram, maxBytes).map((line) => {
    const packet = parsePipePacket(line);
    if (packet !== undefined) return packet;
    throw new DecodeError(
      "malformed",
      `Cannot decode pipe packet as it is not network|type|content|key|END: got ${
        JSON.stringify(line.slice(0, 64))
      }`,
    );
  });
}
