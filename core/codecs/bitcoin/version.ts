/**
 * `version`: who one is, sent once by both sides before anything else.
 *
 * Nodes differ in where it ends: Bitcoin Core takes one that ends after the receiver, the nonce, the agent, the
 * height or `relay`, and BSV always says one byte more.
 *
 * @module
 */
import { ByteBuilder } from "./byte_builder.ts";
import { ByteReader } from "./byte_reader.ts";
import { ADDRESS_NETWORKS, type NetAddress, readIpAddress, writeIpAddress } from "./net_address.ts";

/** The message. Fields from the first that is missing on are not on the wire. */
export interface VersionMessage {
  readonly command: "version";
  /** The protocol's version, such as 70016. */
  readonly version: number;
  /** What the sender can do; see {@linkcode SERVICES}. */
  readonly services: bigint;
  /** Seconds since 1970, by the sender's clock. */
  readonly timeSec: bigint;
  /** Where the sender sees the receiver. */
  readonly receiver: VersionAddress;
  /** Where the sender believes itself to be; nobody relies on it. */
  readonly sender?: VersionAddress;
  /** Drawn for each connection, to notice one to oneself. With {@linkcode sender} or not at all. */
  readonly nonce?: bigint;
  /** Name and version of the sender's software (BIP 14), at most 256 bytes. Not safe to print. */
  readonly agent?: string;
  /** How many blocks the sender has. */
  readonly height?: number;
  /** Whether the sender wants to hear of transactions (BIP 37); where it is missing, it does. */
  readonly relay?: boolean;
  /** What follows: BSV's association id. */
  readonly rest?: Uint8Array;
}

/** An address as `version` has it. */
export interface VersionAddress {
  readonly services: bigint;
  readonly address: NetAddress;
  readonly port: number;
}

/** The most that a payload may have. */
export const MAX_VERSION_BYTES: number = 1024;
/** The longest agent, in bytes. Bitcoin Core doesn't answer a longer one. */
export const MAX_AGENT_BYTES: number = 256;
/** The address of somebody who doesn't say. */
export const UNKNOWN_ADDRESS: VersionAddress = {
  services: 0n,
  address: { networkId: ADDRESS_NETWORKS.ipv6, bytes: new Uint8Array(16) },
  port: 0,
};

/**
 * Reads a `version`.
 *
 * @param payload All of it.
 * @throws {DecodeError} `truncated` when it ends inside a field, `limit` for a long agent.
 */
export function decodeVersion(payload: Uint8Array): VersionMessage {
  const reader = new ByteReader(payload, { what: "version" });
  const head = {
    command: "version",
    version: reader.i32(),
    services: reader.u64(),
    timeSec: reader.i64(),
    receiver: readAddress(reader),
  } as const;
  if (reader.remaining === 0) return head;
  const named = { ...head, sender: readAddress(reader), nonce: reader.u64() };
  if (reader.remaining === 0) return named;
  const told = { ...named, agent: reader.varText(MAX_AGENT_BYTES) };
  if (reader.remaining === 0) return told;
  const high = { ...told, height: reader.i32() };
  if (reader.remaining === 0) return high;
  const whole = { ...high, relay: reader.u8() !== 0 };
  return reader.remaining === 0 ? whole : { ...whole, rest: reader.bytes(reader.remaining) };
}

/**
 * Writes a `version`.
 *
 * @param message What to say.
 * @throws {RangeError} When a number does not fit its field.
 */
export function encodeVersion(message: VersionMessage): Uint8Array {
  const { version, services, timeSec, sender, nonce, agent, height, relay, rest } = message;
  const builder = new ByteBuilder().i32(version).u64(services).i64(timeSec);
  writeAddress(builder, message.receiver);
  if (sender === undefined || nonce === undefined) return builder.finish();
  writeAddress(builder, sender);
  builder.u64(nonce);
  if (agent === undefined) return builder.finish();
  builder.varText(agent);
  if (height === undefined) return builder.finish();
  builder.i32(height);
  if (relay === undefined) return builder.finish();
  builder.u8(relay ? 1 : 0);
  return (rest === undefined ? builder : builder.bytes(rest)).finish();
}

function readAddress(reader: ByteReader): VersionAddress {
  return { services: reader.u64(), address: readIpAddress(reader), port: reader.u16be() };
}

function writeAddress(builder: ByteBuilder, { services, address, port }: VersionAddress): void {
  builder.u64(services);
  writeIpAddress(builder, address);
  builder.u16be(port);
}
