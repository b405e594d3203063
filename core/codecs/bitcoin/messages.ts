/**
 * All messages that a light client sends or understands: commands and payloads to typed messages and back.
 *
 * Unknown commands are not malformed: they come back as they are, for the reader to pass over.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const payload = encodeMessage({ command: "pong", nonce: 7n });
 * assertEquals(decodeMessage("pong", payload), { command: "pong", nonce: 7n });
 * assertEquals(decodeMessage("hello", payload), { command: "hello", unknown: payload });
 * ```
 * @module
 */
import { type AddrMessage, decodeAddr, encodeAddr, MAX_ADDR_BYTES } from "./addr.ts";
import { type Addrv2Message, decodeAddrv2, encodeAddrv2, MAX_ADDRV2_BYTES } from "./addrv2.ts";
import { type BlockMessage, decodeBlockMessage, encodeBlockMessage } from "./block_message.ts";
import {
  decodeFeefilter,
  encodeFeefilter,
  type FeefilterMessage,
  MAX_FEEFILTER_BYTES,
} from "./feefilter.ts";
import { MAX_PAYLOAD_BYTES } from "./frame.ts";
import {
  decodeGetheaders,
  encodeGetheaders,
  type LocatorCommand,
  type LocatorMessage,
  MAX_GETHEADERS_BYTES,
} from "./getheaders.ts";
import { decodeHeaders, encodeHeaders, type HeadersMessage, MAX_HEADERS_BYTES } from "./headers.ts";
import {
  decodeInventory,
  encodeInventory,
  type InventoryCommand,
  type InventoryMessage,
  MAX_INVENTORY_BYTES,
} from "./inventory.ts";
import { decodeMempool, encodeMempool, MAX_MEMPOOL_BYTES, type MempoolMessage } from "./mempool.ts";
import type { BitcoinNetwork } from "./networks.ts";
import {
  decodePing,
  decodePong,
  encodePing,
  encodePong,
  MAX_PING_BYTES,
  type PingMessage,
  type PongMessage,
} from "./ping_pong.ts";
import {
  decodeProtoconf,
  encodeProtoconf,
  MAX_PROTOCONF_BYTES,
  type ProtoconfMessage,
} from "./protoconf.ts";
import { decodeReject, encodeReject, MAX_REJECT_BYTES, type RejectMessage } from "./reject.ts";
import {
  decodeSendcmpct,
  encodeSendcmpct,
  MAX_SENDCMPCT_BYTES,
  type SendcmpctMessage,
} from "./sendcmpct.ts";
import {
  decodeSignal,
  encodeSignal,
  MAX_SIGNAL_BYTES,
  type SignalCommand,
  type SignalMessage,
} from "./signal.ts";
import { decodeTx, encodeTx, type TxMessage } from "./tx_message.ts";
import { decodeVersion, encodeVersion, MAX_VERSION_BYTES, type VersionMessage } from "./version.ts";

/** Every message that is understood; `command` says which. */
export type BitcoinMessage =
  | AddrMessage
  | Addrv2Message
  | BlockMessage
  | FeefilterMessage
  | HeadersMessage
  | InventoryMessage
  | LocatorMessage
  | MempoolMessage
  | PingMessage
  | PongMessage
  | ProtoconfMessage
  | RejectMessage
  | SendcmpctMessage
  | SignalMessage
  | TxMessage
  | VersionMessage;

/** The commands that are understood. */
export type BitcoinCommand = BitcoinMessage["command"];

/** The message of a command. */
export type BitcoinMessageOf<C extends BitcoinCommand> = Extract<
  BitcoinMessage,
  { readonly command: C }
>;

/** A message that is not understood. */
export interface UnknownMessage {
  /** Any that {@linkcode BitcoinCommand} has not. */
  readonly command: string;
  /** Its payload. */
  readonly unknown: Uint8Array;
}

/** How one kind of message is read and written. */
interface MessageCodec<M> {
  /** Undefined where the network says it. */
  readonly maxBytes?: number;
  decode(payload: Uint8Array): M;
  encode(message: M): Uint8Array;
}

