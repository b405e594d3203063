/**
 * Adverts: signed words of a node that it is there, and where, or that it leaves.
 *
 * ```text
 * {namespace}|adv|{name}@{ip}:{port}|{key field}|END\n
 * {namespace}|bye|{name}@{ip}:{port}|{key field}|END\n
 * ```
 *
 * The key field is base64url, without padding, of the sender's ed25519 public key (32 bytes), the time in
 * milliseconds since 1970 (8, big-endian) and a signature (64). Signed are the packet's first three fields with
 * a `|` after each, in UTF-8, and the time.
 *
 * Whether an advert is fresh, and whether its name is the sender's to use, is for others to say.
 *
 * @module
 */
import { base64urlnopad } from "@scure/base";
import { formatPipePacket, parsePipePacket } from "./codecs/pipe_packet.ts";
import { isNamespaceName, isPeerName } from "./peer_observation.ts";

/** `adv`: it is there. `bye`: it leaves. */
export type AdvertType = "adv" | "bye";

/** What an advert says. */
export interface AdvertContent {
  /** Whether it comes or goes. */
  readonly type: AdvertType;
  /** The crowd that it belongs to. */
  readonly namespace: string;
  /** Its name in there. */
  readonly name: string;
  /** The IPv4 address that it can be called at. */
  readonly host: string;
  /** The TCP port that it can be called at. */
  readonly port: number;
  /** When it was signed, in milliseconds since 1970, on the sender's clock. */
  readonly timeMs: number;
}

/** An advert, and what tells it from others. */
export interface Advert extends AdvertContent {
  /** The sender's public key, base64url, 43 characters. */
  readonly key: string;
  /** Key and address: what a later advert replaces an earlier one by. */
  readonly id: string;
  /** Two numbers of 32 bits that stand for `id` where many are compared. */
  readonly idWords: readonly [number, number];
  /** The packet as it was sent, without its newline. */
  readonly line: string;
  /** The same in bytes, with its newline: passed on as it is, so that others can verify it. Not to be changed. */
  readonly bytes: Uint8Array;
}

/** Why a packet is no advert. */
export type AdvertFault = "malformed" | "name" | "address";

