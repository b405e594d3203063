import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { layOutNetwork } from "../../page/network_layout.ts";
import type { Peer } from "../../page/snapshot.ts";

const OPTIONS = { self: "alice@lab", width: 400, height: 340, nameOf: (id: string) => id };

function peer(name: string, more: Partial<Peer> = {}): Peer {
  const id = `${name}@lab`;
  return { id, name, namespace: "lab", address: "tcp://a:1", state: "connected", ...more };
}

function distance({ x, y }: { readonly x: number; readonly y: number }): number {
  return Math.hypot(x - 200, y - 170);
}

Deno.test("layOutNetwork() puts those further away that take longer", () => {
  const times = [0.01, 0.1, 1, 10, 100, 300, 9_000];
  const peers = times.map((latencyMs, i) => peer(`p${i}`, { latencyMs }));
  const far = layOutNetwork(peers, OPTIONS).dots.map(distance);
  assertAlmostEquals(far[0], far[1]);
  for (let i = 1; i < 5; i++) assert(far[i] < far[i + 1], `${far}`);
  assertAlmostEquals(far[5], far[6]);
  const { rings } = layOutNetwork(peers, OPTIONS);
  assertEquals(rings.map(({ ms }) => ms), [1, 10, 100]);
  assertAlmostEquals(rings[1].radius, far[3]);
});

Deno.test("layOutNetwork() joins the middle with those that are connected alone", () => {
  const peers = [peer("bob"), peer("carol", { state: "discovered" })];
  const { dots, lines } = layOutNetwork(peers, OPTIONS);
  assertEquals(dots.map(({ kind }) => kind), ["connected", "known"]);
  assertEquals(lines, [{ from: undefined, to: dots[0] }]);
});

Deno.test("layOutNetwork() draws who knows whom once, and whom only neighbours know", () => {
  const peers = [
    peer("bob", { knows: ["alice@lab", "carol@lab", "dave@lab", "bob@lab"] }),
    peer("carol", { knows: ["bob@lab", "dave@lab"] }),
  ];
  const { dots, lines } = layOutNetwork(peers, OPTIONS);
  assertEquals(dots.map(({ label, kind }) => `${label} ${kind}`), [
    "bob@lab connected",
    "carol@lab connected",
    "dave@lab beyond",
  ]);
  const known = lines.filter(({ from }) => from !== undefined)
    .map(({ from, to }) => `${from!.label} ${to.label}`);
  assertEquals(known, ["bob@lab carol@lab", "bob@lab dave@lab", "carol@lab dave@lab"]);
});

Deno.test("layOutNetwork() keeps everybody in the picture, however many there are", () => {
  const knows = Array.from({ length: 32 }, (_, i) => `far${i}@lab`);
  const peers = Array.from({ length: 100 }, (_, i) => peer(`p${i}`, { knows }));
  for (const [width, height] of [[260, 221], [400, 340], [1_000, 370]]) {
    const { dots, leftOut } = layOutNetwork(peers, { ...OPTIONS, width, height });
    assertEquals([dots.length, leftOut], [48, 76]);
    for (const { x, y } of dots) assert(x > 0 && x < width && y > 0 && y < height, `${x} ${y}`);
  }
});

Deno.test("layOutNetwork() leaves out those that are away, and cuts long names", () => {
  const peers = [peer("bob", { state: "offline" }), peer("x".repeat(64))];
  const { dots } = layOutNetwork(peers, OPTIONS);
  assertEquals(dots.map(({ label }) => label), [`${"x".repeat(15)}…`]);
});

Deno.test("layOutNetwork() places the same peers the same way, in whatever order they come", () => {
  const peers = ["bob", "carol", "dave"].map((name) => peer(name, { latencyMs: 5 }));
  assertEquals(
    layOutNetwork(peers, OPTIONS).dots,
    layOutNetwork(peers.toReversed(), OPTIONS).dots,
  );
});
