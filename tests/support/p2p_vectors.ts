/**
 * What nodes of python-p2p-network have sent, and what others of them have taken it for.
 *
 * @module
 */
import recorded from "../vectors/python_p2p_network.json" with { type: "json" };

/** Something sent. */
export interface P2pVector {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The messages that came of it, values as ours; undefined for handshakes. */
  readonly received: readonly unknown[] | undefined;
}

/** A value that JSON can't hold is written as an object. */
function reviveBytes(value: unknown): unknown {
  const { $bytes_hex } = (value ?? {}) as { $bytes_hex?: string };
  return $bytes_hex === undefined ? value : fromHex($bytes_hex);
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

export const P2P_VECTORS: readonly P2pVector[] = recorded.vectors.map((
  { name, hex, decoded },
) => ({
  name,
  bytes: fromHex(hex),
  received: (decoded as { received_as?: unknown[] }).received_as?.map(reviveBytes),
}));

/** Finds one. */
export function p2pVectorOf(name: string): P2pVector {
  const vector = P2P_VECTORS.find((vector) => vector.name === name);
  if (vector === undefined) throw new Error(`no vector ${name}`);
  return vector;
}
