/**
 * `addrv2` (BIP 155): where other nodes are, in any kind of network.
 *
 * @module
 */
import { checkNodeCount, MAX_ADDR_NODES, type NodeAddress } from "./addr.ts";
import { ByteBuilder } from "./byte_builder.ts";
import { ByteReader } from "./byte_reader.ts";
import { ADDRESS_BYTES, type NetAddress } from "./net_address.ts";

/** The message. */
export interface Addrv2Message {
  readonly command: "addrv2";
  /** Those in networks that nobody knows yet are among them. */
  readonly nodes: readonly NodeAddress[];
}

/** The longest address of a network that is not known yet. */
export const MAX_ADDRESS_BYTES: number = 512;

const MIN_NODE_BYTES = 9;
/** Time, services, network, length, address, port. */
const MAX_NODE_BYTES = 4 + 9 + 1 + 3 + MAX_ADDRESS_BYTES + 2;

/** The most that a payload may have. */
export const MAX_ADDRV2_BYTES: number = 3 + MAX_ADDR_NODES * MAX_NODE_BYTES;

/**
 * Reads an `addrv2`.
 *
 * @param payload All of it.
 * @throws {DecodeError} `limit` over 1,000 nodes or 512 bytes of address; `malformed` when the address of a
 * known network has a wrong length, or anything follows; `truncated`.
 */
export function decodeAddrv2(payload: Uint8Array): Addrv2Message {
  const reader = new ByteReader(payload, { what: "addrv2" });
  const nodes: NodeAddress[] = new Array(reader.count(MIN_NODE_BYTES, MAX_ADDR_NODES));
  for (let i = 0; i < nodes.length; i++) {
    reader.enter("node", i);
    nodes[i] = {
      timeSec: reader.u32(),
      services: reader.compactU64(),
      address: readAddress(reader),
      port: reader.u16be(),
    };
  }
  reader.end();
  return { command: "addrv2", nodes };
}

/**
 * Writes an `addrv2`.
 *
 * @param message What to say.
 * @throws {RangeError} Over 1,000 nodes.
 */
export function encodeAddrv2({ nodes }: Addrv2Message): Uint8Array {
  checkNodeCount("addrv2", nodes);
  const builder = new ByteBuilder().compactSize(nodes.length);
  for (const { timeSec, services, address, port } of nodes) {
    builder.u32(timeSec).compactU64(services).u8(address.networkId).varBytes(address.bytes)
      .u16be(port);
  }
  return builder.finish();
}

function readAddress(reader: ByteReader): NetAddress {
  const networkId = reader.u8();
  const bytes = reader.varBytes(MAX_ADDRESS_BYTES);
  const expected = ADDRESS_BYTES.get(networkId) ?? bytes.length;
  if (bytes.length === expected) return { networkId, bytes };
  throw reader.fault(
    "malformed",
    `an address of network ${networkId} must have ${expected} bytes`,
    bytes.length,
  );
}
