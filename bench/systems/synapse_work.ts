/**
 * What Synapse is measured by, whatever it is carried by.
 *
 * @module
 */
import type { Node, Remote } from "../../mod.ts";
import type { Connection } from "../adapter.ts";

/** Publishes `echo` and `blob`. */
export function publishWork(node: Node): void {
  node.endpoint("echo", (text: unknown, number: unknown, options: unknown) => [
    text,
    number,
    options,
  ]);
  node.endpoint("blob", (bytes: Uint8Array) => bytes);
}

/** Makes them callable. */
export function callWork(remote: Remote): Connection {
  return {
    echo: (text, number, options) => remote.call("echo", [text, number, options]),
    blob: (bytes) => remote.call("blob", [bytes]),
  };
}
