/**
 * Protocols that a listener can't serve, by their first bytes: so that whoever has dialled the wrong port is
 * named in the line that refuses it.
 *
 * @module
 */

interface ForeignProtocol {
  readonly name: string;
  readonly opening: readonly number[];
}

const FOREIGN: readonly ForeignProtocol[] = [
  // RFC 8446 § 5.1: a handshake record, version 3.x.
  { name: "TLS", opening: [0x16, 0x03] },
  { name: "SSH", opening: [0x53, 0x53, 0x48, 0x2d] },
  { name: "Bitcoin mainnet", opening: [0xf9, 0xbe, 0xb4, 0xd9] },
  { name: "Bitcoin testnet3", opening: [0x0b, 0x11, 0x09, 0x07] },
  { name: "Bitcoin testnet4", opening: [0x1c, 0x16, 0x3f, 0x28] },
  { name: "Bitcoin signet", opening: [0x0a, 0x03, 0xcf, 0x40] },
  { name: "Bitcoin regtest", opening: [0xfa, 0xbf, 0xb5, 0xda] },
  { name: "Bitcoin SV or Bitcoin Cash", opening: [0xe3, 0xe1, 0xf3, 0xe8] },
  { name: "Bitcoin SV testnet", opening: [0xf4, 0xe5, 0xf3, 0xf4] },
  { name: "Bitcoin SV regtest", opening: [0xda, 0xb5, 0xbf, 0xfa] },
];
const HTTP_REQUEST = /^[A-Z]{3,7} /;
/** Enough to tell one from another by eye. */
const SHOWN_BYTES = 8;

/**
 * Says what a connection seems to speak that nobody here does.
 *
 * @param opening The first bytes; may be none.
 * @returns For people: a protocol's name, or the bytes.
 */
export function describeOpening(opening: Uint8Array): string {
  if (opening.length === 0) return "nothing";
  const foreign = FOREIGN.find((protocol) =>
    protocol.opening.every((byte, index) => opening[index] === byte)
  );
  if (foreign !== undefined) return foreign.name;
  if (HTTP_REQUEST.test(String.fromCharCode(...opening.subarray(0, SHOWN_BYTES)))) return "HTTP";
  const shown = Array.from(
    opening.subarray(0, SHOWN_BYTES),
    (byte) => byte.toString(16).padStart(2, "0"),
  );
  return `bytes ${shown.join(" ")}${opening.length > SHOWN_BYTES ? " ..." : ""}`;
}
