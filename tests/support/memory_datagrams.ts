/**
 * A network of datagrams in memory that loses some of them, and is late with the others.
 *
 * @module
 */
import type {
  Clock,
  DatagramAddress,
  DatagramLink,
  DatagramSink,
  DatagramTransport,
  Random,
} from "../../core/channel.ts";

/** How bad the network is. */
export interface MemoryNetworkOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Of each datagram, for each receiver: from 0 to 1. */
  readonly loss?: number;
  /** What a datagram takes at least, and at most. */
  readonly latencyMs?: readonly [number, number];
}

/** Sees every datagram once, as it is sent. `to` is undefined for a broadcast. */
export type Wiretap = (
  datagram: Uint8Array,
  from: DatagramAddress,
  to: DatagramAddress | undefined,
) => void;

/** One link that everybody is on. Receivers get views of the same bytes. */
export class MemoryNetwork {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #loss: number;
  readonly #latencyMs: readonly [number, number];
  readonly #sinks = new Map<string, DatagramSink>();
  readonly #separated = new Set<string>();
  wiretap: Wiretap | undefined;
  /** Whether everything is lost. */
  deaf = false;

  constructor(options: MemoryNetworkOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#loss = options.loss ?? 0;
    this.#latencyMs = options.latencyMs ?? [0, 0];
  }

  /** A socket, not yet open. */
  socket(host: string, port: number): MemoryDatagrams {
    return new MemoryDatagrams(this, { host, port });
  }

  /** Nothing comes from either of two to the other any more. */
  separate(a: DatagramAddress, b: DatagramAddress): void {
    this.#separated.add(`${nameOf(a)} ${nameOf(b)}`).add(`${nameOf(b)} ${nameOf(a)}`);
  }

  attach(address: DatagramAddress, sink: DatagramSink): void {
    this.#sinks.set(nameOf(address), sink);
  }

  detach(address: DatagramAddress): void {
    this.#sinks.delete(nameOf(address));
  }

  send(datagram: Uint8Array, from: DatagramAddress, to: DatagramAddress): void {
    this.wiretap?.(datagram, from, to);
    const name = nameOf(to);
    if (this.#isLost(from, name)) return;
    this.#later(() => this.#sinks.get(name)?.receive(datagram, from));
  }

  broadcast(datagram: Uint8Array, from: DatagramAddress): void {
    this.wiretap?.(datagram, from, undefined);
    this.#later(() => {
      const sender = nameOf(from);
      this.#sinks.forEach((sink, name) => {
        if (name !== sender && !this.#isLost(from, name)) sink.receive(datagram, from);
      });
    });
  }

  #isLost(from: DatagramAddress, to: string): boolean {
    if (this.deaf || (this.#loss > 0 && this.#random() < this.#loss)) return true;
    return this.#separated.size > 0 && this.#separated.has(`${nameOf(from)} ${to}`);
  }

  #later(deliver: () => void): void {
    const [min, max] = this.#latencyMs;
    this.#clock.after(min + (max - min) * this.#random(), deliver);
  }
}

/** One node's socket. */
export class MemoryDatagrams implements DatagramTransport {
  readonly address: DatagramAddress;
  readonly #network: MemoryNetwork;
  #sink: DatagramSink | undefined;
  #isCut = false;

  constructor(network: MemoryNetwork, address: DatagramAddress) {
    this.#network = network;
    this.address = address;
  }

  open(sink: DatagramSink): Promise<void> {
    this.#sink = sink;
    this.resume();
    return Promise.resolve();
  }

  /** Loses whatever comes. */
  pause(): void {
    this.#network.detach(this.address);
  }

  /** Hears again. */
  resume(): void {
    this.#network.attach(this.address, this.#sink!);
  }

  links(): readonly DatagramLink[] {
    return [this.address];
  }

  send(datagram: Uint8Array, to: DatagramAddress): void {
    if (!this.#isCut) this.#network.send(datagram, this.address, to);
  }

  broadcast(datagram: Uint8Array): void {
    if (!this.#isCut) this.#network.broadcast(datagram, this.address);
  }

  /** Pulls the cable: nothing comes in or goes out any more, and nobody is told. */
  cut(): void {
    this.#isCut = true;
    this.#network.detach(this.address);
  }

  close(): Promise<void> {
    this.#network.detach(this.address);
    return Promise.resolve();
  }
}

function nameOf({ host, port }: DatagramAddress): string {
  return `${host}:${port}`;
}
