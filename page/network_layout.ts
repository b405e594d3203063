/**
 * Where nodes are in the picture of a network: this one in the middle, the others around it, the further the longer
 * they take to answer.
 *
 * @module
 */
import type { Peer } from "./snapshot.ts";

/** What {@linkcode layOutNetwork} takes besides the peers. */
export interface LayoutOptions {
  /** The node's own id. */
  readonly self: string;
  /** The picture's size, in CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** What a peer is called. */
  nameOf(id: string): string;
}

/** One node. */
export interface Dot {
  /** What it is called. */
  readonly label: string;
  /** `connected` to this one, `known` to it, or known to one of its neighbours only. */
  readonly kind: "connected" | "known" | "beyond";
  readonly x: number;
  readonly y: number;
  /** On which side of it there is room for its name. */
  readonly side: "left" | "right";
  readonly latencyMs?: number;
}

/** Two nodes that know each other; the middle is undefined. */
export interface Line {
  readonly from: Dot | undefined;
  readonly to: Dot;
}

/** A picture. */
export interface Layout {
  /** Of the middle. */
  readonly x: number;
  readonly y: number;
  readonly dots: readonly Dot[];
  readonly lines: readonly Line[];
  /** Circles of equal latency. */
  readonly rings: readonly { readonly radius: number; readonly ms: number }[];
  /** Peers that there is no room for. */
  readonly leftOut: number;
}

/** Longer ones are cut. */
const MAX_NAME_LENGTH = 16;
const MAX_PEERS = 24;
const MAX_BEYOND = 24;
/** At the sides, for names: those that still have no room there are written towards the middle. */
const NAME_WIDTH = 60;
const EDGE = 14;
const CHARACTER_WIDTH = 6;
/** Radians over which those are spread that one neighbour knows. */
const MAX_SPREAD = 1;
/** From the middle to where 0.1 ms is, as a part of the way to the edge. */
const INNER = 0.16;
/** And to where the slowest are; those that aren't connected are beyond it. */
const OUTER = 0.84;
/** Where those are, and whom only neighbours know. */
const [KNOWN, BEYOND] = [0.92, 1] as const;
const RINGS_MS = [1, 10, 100] as const;
const [FASTEST_MS, SLOWEST_MS] = [0.1, 300] as const;

/**
 * Places peers, always in the same order around the middle.
 *
 * @param peers Those of the node, the most important ones first.
 * @param options Room for the picture, and names.
 */
export function layOutNetwork(peers: readonly Peer[], options: LayoutOptions): Layout {
  const { self, width, height, nameOf } = options;
  const [x, y] = [width / 2, height / 2];
  const reach = Math.min(x - NAME_WIDTH, y - EDGE);
  const place = (id: string, angle: number, distance: number) => {
    const label = shorten(nameOf(id));
    const at = x + Math.cos(angle) * reach * distance;
    const room = label.length * CHARACTER_WIDTH + EDGE;
    const isLeft = at < x - 1 ? at > room : at > width - room;
    return {
      label,
      x: at,
      y: y + Math.sin(angle) * reach * distance,
      side: isLeft ? "left" as const : "right" as const,
    };
  };
  const present = peers.filter(({ state }) => state !== "offline");
  const shown = present.slice(0, MAX_PEERS).sort((a, b) => a.id < b.id ? -1 : 1);
  const step = 2 * Math.PI / Math.max(shown.length, 1);
  const dots = new Map<string, Dot>();
  const angles = new Map<string, number>();
  shown.forEach(({ id, state, latencyMs }, i) => {
    const isConnected = state === "connected";
    // The top is left free for the scale.
    const angle = (i + 0.5) * step - Math.PI / 2;
    angles.set(id, angle);
    dots.set(id, {
      kind: isConnected ? "connected" : "known",
      ...place(id, angle, isConnected ? distanceOf(latencyMs) : KNOWN),
      latencyMs,
    });
  });
  const lines: Line[] = shown.filter(({ state }) => state === "connected")
    .map(({ id }) => ({ from: undefined, to: dots.get(id)! }));
  const drawn = new Set<string>();
  for (const { id, knows = [] } of shown) {
    const others = knows.filter((other) => other !== self && other !== id);
    const strangers = others.filter((other) => !angles.has(other));
    for (const other of others) {
      const isStranger = !dots.has(other);
      if (isStranger && dots.size >= shown.length + MAX_BEYOND) continue;
      if (isStranger) {
        // An even number of places: right behind the neighbour its own name is in the way.
        const places = strangers.length + strangers.length % 2;
        const turn = (strangers.indexOf(other) + 0.5) / places - 0.5;
        const angle = angles.get(id)! + turn * Math.min(step, MAX_SPREAD);
        dots.set(other, { kind: "beyond", ...place(other, angle, BEYOND) });
      }
      const pair = [id, other].sort().join("\n");
      if (drawn.has(pair)) continue;
      drawn.add(pair);
      lines.push({ from: dots.get(id)!, to: dots.get(other)! });
    }
  }
  return {
    x,
    y,
    dots: [...dots.values()],
    lines,
    rings: RINGS_MS.map((ms) => ({ radius: reach * distanceOf(ms), ms })),
    leftOut: present.length - shown.length,
  };
}

/** By orders of magnitude: what differs by a millisecond is near, or far from each other beside a second. */
function distanceOf(latencyMs: number = SLOWEST_MS): number {
  const bounded = Math.min(Math.max(latencyMs, FASTEST_MS), SLOWEST_MS);
  const part = Math.log(bounded / FASTEST_MS) / Math.log(SLOWEST_MS / FASTEST_MS);
  return INNER + part * (OUTER - INNER);
}

function shorten(name: string): string {
  return name.length > MAX_NAME_LENGTH ? name.slice(0, MAX_NAME_LENGTH - 1) + "…" : name;
}
