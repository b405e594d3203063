import { assertEquals, assertRejects } from "@std/assert";
import { RemoteError } from "../../core/errors.ts";
import type { Node } from "../../core/node.ts";
import { Registry } from "../../core/registry.ts";
import { createSpectatorRegistry } from "../../core/spectators.ts";
import { type CallTotals, registerWatch, Watch, type WatchItem } from "../../core/watch.ts";
import type { FakeClock } from "../support/fake_clock.ts";
import { Pair } from "../support/pair.ts";

const CAROL = { name: "carol", namespace: "lab", address: "tcp://10.0.0.3:9999" };

/** A watched node, and one that is connected to it. */
class Watched implements AsyncDisposable {
  readonly pair: Pair;
  readonly clock: FakeClock;
  readonly watch: Watch;
  total = 0;
  /** How often it was measured. */
  samples = 0;

  constructor(pair: Pair) {
    this.pair = pair;
    this.clock = pair.clock;
    const node: Node = pair.server;
    const host = {
      get connections() {
        return node.connections;
      },
      peers: node.peers,
      calls: (): CallTotals => {
        this.samples++;
        const durations = { boundsSeconds: [1], counts: [this.total, 0] };
        return { total: this.total, failed: 0, durations };
      },
      on: node.on.bind(node),
    };
    this.watch = new Watch(host, this.clock);
    node.speak({
      name: "watch",
      serve: ({ registry }) => {
        registerWatch(registry, this.watch);
        return {
          name: "watch",
          recognise: () => false,
          accept: () => {
            throw new Error("Cannot accept");
          },
        };
      },
    });
  }

  static async begin(): Promise<Watched> {
    return new Watched(
      await Pair.connect({
        server: { name: "alice", namespace: "lab" },
        client: { name: "bob", namespace: "lab" },
      }),
    );
  }

  follow(): AsyncIterableIterator<WatchItem> {
    return this.pair.remote.stream("_synapse.watch") as AsyncIterableIterator<WatchItem>;
  }

  /** The next item, when a second has passed. */
  async next(items: AsyncIterableIterator<WatchItem>): Promise<WatchItem> {
    const next = items.next();
    await this.clock.advance(1_000);
    return (await next).value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pair[Symbol.asyncDispose]();
  }
}

Deno.test("_synapse.watch tells at once, and then every second, how the node is", async () => {
  await using watched = await Watched.begin();
  await watched.clock.advance(500);
  const items = watched.follow();
  const { value: first } = await items.next();
  assertEquals([first.uptimeMs, first.calls.perSecond, first.latency], [500, 0, null]);
  watched.total = 7;
  const second = await watched.next(items);
  assertEquals(second.uptimeMs, 1_500);
  assertEquals(second.calls, { total: 7, failed: 0, perSecond: 7 });
  assertEquals(second.latency?.p50Ms, 500);
  await items.return!();
});

Deno.test("_synapse.watch tells in its first item who watches, and what they may do", async () => {
  await using watched = await Watched.begin();
  const items = watched.follow();
  const { value: first } = await items.next();
  assertEquals([first.mayCall, first.you], [true, "memory://server-1"]);
  const second = await watched.next(items);
  assertEquals([second.mayCall, second.you], [undefined, undefined]);
  await items.return!();
});

Deno.test("_synapse.watch tells who is connected and who is known, each once", async () => {
  await using watched = await Watched.begin();
  const { server, remote } = watched.pair;
  await remote.call("_synapse.join", [CAROL]);
  const bob = { ...CAROL, name: "bob", address: "tcp://10.0.0.2:9999" };
  await remote.call("_synapse.join", [bob]);
  const items = watched.follow();
  await items.next();
  const { peers, peerCount } = await watched.next(items);
  assertEquals(peerCount, 2);
  assertEquals(peers.map(({ id, state, address }) => [id, state, address]), [
    ["bob@lab", "connected", bob.address],
    ["carol@lab", "discovered", CAROL.address],
  ]);
  // It was asked when the watching began.
  assertEquals([peers[0].latencyMs, peers[0].knows], [0, ["alice@lab"]]);
  assertEquals(peers[1].seenMs, server.peers.list()[0].lastSeenMs);
  await items.return!();
});

