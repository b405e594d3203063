import { assert, assertEquals } from "@std/assert";
import type { DatagramAddress, DatagramTransport } from "../../../core/channel.ts";
import { AdvertStore } from "../../../core/discovery/advert_store.ts";
import { Announcer } from "../../../core/discovery/announcer.ts";
import { DiscoveryStats } from "../../../core/discovery/discovery_stats.ts";
import { OwnAdverts, type OwnAdvertsOptions } from "../../../core/discovery/own_adverts.ts";
import { cheapSigner } from "../../support/cheap_signatures.ts";
import { SimulatedClock } from "../../support/simulated_clock.ts";

function createOptions(
  hosts: readonly string[],
  listening: string = "0.0.0.0",
): { clock: SimulatedClock; said: string[]; options: OwnAdvertsOptions } {
  const clock = new SimulatedClock();
  const said: string[] = [];
  const say = (to: string) => (datagram: Uint8Array, { host }: { readonly host: string }) => {
    said.push(`${to} ${host}: ${new TextDecoder().decode(datagram).split("|")[2]}`);
  };
  const transport: DatagramTransport = {
    open: () => Promise.resolve(),
    links: () => hosts.map((host) => ({ host })),
    send: (datagram: Uint8Array, to: DatagramAddress) => say("one")(datagram, to),
    broadcast: say("all"),
    close: () => Promise.resolve(),
  };
  return {
    clock,
    said,
    options: {
      namespace: "demo",
      listening: { host: listening, port: 7 },
      signer: cheapSigner(1),
      transport,
      store: new AdvertStore(10),
      stats: new DiscoveryStats({ clock }),
      clock,
      random: () => 0.5,
    },
  };
}

Deno.test("OwnAdverts says on each link what the node's address is there", () => {
  const { said, options } = createOptions(["127.0.0.1", "10.0.0.1"]);
  const adverts = new OwnAdverts(options);
  adverts.sign("adv", "alice");
  adverts.broadcast();
  assertEquals(said, ["all 127.0.0.1: alice@127.0.0.1:7", "all 10.0.0.1: alice@10.0.0.1:7"]);
  assertEquals(options.store.rows, 2);
});

Deno.test("OwnAdverts speaks only where the node can be called", () => {
  const { said, options } = createOptions(["127.0.0.1", "10.0.0.1"], "127.0.0.1");
  const adverts = new OwnAdverts(options);
  adverts.sign("adv", "alice");
  adverts.broadcast();
  assertEquals(said, ["all 127.0.0.1: alice@127.0.0.1:7"]);
});

Deno.test("OwnAdverts tells nobody else of loopback", () => {
  const { said, options } = createOptions(["127.0.0.1", "10.0.0.1"]);
  const adverts = new OwnAdverts(options);
  adverts.sign("bye", "alice");
  adverts.tell({ host: "10.0.0.2", port: 1 });
  adverts.tell({ host: "127.0.0.1", port: 1 });
  assertEquals(said, [
    "one 10.0.0.2: alice@10.0.0.1:7",
    "one 127.0.0.1: alice@127.0.0.1:7",
    "one 127.0.0.1: alice@10.0.0.1:7",
  ]);
});

Deno.test("OwnAdverts bears no time twice", () => {
  const { options } = createOptions(["127.0.0.1", "10.0.0.1"]);
  const adverts = new OwnAdverts(options);
  const times: number[] = [];
  for (let i = 0; i < 5; i++) {
    adverts.sign("adv", "alice");
    times.push(...adverts.list.map(({ timeMs }) => timeMs));
  }
  assertEquals(new Set(times).size, 10);
  assertEquals(times, times.toSorted((a, b) => a - b));
});

Deno.test("Announcer signs anew within four minutes, however rarely a large crowd lets it speak", () => {
  const { clock, options } = createOptions(["10.0.0.1"]);
  const announcer = new Announcer({
    ...options,
    name: "alice",
    crowd: () => 100_000,
    onRenamed: () => {},
  });
  announcer.start();
  clock.run(1_000);
  const times = new Set<number>();
  for (let minute = 0; minute < 20; minute++) {
    clock.run(60_000);
    announcer.tick();
    const ageMs = clock.unixMs() - announcer.adverts[0].timeMs;
    assert(ageMs < 240_000, `${ageMs} ms`);
    times.add(announcer.adverts[0].timeMs);
  }
  assert(times.size <= 8, `${times.size} times`);
  announcer.stop();
});
