/**
 * The peers of the node, a row each.
 *
 * @module
 */
/// <reference lib="dom" />
import { arrange, html, setText } from "./dom.ts";
import { formatMs, formatSpan } from "./format.ts";
import type { Peer } from "./snapshot.ts";

interface Row {
  readonly row: HTMLTableRowElement;
  readonly name: Element;
  readonly address: Element;
  readonly latency: Element;
  readonly state: Element;
}

/** Keeps the rows of those that stay. */
export class PeerTable {
  readonly #body: Element;
  #rows: ReadonlyMap<string, Row> = new Map();

  /** @param body Gets the rows. */
  constructor(body: Element) {
    this.#body = body;
  }

  /**
   * Shows peers.
   *
   * @param peers In order.
   * @param nameOf What a peer is called.
   */
  show(peers: readonly Peer[], nameOf: (id: string) => string): void {
    const rows = new Map(peers.map(({ id }) => [id, this.#rows.get(id) ?? makeRow()]));
    for (const peer of peers) fillRow(rows.get(peer.id)!, peer, nameOf(peer.id));
    arrange(this.#body, [...rows.values()].map(({ row }) => row));
    this.#rows = rows;
  }
}

function makeRow(): Row {
  const name = html("bdi.name");
  const address = html("bdi.address");
  const latency = html("td.number");
  const state = html("td.number.state");
  const row = html("tr", {}, html("th", { scope: "row" }, name, address), latency, state);
  return { row, name, address, latency, state };
}

function fillRow(cells: Row, peer: Peer, name: string): void {
  const { state, latencyMs } = peer;
  cells.row.className = state;
  setText(cells.name, name);
  // Who gave no name is called by the address.
  setText(cells.address, name === peer.address ? "" : peer.address);
  setText(cells.latency, latencyMs === undefined ? "–" : formatMs(latencyMs));
  setText(cells.state, describeState(peer));
}

function describeState({ state, seenMs }: Peer): string {
  const silence = seenMs === undefined ? "" : formatSpan(Date.now() - seenMs);
  if (state === "discovered") return `heard ${silence} ago`;
  return state === "offline" ? `away for ${silence}` : state;
}
