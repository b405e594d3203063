/**
 * What somebody has heard of a peer, and which of it can be true at all.
 *
 * @module
 */
import { formatAddress, parseAddress } from "./address.ts";
import { isKeyText } from "./identity.ts";

/** What somebody has heard of a peer. */
export interface PeerObservation {
  /** The crowd that it belongs to. See {@linkcode isNamespaceName}. */
  readonly namespace: string;
  /** Its name in there. See {@linkcode isPeerName}. */
  readonly name: string;
  /** Where it can be reached, such as `tcp://192.168.1.5:9999`. */
  readonly address: string;
  /** Its public key, base64url, where what was heard is proven to come from it. */
  readonly key?: string;
  /** The functions that it publishes, where they were said. */
  readonly functions?: readonly string[];
  /** When it was true, in milliseconds since 1970: the advert's own time. */
  readonly heardMs: number;
}

/**
 * What came of an observation: `joined` (new, or back from offline), `updated`, `unchanged` (at most a
 * sign of life), or refused: `key_changed` (its name belongs to another key), `stale` (older than what is
 * known, or so old that the peer would be offline by now), `full` (everybody is connected or being
 * dialled), `invalid` (can't be true).
 */
export type MergeOutcome =
  | "joined"
  | "updated"
  | "unchanged"
  | "key_changed"
  | "stale"
  | "full"
  | "invalid";

/** Functions of one peer that are remembered; those beyond are left out. */
export const MAX_PEER_FUNCTIONS: number = 64;
/** Characters of a function's name. */
export const MAX_FUNCTION_CHARACTERS: number = 128;

const MAX_NAME_CHARACTERS = 64;
const MAX_ADDRESS_CHARACTERS = 256;
/** What would move the cursor, break the line or turn the text around on a terminal, and lone surrogates. */
const UNFIT = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;
/** What stands in a host or a path without escapes. */
const PRINTABLE_ASCII = /^[\x21-\x7e]+$/;

/**
 * Says whether something can be a peer's name: 1 to 64 characters, none of them `|`, `@` or a control
 * character, and no whitespace at the ends.
 *
 * @param name Anything.
 * @returns Whether it can.
 */
export function isPeerName(name: unknown): name is string {
  return isNamespaceName(name) && !name.includes("@");
}

/**
 * Says whether something can be a namespace's name: 1 to 64 characters, none of them `|` or a control
 * character, and no whitespace at the ends.
 *
 * @param name Anything.
 * @returns Whether it can.
 */
export function isNamespaceName(name: unknown): name is string {
  return typeof name === "string" && name.length > 0 && name.length <= MAX_NAME_CHARACTERS &&
    !name.includes("|") && !UNFIT.test(name) && name.trim() === name;
}

/**
 * Reads an address that came from somebody else.
 *
 * @param address Anything.
 * @returns The address in its one spelling, or undefined when it is none.
 */
export function readPeerAddress(address: unknown): string | undefined {
  if (typeof address !== "string" || address.length > MAX_ADDRESS_CHARACTERS) return undefined;
  if (!PRINTABLE_ASCII.test(address)) return undefined;
  try {
    return formatAddress(parseAddress(address));
  } catch {
    return undefined;
  }
}

/**
 * Reads a list of functions that came from somebody else.
 *
 * @param functions Anything.
 * @returns At most {@linkcode MAX_PEER_FUNCTIONS} of them, or undefined when it is no list of names.
 */
export function readPeerFunctions(functions: unknown): string[] | undefined {
  if (!Array.isArray(functions)) return undefined;
  const kept = functions.slice(0, MAX_PEER_FUNCTIONS);
  return kept.every(isFunctionName) ? kept : undefined;
}

/**
 * Checks every field, whatever its type says: observations come from strangers.
 *
 * @param observation What was heard.
 * @returns The same in its one spelling, or undefined when it can't be true.
 */
export function readObservation(observation: PeerObservation): PeerObservation | undefined {
  const { namespace, name, key, functions, heardMs } = observation;
  if (!isPeerName(name) || !isNamespaceName(namespace)) return undefined;
  if (key !== undefined && !isKeyText(key)) return undefined;
  if (!Number.isSafeInteger(heardMs) || heardMs < 0) return undefined;
  const address = readPeerAddress(observation.address);
  if (address === undefined) return undefined;
  if (functions === undefined) return { namespace, name, address, key, heardMs };
  const kept = readPeerFunctions(functions);
  return kept && { namespace, name, address, key, functions: kept, heardMs };
}

function isFunctionName(name: unknown): boolean {
  return typeof name === "string" && name.length > 0 && name.length <= MAX_FUNCTION_CHARACTERS &&
    !UNFIT.test(name);
}
