/**
 * What a node tells others of its functions, and how that is read by those who don't trust it.
 *
 * @module
 */
import { DecodeError } from "./errors.ts";
import { parseSignature, type PublishedSignature } from "./signature.ts";

/** What is published of a function. */
export interface EndpointInfo extends PublishedSignature {
  /** As callers name it. */
  readonly name: string;
  /** What it does, where its node says so. */
  readonly description?: string;
}

/**
 * Reads the answer of `_synapse.methods`.
 *
 * @param published What the peer answered.
 * @returns Its functions, in the peer's order.
 * @throws {DecodeError} `malformed` when it is no list of functions.
 */
export function parseEndpoints(published: unknown): EndpointInfo[] {
  if (!Array.isArray(published)) {
    throw new DecodeError("malformed", "Cannot read published functions as they are not a list");
  }
  return published.map((entry) => {
    const { name, description } =
      (typeof entry === "object" && entry !== null ? entry : {}) as Record<string, unknown>;
    if (typeof name !== "string") {
      throw new DecodeError("malformed", "Cannot read published functions as one has no name");
    }
    const { parameters, stream } = parseSignature(entry);
    return { name, parameters, stream, ...(typeof description === "string" && { description }) };
  });
}
