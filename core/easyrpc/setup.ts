/**
 * Who is there, as the token that opens a connection says.
 *
 * @module
 */
import { SynapseError } from "../errors.ts";
import type { Claims } from "./token.ts";

/** What a proxy says of itself. */
export interface Setup {
  /** The namespace whose functions it wants. */
  readonly namespace: string;
}

/** What it calls itself: a proxy that calls, or a server that offers functions of its own. */
const PROXY = "PROXY";
const JSON_SERIALIZATION = "json";
const MAX_SHOWN = 40;

/**
 * Reads a verified token.
 *
 * @param claims What it says.
 * @throws {SynapseError} `protocol_error`, `not_supported`: the message is for the other side to read.
 */
export function readSetup(claims: Claims): Setup {
  const { type, id, namespace, serialization } = claims;
  if (id === undefined || typeof namespace !== "string" || serialization === undefined) {
    throw new SynapseError(
      "protocol_error",
      "Cannot accept setup as its token lacks id, namespace or serialization",
    );
  }
  if (serialization !== JSON_SERIALIZATION) {
    throw new SynapseError(
      "not_supported",
      `Cannot accept setup as only serialization 'json' is spoken here, reading pickles being running code: got ${
        show(serialization)
      }`,
    );
  }
  if (type !== PROXY) {
    throw new SynapseError(
      "not_supported",
      `Cannot accept setup as only type 'PROXY' is served here: got ${show(type)}`,
    );
  }
  return { namespace };
}

function show(value: unknown): string {
  return JSON.stringify(value ?? null).slice(0, MAX_SHOWN);
}