const CODECS: { readonly [C in BitcoinCommand]: MessageCodec<BitcoinMessageOf<C>> } = {
  addr: { maxBytes: MAX_ADDR_BYTES, decode: decodeAddr, encode: encodeAddr },
  addrv2: { maxBytes: MAX_ADDRV2_BYTES, decode: decodeAddrv2, encode: encodeAddrv2 },
  block: { decode: decodeBlockMessage, encode: encodeBlockMessage },
  feefilter: { maxBytes: MAX_FEEFILTER_BYTES, decode: decodeFeefilter, encode: encodeFeefilter },
  getaddr: signal("getaddr"),
  getblocks: locator("getblocks"),
  getdata: inventory("getdata"),
  getheaders: locator("getheaders"),
  headers: { maxBytes: MAX_HEADERS_BYTES, decode: decodeHeaders, encode: encodeHeaders },
  inv: inventory("inv"),
  mempool: { maxBytes: MAX_MEMPOOL_BYTES, decode: decodeMempool, encode: encodeMempool },
  notfound: inventory("notfound"),
  ping: { maxBytes: MAX_PING_BYTES, decode: decodePing, encode: encodePing },
  pong: { maxBytes: MAX_PING_BYTES, decode: decodePong, encode: encodePong },
  protoconf: { maxBytes: MAX_PROTOCONF_BYTES, decode: decodeProtoconf, encode: encodeProtoconf },
  reject: { maxBytes: MAX_REJECT_BYTES, decode: decodeReject, encode: encodeReject },
  sendaddrv2: signal("sendaddrv2"),
  sendcmpct: { maxBytes: MAX_SENDCMPCT_BYTES, decode: decodeSendcmpct, encode: encodeSendcmpct },
  sendheaders: signal("sendheaders"),
  tx: { decode: decodeTx, encode: encodeTx },
  verack: signal("verack"),
  version: { maxBytes: MAX_VERSION_BYTES, decode: decodeVersion, encode: encodeVersion },
  wtxidrelay: signal("wtxidrelay"),
};

/** BSV and BCH have blocks, and BSV transactions, far larger than {@linkcode MAX_PAYLOAD_BYTES}. */
const MAX_LARGE_PAYLOAD_BYTES = 32 * 1024 * 1024;

/**
 * Reads a message.
 *
 * @param command From its frame.
 * @param payload From its frame. Transactions, alone or in blocks, hold views into it, nothing else does.
 * @returns The message, or what is known of it when its command is not understood.
 * @throws {DecodeError} When the payload is not what the command promises.
 */
export function decodeMessage<C extends BitcoinCommand>(
  command: C,
  payload: Uint8Array,
): BitcoinMessageOf<C>;
export function decodeMessage(
  command: string,
  payload: Uint8Array,
): BitcoinMessage | UnknownMessage;
export function decodeMessage(
  command: string,
  payload: Uint8Array,
): BitcoinMessage | UnknownMessage {
  return isBitcoinCommand(command)
    ? CODECS[command].decode(payload)
    : { command, unknown: payload };
}

/**
 * Writes a message.
 *
 * @param message What to say.
 * @returns Its payload; the frame around it is for {@linkcode encodeFrame}.
 * @throws {RangeError} When a number does not fit its field, or there are more items than nodes take.
 */
export function encodeMessage(message: BitcoinMessage): Uint8Array {
  const codec = CODECS[message.command] as MessageCodec<BitcoinMessage>;
  return codec.encode(message);
}

/**
 * Whether a command is understood.
 *
 * @param command From a frame or a user.
 */
export function isBitcoinCommand(command: string): command is BitcoinCommand {
  return Object.hasOwn(CODECS, command);
}

/**
 * Says how large payloads may be, as a {@linkcode FrameDecoder} wants to know it.
 *
 * @param network Where the frames come from.
 * @param largestBytes The most that a transaction or a block may have.
 * @returns The limit of each command; that of unknown ones is {@linkcode MAX_PAYLOAD_BYTES}.
 */
export function payloadLimits(
  network: Pick<BitcoinNetwork, "chain">,
  largestBytes: number = network.chain === "btc" ? MAX_PAYLOAD_BYTES : MAX_LARGE_PAYLOAD_BYTES,
): (command: string) => number {
  return (command) => {
    if (!isBitcoinCommand(command)) return MAX_PAYLOAD_BYTES;
    return CODECS[command].maxBytes ?? largestBytes;
  };
}

function signal<C extends SignalCommand>(command: C): MessageCodec<{ readonly command: C }> {
  const decode = (payload: Uint8Array) => decodeSignal(command, payload);
  return { maxBytes: MAX_SIGNAL_BYTES, decode, encode: encodeSignal };
}

function inventory<C extends InventoryCommand>(command: C): MessageCodec<BitcoinMessageOf<C>> {
  const decode = (payload: Uint8Array) => decodeInventory(command, payload) as BitcoinMessageOf<C>;
  return { maxBytes: MAX_INVENTORY_BYTES, decode, encode: encodeInventory };
}

function locator<C extends LocatorCommand>(command: C): MessageCodec<BitcoinMessageOf<C>> {
  const decode = (payload: Uint8Array) => decodeGetheaders(command, payload) as BitcoinMessageOf<C>;
  return { maxBytes: MAX_GETHEADERS_BYTES, decode, encode: encodeGetheaders };
}
