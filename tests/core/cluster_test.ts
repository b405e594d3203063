import { assertEquals, assertRejects } from "@std/assert";
import type { CallContext } from "../../core/caller.ts";
import { RemoteError } from "../../core/errors.ts";
import { ClusterLab } from "../support/cluster_lab.ts";
import { RawNode } from "../support/raw_node.ts";

const SHAPES = {
  chain: "a-b b-c c-d d-e",
  fork: "b-a c-a d-b e-b",
  ring: "a-b b-c c-d d-e e-a",
};

/** What is left together when one of a shape is gone. */
const WITHOUT: Readonly<Record<keyof typeof SHAPES, Readonly<Record<string, string[]>>>> = {
  chain: {
    a: ["bcde"],
    b: ["a", "cde"],
    c: ["ab", "de"],
    d: ["abc", "e"],
    e: ["abcd"],
  },
  fork: {
    a: ["bde", "c"],
    b: ["ac", "d", "e"],
    c: ["abde"],
    d: ["abce"],
    e: ["abcd"],
  },
  ring: { a: ["bcde"], b: ["acde"], c: ["abde"], d: ["abce"], e: ["abcd"] },
};

for (const [shape, links] of Object.entries(SHAPES)) {
  Deno.test(`a ${shape} of 5: each node can call each function, and lists it once`, async () => {
    await using lab = await ClusterLab.join(links);
    for (const by of "abcde") {
      assertEquals(lab.reach(by).join(""), "abcde", by);
      for (const method of "abcde") assertEquals(await lab.call(by, method), method);
    }
  });

  for (const killed of "abcde") {
    Deno.test(`a ${shape} of 5 without ${killed}: what is left together still calls`, async () => {
      await using lab = await ClusterLab.join(links);
      await lab.kill(killed);
      for (const part of WITHOUT[shape as keyof typeof SHAPES][killed]) {
        for (const by of part) {
          assertEquals(lab.reach(by).join(""), part, by);
          for (const method of part) assertEquals(await lab.call(by, method), method);
        }
      }
    });
  }
}

Deno.test("a function that comes or goes later is heard of everywhere", async () => {
  await using lab = await ClusterLab.join(SHAPES.chain);
  lab.node("e").endpoint("late", { description: "Comes late" }, (n = 1) => n * 2);
  await lab.settle();
  const found = lab.node("a").endpoints.find(({ name }) => name === "late");
  assertEquals(found?.description, "Comes late");
  assertEquals(await lab.call("a", "late", 21), 42);
  lab.node("e").removeEndpoint("late");
  await lab.settle();
  assertEquals(lab.reach("a").includes("late"), false);
  await assertRejects(() => lab.call("a", "late"), RemoteError, "no such function");
});

Deno.test("a call is checked where it comes in, and keeps its error's code and data", async () => {
  await using lab = await ClusterLab.join("a-b b-c");
  lab.node("c").endpoint("sum", (a: number, b: number) => a + b);
  lab.node("c").endpoint("fails", () => {
    throw new RemoteError("fails", "out_of_stock", "none left", { left: 0 });
  });
  await lab.settle();
  const wrong = await assertRejects(() => lab.call("a", "sum", 1), RemoteError);
  assertEquals(wrong.code, "invalid_params");
  const failed = await assertRejects(() => lab.call("a", "fails"), RemoteError);
  assertEquals([failed.code, failed.data], ["out_of_stock", { left: 0 }]);
});

Deno.test("streams pass through, and end where their reader leaves", async () => {
  await using lab = await ClusterLab.join("a-b b-c");
  let ended = false;
  lab.node("c").endpoint("ticks", async function* () {
    try {
      for (let i = 0;; i++) yield i;
    } finally {
      ended = true;
    }
  });
  await lab.settle();
  const remote = await lab.node("c").connect("memory://a");
  const items: unknown[] = [];
  for await (const item of remote.stream("ticks")) {
    items.push(item);
    if (items.length === 3) break;
  }
  await lab.settle();
  assertEquals([items, ended], [[0, 1, 2], true]);
});

Deno.test("a caller who gives up is heard of at the provider", async () => {
  await using lab = await ClusterLab.join("a-b b-c");
  let given: unknown;
  lab.node("c").endpoint(
    "wait",
    { context: true },
    ({ signal }: CallContext) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(given = signal.reason));
      }),
  );
  await lab.settle();
  const remote = await lab.node("c").connect("memory://a");
  const controller = new AbortController();
  const called = remote.call("wait", [], { signal: controller.signal });
  called.catch(() => {});
  await lab.settle();
  controller.abort(new Error("no more"));
  await assertRejects(() => called, Error, "no more");
  await lab.settle();
  assertEquals(given instanceof Error, true);
});

Deno.test("several providers are called by least in flight, and none is listed twice", async () => {
  await using lab = await ClusterLab.join("b-a c-a d-a");
  const waiting: (() => void)[] = [];
  const served = { b: 0, c: 0, d: 0 };
  for (const name of ["b", "c", "d"] as const) {
    lab.node(name).endpoint("work", () => {
      served[name]++;
      return new Promise<string>((resolve) => waiting.push(() => resolve(name)));
    });
  }
  await lab.settle();
  assertEquals(lab.reach("a").filter((name) => name === "work"), ["work"]);
  const caller = await lab.node("b").connect("memory://a");
  const calls = Array.from({ length: 9 }, () => caller.call("work"));
  await lab.settle();
  assertEquals(served, { b: 3, c: 3, d: 3 });
  for (const finish of waiting) finish();
  await lab.settle();
  assertEquals((await Promise.all(calls)).sort().join(""), "bbbcccddd");
});

