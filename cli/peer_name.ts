/**
 * Peers by name: `alice@demo`, or `*@demo` for everybody.
 *
 * @module
 */
import { InvalidArgumentError } from "commander";
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

/**
 * Writes whom to call as {@linkcode parsePeer} reads it.
 *
 * @param peer A name, or a URL.
 */
export function formatPeer(peer: PeerName | string): string {
  return typeof peer === "string" ? peer : `${peer.name}@${peer.namespace}`;
}

/**
 * Reads one peer: a name in a namespace, or an address.
 *
 * @param text What the user wrote.
 * @throws {InvalidArgumentError} When it is neither, or everybody.
 */
export function parseOnePeer(text: string): PeerName | string {
  const peer = parsePeer(text);
  if (typeof peer === "string" || peer.name !== "*") return peer;
  throw new InvalidArgumentError(`It takes one peer, not everybody: got ${JSON.stringify(text)}`);
}
