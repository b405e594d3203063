/**
 * `addr`: where other nodes are, as far as 16 bytes can say it.
 *
 * @module
 */
import { ByteBuilder } from "./byte_builder.ts";
import { ByteReader } from "./byte_reader.ts";
import { type NetAddress, readIpAddress, writeIpAddress } from "./net_address.ts";

/** The message. */
export interface AddrMessage {
  readonly command: "addr";
  readonly nodes: readonly NodeAddress[];
}

/** What somebody says of a node. */
export interface NodeAddress {
  /** When it was last heard of, seconds since 1970. */
  readonly timeSec: number;
  /** What it can do; see {@linkcode SERVICES}. */
  readonly services: bigint;
  /** Where it is. */
  readonly address: NetAddress;
  /** Where it listens; 0 where there are no ports, as in I2P. */
  readonly port: number;
}

/** The most nodes that nodes take; more close the connection. */
export const MAX_ADDR_NODES: number = 1_000;

const NODE_BYTES = 30;

/** The most that a payload may have. */
export const MAX_ADDR_BYTES: number = 3 + MAX_ADDR_NODES * NODE_BYTES;

/**
 * Reads an `addr`.
 *
 * @param payload All of it.
 * @throws {DecodeError} `limit` over 1,000 nodes, `truncated`, or `malformed` when anything follows.
 */
export function decodeAddr(payload: Uint8Array): AddrMessage {
  const reader = new ByteReader(payload, { what: "addr" });
  const nodes: NodeAddress[] = new Array(reader.count(NODE_BYTES, MAX_ADDR_NODES));
  for (let i = 0; i < nodes.length; i++) {
    nodes[i] = {
      timeSec: reader.u32(),
      services: reader.u64(),
      address: readIpAddress(reader),
      port: reader.u16be(),
    };
  }
  reader.end();
  return { command: "addr", nodes };
}

/**
 * Writes an `addr`.
 *
 * @param message What to say.
 * @throws {RangeError} For addresses that only `addrv2` has room for, and over 1,000 nodes.
 */
export function encodeAddr({ nodes }: AddrMessage): Uint8Array {
  checkNodeCount("addr", nodes);
  const builder = new ByteBuilder(3 + nodes.length * NODE_BYTES).compactSize(nodes.length);
  for (const { timeSec, services, address, port } of nodes) {
    builder.u32(timeSec).u64(services);
    writeIpAddress(builder, address);
    builder.u16be(port);
  }
  return builder.finish();
}

/**
 * Refuses to write what nodes would close the connection for.
 *
 * @param command `addr` or `addrv2`.
 * @param nodes What is to be written.
 * @throws {RangeError} Over 1,000 nodes.
 */
export function checkNodeCount(command: string, nodes: readonly NodeAddress[]): void {
  if (nodes.length <= MAX_ADDR_NODES) return;
  throw new RangeError(
    `Cannot encode ${command} as it has more than ${MAX_ADDR_NODES} nodes: got ${nodes.length}`,
  );
}
