/**
 * The members of a swarm as they tell of themselves and of others: maps with fields that real programs know, and
 * no others.
 *
 * @module
 */
import { SynapseError } from "../errors.ts";

/** A member of a swarm. Claims, not facts: nothing is signed. */
export interface SwarmPeer {
  /** Its own name for itself; real programs take 64 hexadecimal digits. */
  readonly id: string;
  /** The host where others reach it. */
  readonly address: string;
  readonly port: number;
  /** The crowd; null for none. */
  readonly swarm: string | null;
  /** The part of the crowd; null for none. */
  readonly team: string | null;
  /** For people; may be empty. */
  readonly name: string;
  readonly kind: SwarmPeerKind;
  /** What it can do, in words of its own. */
  readonly capabilities: readonly string[];
  /** When it was last heard by whoever tells of it, in milliseconds since 1970. */
  readonly lastSeenMs: number;
}

/** What a member is there for. */
export type SwarmPeerKind = "node" | "bootstrap";

const FIELDS: readonly string[] = [
  ...["id", "address", "port", "swarm", "team", "name", "kind", "capabilities", "last_seen"],
];
/** Real texts stay under 64 characters; each of 10,000 peers is kept, and told of. */
const MAX_TEXT_LENGTH = 256;
const MAX_CAPABILITIES = 64;
/** A host name or an address: no space, no slash, nothing that a terminal would take for an order. */
const HOST = /^[\x21-\x2e\x30-\x7e]+$/;

/**
 * Reads a peer map.
 *
 * @param value What came.
 * @param heardMs Now, which outdoes what the map says.
 * @returns The peer.
 * @throws {SynapseError} `internal_error`, as real programs say it, of missing, unknown and impossible fields.
 */
export function parseSwarmPeer(value: unknown, heardMs: number): SwarmPeer {
  if (!isMap(value)) throw invalid("it is not a map");
  const unknown = Object.keys(value).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) {
    throw invalid(`it has a field ${JSON.stringify(unknown.slice(0, 64))}, which nobody knows`);
  }
  const { id, address, port, swarm = null, team = null, name = "", kind = "node" } = value;
  const { capabilities = [] } = value;
  if (!isText(id) || id === "") throw invalid("its id is no text of moderate length");
  if (!isText(address) || !HOST.test(address)) throw invalid("its address is no host");
  if (!Number.isInteger(port) || (port as number) < 1 || (port as number) > 65_535) {
    throw invalid("its port is not 1 to 65535");
  }
  if (!isText(swarm ?? "") || !isText(team ?? "") || !isText(name)) {
    throw invalid("its swarm, team or name is no text of moderate length");
  }
  if (kind !== "node" && kind !== "bootstrap") {
    throw invalid("its kind is neither node nor bootstrap");
  }
  if (
    !Array.isArray(capabilities) || capabilities.length > MAX_CAPABILITIES ||
    !capabilities.every(isText)
  ) throw invalid(`its capabilities are not up to ${MAX_CAPABILITIES} texts`);
  return {
    id,
    address,
    port: port as number,
    swarm: swarm as string | null,
    team: team as string | null,
    name,
    kind,
    capabilities,
    lastSeenMs: heardMs,
  };
}

/**
 * Makes a peer map, its fields in the order of the real ones.
 *
 * @param peer The peer.
 */
export function formatSwarmPeer(peer: SwarmPeer): Readonly<Record<string, unknown>> {
  const { id, address, port, swarm, team, name, kind, capabilities, lastSeenMs } = peer;
  const last_seen = lastSeenMs / 1000;
  return { id, address, port, swarm, team, name, kind, capabilities, last_seen };
}

/**
 * Tells plain maps from everything else.
 *
 * @param value What came.
 */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null &&
    Object.getPrototypeOf(value) === Object.prototype;
}

/**
 * Tells text that may be kept and shown.
 *
 * @param value What came.
 */
export function isText(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_TEXT_LENGTH && !/\p{Cc}/u.test(value);
}

function invalid(reason: string): SynapseError {
  return new SynapseError("internal_error", `Cannot take peer as ${reason}`);
}