Deno.test("_synapse.watch tells 200 peers, and how many there are", async () => {
  await using watched = await Watched.begin();
  const { server, clock } = watched.pair;
  for (let i = 0; i < 300; i++) {
    server.peers.merge({ ...CAROL, name: `peer${i}`, heardMs: clock.unixMs() });
  }
  const items = watched.follow();
  const { value: first } = await items.next();
  assertEquals([first.peers.length, first.peerCount], [200, 301]);
  await items.return!();
});

Deno.test("_synapse.watch tells what happened before, and then what has come", async () => {
  await using watched = await Watched.begin();
  const { remote } = watched.pair;
  await remote.call("_synapse.join", [CAROL]);
  const items = watched.follow();
  const { value: first } = await items.next();
  const textsOf = ({ events }: WatchItem) => events.map(({ text }) => text);
  assertEquals(textsOf(first), ["carol@lab is there, at tcp://10.0.0.3:9999"]);
  await remote.call("_synapse.join", [{ ...CAROL, name: "dave" }]);
  assertEquals(textsOf(await watched.next(items)), ["dave@lab is there, at tcp://10.0.0.3:9999"]);
  assertEquals(textsOf(await watched.next(items)), []);
  await items.return!();
});

Deno.test("Watch measures nothing while nobody watches", async () => {
  await using watched = await Watched.begin();
  await watched.clock.advance(5_000);
  assertEquals(watched.samples, 0);
  const items = watched.follow();
  await items.next();
  await items.return!();
  await watched.clock.advance(1_000);
  const { samples } = watched;
  await watched.clock.advance(5_000);
  assertEquals(watched.samples, samples);
});

Deno.test("Watch measures once a second for all, and takes 64 watchers", async () => {
  await using watched = await Watched.begin();
  const all = Array.from({ length: 64 }, () => watched.follow());
  await Promise.all(all.map((items) => items.next()));
  const { samples } = watched;
  await watched.clock.advance(3_000);
  assertEquals(watched.samples, samples + 3);
  const error = await assertRejects(() => watched.follow().next(), RemoteError);
  assertEquals(error.code, "limit_exceeded");
  await all[0].return!();
  await watched.clock.advance(1_000);
  assertEquals((await watched.follow().next()).value.mayCall, true);
});

Deno.test("Watch.close() ends it for those who watch, and for those who come later", async () => {
  await using watched = await Watched.begin();
  const items = watched.follow();
  await items.next();
  const last = items.next();
  watched.watch.close();
  assertEquals((await last).done, true);
  const late = watched.follow();
  assertEquals((await late.next()).value.events, []);
  assertEquals((await late.next()).done, true);
});

Deno.test("createSpectatorRegistry() lets look on, and refuses the rest by name", async () => {
  await using watched = await Watched.begin();
  const registry = new Registry();
  registry.register("_synapse.ping", () => "pong");
  registry.register("_synapse.join", () => "joined");
  registry.namespace("private").register("pay", (_amount: number) => "paid");
  const spectators = createSpectatorRegistry(registry, watched.watch);
  assertEquals(spectators.get("_synapse.ping")?.invoke([], undefined), "pong");
  for (const name of ["_synapse.join", "private/pay"]) {
    const call = () => spectators.get(name)!.invoke([1, 2, 3], undefined);
    const error = await assertRejects(async () => await call());
    assertEquals((error as RemoteError).code, "unauthorized");
  }
  assertEquals(spectators.get("nothing"), undefined);
  assertEquals(spectators.list(), registry.list());
  const context = {
    address: { scheme: "ws", host: "::1", port: 1, path: "" },
    signal: AbortSignal.timeout(0),
  };
  const items = spectators.get("_synapse.watch")!.invoke([], undefined, context as never);
  const first = await (items as AsyncGenerator<WatchItem>).next();
  assertEquals([first.value.mayCall, first.value.you], [false, "ws://[::1]:1"]);
  await (items as AsyncGenerator<WatchItem>).return(undefined);
});
