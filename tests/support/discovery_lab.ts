/**
 * A few nodes on a network in memory, on a clock that a test moves.
 *
 * @module
 */
import type { DatagramAddress, DatagramSink } from "../../core/channel.ts";
import { Discovery, type DiscoveryOptions } from "../../core/discovery.ts";
import { PeerTable } from "../../core/peer_table.ts";
import { cheapSigner, verifyCheaply } from "./cheap_signatures.ts";
import { type MemoryDatagrams, MemoryNetwork } from "./memory_datagrams.ts";
import { seededRandom } from "./seeded_random.ts";
import { SimulatedClock } from "./simulated_clock.ts";

/** One node, and what it knows. */
export interface LabNode {
  readonly discovery: Discovery;
  readonly table: PeerTable;
  readonly socket: MemoryDatagrams;
  /** What has happened, as text. */
  readonly events: string[];
}

/** What a node of a lab can be. */
export interface LabNodeOptions extends Partial<DiscoveryOptions> {
  /** Decides its key, and the last part of its address. */
  readonly number: number;
}

/** A datagram that went by. */
export interface Overheard {
  readonly text: string;
  readonly from: string;
  /** undefined: to everybody. */
  readonly to: string | undefined;
  readonly bytes: number;
  readonly atMs: number;
}

/** A network, and everything that is said on it. */
export class DiscoveryLab {
  readonly clock = new SimulatedClock();
  readonly random = seededRandom(7);
  readonly network = new MemoryNetwork({
    clock: this.clock,
    random: this.random,
    latencyMs: [0.2, 2],
  });
  readonly overheard: Overheard[] = [];

  constructor() {
    this.network.wiretap = (datagram, from, to) => {
      this.overheard.push({
        text: new TextDecoder().decode(datagram),
        from: from.host,
        to: to?.host,
        bytes: datagram.length,
        atMs: this.clock.now(),
      });
    };
  }

  /** What was broadcast of one type, such as `adv`. */
  broadcasts(type: string): Overheard[] {
    return this.overheard.filter(({ text, to }) => to === undefined && text.includes(`|${type}|`));
  }

  /** Starts a node. */
  async start(name: string, options: LabNodeOptions): Promise<LabNode> {
    const { clock, random } = this;
    const { number } = options;
    const table = new PeerTable({
      clock,
      onListenerError: (error) => {
        throw error;
      },
    });
    const events: string[] = [];
    for (const event of ["peerJoined", "peerOffline"] as const) {
      table.on(event, ({ peer }) => events.push(`${event} ${peer.name}`));
    }
    table.on("peerKeyChanged", ({ observation }) => {
      events.push(`peerKeyChanged ${observation.name}`);
    });
    const socket = this.network.socket(`10.0.0.${number}`, 9_999);
    const discovery = new Discovery({
      namespace: "demo",
      name,
      listening: socket.address,
      identity: cheapSigner(number),
      verify: verifyCheaply,
      transport: socket,
      table,
      clock,
      random,
      events: {
        renamed: ({ from, to }) => events.push(`renamed ${from} ${to}`),
        dropped: (summary) => events.push(`dropped ${JSON.stringify(summary)}`),
      },
      ...options,
    });
    await discovery.start();
    return { discovery, table, socket, events };
  }

  /** A socket that says what it is told to, and keeps what it hears. */
  async stranger(number: number): Promise<Stranger> {
    const stranger = new Stranger(this.network.socket(`10.0.9.${number}`, 4_444));
    await stranger.open();
    return stranger;
  }
}

/** Somebody who keeps to no rules. */
export class Stranger {
  readonly #socket: MemoryDatagrams;
  readonly heard: { readonly text: string; readonly from: DatagramAddress }[] = [];

  constructor(socket: MemoryDatagrams) {
    this.#socket = socket;
  }

  get address(): DatagramAddress {
    return this.#socket.address;
  }

  open(): Promise<void> {
    const sink: DatagramSink = {
      receive: (datagram, from) => {
        this.heard.push({ text: new TextDecoder().decode(datagram), from });
      },
      warn: () => {},
    };
    return this.#socket.open(sink);
  }

  /** Says something to everybody, or to one. */
  say(what: string | Uint8Array, to?: DatagramAddress): void {
    const datagram = typeof what === "string" ? new TextEncoder().encode(what) : what;
    if (to === undefined) this.#socket.broadcast(datagram);
    else this.#socket.send(datagram, to);
  }
}

/** The names of the peers that are there, in order. */
export function present(table: PeerTable): string[] {
  table.sweep();
  return table.list().filter(({ state }) => state !== "offline").map(({ name }) => name).sort();
}
