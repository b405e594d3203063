/**
 * What real synapse nodes have sent.
 *
 * @module
 */
import { Extension } from "../../core/codecs/messagepack_extensions.ts";
import bare from "../vectors/synapse_v0.json" with { type: "json" };
import framed from "../vectors/synapse_v2.json" with { type: "json" };

/** What went one way. */
export interface SynapseVector {
  readonly name: string;
  readonly direction: string;
  readonly bytes: Uint8Array;
  /** What it means. */
  readonly decoded: unknown;
  /** What a real server has answered, for bytes made by hand; empty where it hangs. */
  readonly answer: Uint8Array;
}

/** Of version 2. */
export const FRAMED: readonly SynapseVector[] = framed.vectors.map(readVector);
/** Of version 0. */
export const BARE: readonly SynapseVector[] = bare.vectors.map(readVector);

/** Finds one. */
export function vectorOf(vectors: readonly SynapseVector[], name: string): SynapseVector {
  const vector = vectors.find((vector) => vector.name === name);
  if (vector === undefined) throw new Error(`no vector ${name}`);
  return vector;
}

/** Bytes made by hand, and how real nodes answer them. */
export const EDGES: readonly SynapseVector[] = FRAMED.filter(({ name }) =>
  name.startsWith("edge.")
);

/** Frames of real programs, with what they mean. */
export const FRAMES: readonly SynapseVector[] = FRAMED.filter(({ direction, bytes, name }) =>
  direction !== "udp" && bytes.length > 0 && !name.startsWith("edge.")
);

function readVector(vector: object): SynapseVector {
  const { name, direction, hex, decoded, answer_hex = "" } = vector as Record<string, string>;
  return {
    name,
    direction,
    bytes: Uint8Array.fromHex(hex),
    decoded: plain(decoded),
    answer: Uint8Array.fromHex(answer_hex),
  };
}

/** Values that JSON has nothing for are written as maps of one key. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const { $int, $bytes_hex, $ext, data_hex } = value as Record<string, string>;
  if ($int !== undefined) return BigInt($int);
  if ($bytes_hex !== undefined) return Uint8Array.fromHex($bytes_hex);
  if ($ext !== undefined) return new Extension(Number($ext), Uint8Array.fromHex(data_hex));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