/** Signs as one node; an `Identity` does. */
export interface AdvertSigner {
  /** The public key, base64url. */
  readonly id: string;
  /** 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array;
}

/** Says whether a signature is good; `verify` of `identity.ts` does. */
export type VerifySignature = (
  publicKey: Uint8Array,
  bytes: Uint8Array,
  signature: Uint8Array,
) => boolean;

const KEY_BYTES = 32;
const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;
/** 139 characters hold 834 bits: the last one's lowest two are zero, so that a field has one spelling. */
const KEY_FIELD = /^[A-Za-z0-9_-]{138}[AEIMQUYcgkosw048]$/;
const KEY_FIELD_CHARACTERS = 139;
/** Behind the key field: `|END`. */
const TAIL_CHARACTERS = 4;

const CONTENT = /^([^@]*)@((?:\d{1,3}\.){3}\d{1,3}):(\d{1,5})$/;
/** One spelling each, no leading zeros; octets and ports in range. */
const HOST = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;
const MAX_PORT = 65_535;
/** From here on addresses are multicast, reserved or broadcast (RFC 5735). */
const FIRST_MULTICAST = 224;

const UTF8 = new TextEncoder();

/**
 * Signs an advert.
 *
 * @param content What it says. Names and address must keep the rules that {@linkcode parseAdvert} checks.
 * @param signer Who says it.
 * @returns The advert, its packet included.
 * @throws {TypeError} When it would be refused by whoever reads it.
 */
export function createAdvert(content: AdvertContent, signer: AdvertSigner): Advert {
  const { type, namespace, name, host, port, timeMs } = content;
  const packet = { network: namespace, type, content: `${name}@${host}:${port}`, key: "" };
  const keyBytes = new Uint8Array(KEY_BYTES + TIME_BYTES + SIGNATURE_BYTES);
  keyBytes.set(base64urlnopad.decode(signer.id));
  new DataView(keyBytes.buffer).setBigUint64(KEY_BYTES, BigInt(timeMs));
  const time = keyBytes.subarray(KEY_BYTES, KEY_BYTES + TIME_BYTES);
  const signed = signedBytes(`${namespace}|${type}|${packet.content}|`, time);
  keyBytes.set(signer.sign(signed), KEY_BYTES + TIME_BYTES);
  const line = formatPipePacket({ ...packet, key: base64urlnopad.encode(keyBytes) }).slice(0, -1);
  const advert = parseAdvert(line);
  if (typeof advert === "string") {
    throw new TypeError(
      `Cannot advertise as the ${advert} is not fit for it: got ${
        JSON.stringify(`${packet.content} in ${namespace}`)
      }`,
    );
  }
  return advert;
}

/**
 * Reads an advert. Its signature is not looked at: see {@linkcode verifyAdvert}.
 *
 * Answers with a reason instead of throwing, as whoever sends a hundred thousand bad ones a second should not
 * be served a stack trace for each.
 *
 * @param line A packet without its newline.
 * @returns The advert, or why it is none.
 */
export function parseAdvert(line: string): Advert | AdvertFault {
  const packet = parsePipePacket(line);
  if (packet === undefined || (packet.type !== "adv" && packet.type !== "bye")) return "malformed";
  if (!KEY_FIELD.test(packet.key)) return "malformed";
  const found = CONTENT.exec(packet.content);
  if (found === null) return packet.content.split("@").length === 2 ? "address" : "name";
  const [, name, host] = found;
  const port = Number(found[3]);
  if (!isNamespaceName(packet.network) || !isPeerName(name)) return "name";
  if (!isUsableHost(host) || port === 0 || port > MAX_PORT || `${port}` !== found[3]) {
    return "address";
  }
  const keyBytes = base64urlnopad.decode(packet.key);
  const view = new DataView(keyBytes.buffer, keyBytes.byteOffset);
  const timeMs = Number(view.getBigUint64(KEY_BYTES));
  if (!Number.isSafeInteger(timeMs)) return "malformed";
  const key = base64urlnopad.encode(keyBytes.subarray(0, KEY_BYTES));
  return {
    type: packet.type,
    namespace: packet.network,
    name,
    host,
    port,
    timeMs,
    key,
    id: `${key}@${host}:${port}`,
    idWords: [(view.getUint32(0) ^ hostWord(host)) >>> 0, (view.getUint32(4) ^ port) >>> 0],
    line,
    bytes: UTF8.encode(`${line}\n`),
  };
}

/**
 * Says whether an advert comes from whom it says.
 *
 * @param advert One that {@linkcode parseAdvert} has read.
 * @param verify Checks the signature.
 * @returns Whether it does.
 */
export function verifyAdvert({ line }: Advert, verify: VerifySignature): boolean {
  const end = line.length - TAIL_CHARACTERS;
  const keyBytes = base64urlnopad.decode(line.slice(end - KEY_FIELD_CHARACTERS, end));
  const publicKey = keyBytes.subarray(0, KEY_BYTES);
  const time = keyBytes.subarray(KEY_BYTES, KEY_BYTES + TIME_BYTES);
  const signed = signedBytes(line.slice(0, end - KEY_FIELD_CHARACTERS), time);
  return verify(publicKey, signed, keyBytes.subarray(KEY_BYTES + TIME_BYTES));
}

/**
 * Says whether an address is this machine's own, which means another machine on every machine.
 *
 * @param host An IPv4 address.
 * @returns Whether it is in 127.0.0.0/8.
 */
export function isLoopback(host: string): boolean {
  return host.startsWith("127.");
}

function isUsableHost(host: string): boolean {
  if (!HOST.test(host)) return false;
  const network = Number(host.slice(0, host.indexOf(".")));
  return network > 0 && network < FIRST_MULTICAST;
}

function hostWord(host: string): number {
  const [a, b, c, d] = host.split(".").map(Number);
  return (a << 24) | (b << 16) | (c << 8) | d;
}

/** `head` is the packet up to the key field: three fields, each with its `|`. */
function signedBytes(head: string, time: Uint8Array): Uint8Array {
  const text = UTF8.encode(head);
  const bytes = new Uint8Array(text.length + time.length);
  bytes.set(text);
  bytes.set(time, text.length);
  return bytes;
}