Deno.test("a node's own function comes before others' of the same name", async () => {
  await using lab = await ClusterLab.join("a-b b-c");
  for (const name of ["a", "c"]) lab.node(name).endpoint("where", () => name);
  await lab.settle();
  assertEquals([await lab.call("a", "where"), await lab.call("c", "where")], ["a", "c"]);
});

Deno.test("a call that may have been run is never made again elsewhere", async () => {
  await using lab = await ClusterLab.join("b-a c-a");
  let runs = 0;
  for (const name of ["b", "c"]) {
    lab.node(name).endpoint("pay", () => {
      runs++;
      return new Promise(() => {});
    });
  }
  await lab.settle();
  const caller = await lab.node("b").connect("memory://a");
  const paid = caller.call("pay");
  paid.catch(() => {});
  await lab.settle();
  assertEquals(runs, 1);
  const [first] = ["b", "c"];
  await lab.kill(first);
  await lab.settle();
  assertEquals(runs, 1);
});

Deno.test("join() shares one namespace where it is told to", async () => {
  await using lab = new ClusterLab();
  const [parent, child] = [await lab.add("parent"), await lab.add("child")];
  parent.namespace("shared").endpoint("up", () => "up");
  child.namespace("shared").endpoint("down", () => "down");
  await lab.link("child", "parent", { namespace: "shared" });
  await lab.settle();
  assertEquals(lab.reach("child"), ["child", "shared/down", "shared/up"]);
  assertEquals(lab.reach("parent"), ["parent", "shared/down", "shared/up"]);
  assertEquals(await lab.call("parent", "shared/down"), "down");
});

Deno.test("a connection that comes back brings its functions back", async () => {
  await using lab = await ClusterLab.join("a-b");
  await lab.kill("b");
  assertEquals(lab.reach("a"), ["a"]);
  await lab.add("b");
  await lab.clock.advance(60_000);
  await lab.settle();
  assertEquals(lab.reach("a"), ["a", "b"]);
});

Deno.test("whoever leaves takes its functions along", async () => {
  await using lab = new ClusterLab();
  await lab.add("a");
  await lab.add("b");
  const remote = await lab.link("a", "b");
  await lab.settle();
  assertEquals(lab.reach("b"), ["a", "b"]);
  const closed = remote.close(0);
  await lab.settle();
  await closed;
  assertEquals([lab.reach("a"), lab.reach("b")], [["a"], ["b"]]);
});

Deno.test("routes and calls that make no sense are refused, and change nothing", async () => {
  await using lab = await ClusterLab.join("a-b");
  const id = (n: number): string => String(n).repeat(22);
  const info = { name: "evil", parameters: [], stream: false };
  const refused: [string, unknown[]][] = [
    ["_synapse.cluster.join", [{}]],
    ["_synapse.cluster.join", [{ id: "short" }]],
    ["_synapse.cluster.join", [{ id: id(1) }]],
    ["_synapse.cluster.routes", [id(1), [[id(1), [id(1)], info]]]],
    ["_synapse.cluster.routes", [null, []]],
    ["_synapse.cluster.call", [null, []]],
    ["_synapse.cluster.call", [{ name: "a", provider: id(1), trail: [] }, []]],
    ["_synapse.cluster.call", [
      { name: "a", provider: id(1), trail: new Array(17).fill(id(2)) },
      [],
    ]],
  ];
  for (const [method, args] of refused) {
    await assertRejects(() => lab.call("a", method, ...args), RemoteError);
  }
  const stranger = await lab.node("b").connect("memory://a");
  await stranger.call("_synapse.cluster.join", [{ id: id(1), link: id(9) }]);
  for (
    const routes of [
      [[id(2), [id(2)], info]],
      [[id(1), [id(1), id(2)], info]],
      [[id(1), [id(1)], { name: "" }]],
      [[id(1), "x", info]],
      "none",
      new Array(10_001).fill([id(1), [id(1)], info]),
    ]
  ) {
    await assertRejects(
      () => stranger.call("_synapse.cluster.routes", [id(9), routes]),
      RemoteError,
    );
  }
  await stranger.call("_synapse.cluster.routes", [id(9), [
    [id(2), [id(1), id(3), id(1), id(2)], info],
    [
      id(2),
      Array.from({ length: 17 }, (_, n) => `${n + 10}`.padEnd(22, "x")).with(0, id(1)).with(
        16,
        id(2),
      ),
      info,
    ],
  ]]);
  assertEquals(lab.reach("a").includes("evil"), false);
});

Deno.test("a function is gone within one keep-alive of its node's silent death", async () => {
  await using raw = await RawNode.serve({}, { keepAlive: { idleMs: 5_000, unansweredMs: 1_000 } });
  const [id, link] = ["1".repeat(22), "9".repeat(22)];
  const info = { name: "far", parameters: [], stream: false };
  const peer = raw.connect();
  peer.send([2, "$/hello", [{ name: "far", namespace: "", window: 8 }]]);
  peer.send([0, 1, "_synapse.cluster.join", [{ id, link }]]);
  peer.send([2, "_synapse.cluster.routes", [link, [[id, [id], info]]]]);
  assertEquals(raw.node.endpoints.map(({ name }) => name), ["far"]);
  await raw.clock.advance(4_000);
  assertEquals(raw.node.endpoints.map(({ name }) => name), ["far"]);
  await raw.clock.advance(8_000);
  assertEquals(raw.node.endpoints, []);
});
