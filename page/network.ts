/**
 * The picture of the network.
 *
 * @module
 */
/// <reference lib="dom" />
import { svg } from "./dom.ts";
import { formatMs } from "./format.ts";
import { type Dot, type Layout, layOutNetwork } from "./network_layout.ts";
import type { Peer } from "./snapshot.ts";

const MAX_HEIGHT = 370;
const NAME_DISTANCE = 11;

/** Draws it anew each time. */
export class Network {
  readonly #place: Element;
  #drawn = "";

  /** @param place Gets the picture, as wide as it is. */
  constructor(place: Element) {
    this.#place = place;
  }

  /**
   * Shows a network.
   *
   * @param peers Of the node.
   * @param self The node's own id.
   * @param nameOf What a peer is called.
   */
  show(peers: readonly Peer[], self: string, nameOf: (id: string) => string): void {
    const width = Math.max(260, Math.round(this.#place.clientWidth));
    const height = Math.min(MAX_HEIGHT, Math.round(width * 0.85));
    const layout = layOutNetwork(peers, { self, width, height, nameOf });
    const key = JSON.stringify([layout, width]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    const connected = layout.dots.filter(({ kind }) => kind === "connected");
    this.#place.replaceChildren(
      svg(
        "svg.network",
        {
          viewBox: `0 0 ${width} ${height}`,
          width,
          height,
          role: "img",
          "aria-label": `This node is connected to ${
            connected.map(({ label }) => label).join(", ") || "nobody"
          }`,
        },
        ...drawRings(layout),
        ...layout.lines.map(({ from = layout, to }) =>
          svg(from === layout ? "line.link" : "line.link.other", {
            x1: from.x,
            y1: from.y,
            x2: to.x,
            y2: to.y,
          })
        ),
        svg("circle.self", { cx: layout.x, cy: layout.y, r: 7 }),
        ...layout.dots.map(drawDot),
      ),
    );
  }
}

function drawRings({ x, y, rings }: Layout): SVGElement[] {
  return rings.flatMap(({ radius, ms }) => [
    svg("circle.ring", { cx: x, cy: y, r: radius }),
    svg("text.scale", { x, y: y - radius + 3, "text-anchor": "middle" }, formatMs(ms)),
  ]);
}

function drawDot({ label, x, y, kind, side, latencyMs }: Dot): SVGElement {
  const time = latencyMs === undefined ? "" : `, ${formatMs(latencyMs)}`;
  const isLeft = side === "left";
  return svg(
    `g.dot.${kind}`,
    {},
    svg("title", {}, label + time),
    svg("circle", { cx: x, cy: y, r: kind === "beyond" ? 2.5 : 5 }),
    svg("text", {
      x: x + (isLeft ? -NAME_DISTANCE : NAME_DISTANCE),
      y: y + 4,
      "text-anchor": isLeft ? "end" : "start",
    }, label),
  );
}
