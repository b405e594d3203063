/**
 * Who the node is.
 *
 * @module
 */
/// <reference lib="dom" />
import { fingerprint, parsePublicKey } from "../browser.ts";
import { byId, html, setText } from "./dom.ts";

/** What a node says of itself. */
export interface NodeInfo {
  readonly name: string;
  readonly namespace: string;
  readonly key?: string;
  readonly address?: string;
}

/**
 * Reads the answer of `_synapse.info`.
 *
 * @param answer What came.
 */
export function readInfo(answer: unknown): NodeInfo {
  return { name: "", namespace: "", ...answer as Partial<NodeInfo> };
}

/**
 * Shows who it is.
 *
 * @param info What it says of itself.
 */
export function showIdentity(info: NodeInfo): void {
  const { name, namespace, key, address } = info;
  const crowd = namespace === "" ? [] : [html("span", {}, `@${namespace}`)];
  byId("name").replaceChildren(name || "A node without a name", ...crowd);
  document.title = `${name}${namespace && `@${namespace}`} · Synapse`;
  setText(byId("key"), key === undefined ? "–" : fingerprint(parsePublicKey(key)));
  setText(byId("address"), address ?? location.host);
}
