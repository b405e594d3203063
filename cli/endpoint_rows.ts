/**
 * Published functions as lines for people.
 *
 * @module
 */
import { type EndpointInfo, formatSignature } from "../mod.ts";
import { harmlessLine } from "./harmless.ts";

/**
 * Makes rows of functions.
 *
 * @param endpoints What is published.
 * @returns Signature and description of each, harmless.
 */
export function endpointRows(
  endpoints: readonly EndpointInfo[],
): (readonly [signature: string, description: string])[] {
  return endpoints.map((endpoint) => [
    harmlessLine(formatSignature(endpoint.name, endpoint)),
    harmlessLine(endpoint.description ?? ""),
  ]);
}
