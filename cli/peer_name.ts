/**
 * Peers by name: `alice@demo`, or `*@demo` for everybody.
 *
 * @module
 */
import { parseTarget } from "./options.ts";

/** A peer that discovery has to find. */
export interface PeerName {
  /** `*` for everybody. */
  readonly name: string;
  readonly namespace: string;
}

/**
 * Reads whom to call: a name in a namespace, or an address.
 *
 * @param text What the user wrote.
 * @returns The name, or a URL with its scheme.
 * @throws {InvalidArgumentError} When it is neither.
 */
export function parsePeer(text: string): PeerName | string {
  // No name contains an `@`; a namespace may.
  const named = /^([^@/]+)@(.+)$/s.exec(text);
  if (named !== null) return { name: named[1], namespace: named[2] };
  return parseTarget(text);
}
