/**
 * Nodes that share a network in memory: datagrams to find each other, connections under `tcp://`.
 *
 * @module
 */
import type { Address } from "../../core/address.ts";
import type { Channel, DialOptions, Listener, Transport } from "../../core/channel.ts";
import { Discovery } from "../../core/discovery.ts";
import { Node } from "../../core/node.ts";
import type { NodeOptions } from "../../core/node_options.ts";
import type { Handler } from "../../core/endpoint.ts";
import { MemoryTransport } from "../../transports/memory.ts";
import { FakeClock } from "./fake_clock.ts";
import { MemoryNetwork } from "./memory_datagrams.ts";
import { seededRandom } from "./seeded_random.ts";

/** `tcp://` addresses, each a name of a memory transport. */
class NamedTcp implements Transport {
  readonly schemes = ["tcp"];
  readonly #memory = new MemoryTransport();

  dial(to: Address, options?: DialOptions): Promise<Channel> {
    return this.#memory.dial(named(to), options);
  }

  async listen(at: Address, accept: (channel: Channel) => void): Promise<Listener> {
    const listener = await this.#memory.listen(named(at), accept);
    return { ...listener, address: at };
  }
}

function named({ host, port }: Address): Address {
  return { scheme: "memory", host: `${host}-${port}`, port: 0, path: "" };
}

/** A network. */
export class Lan implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly #random = seededRandom(1);
  readonly #network = new MemoryNetwork({ clock: this.clock, random: this.#random });
  readonly #transport = new NamedTcp();
  readonly #nodes: Node[] = [];

  /** Adds a machine, as yet silent. */
  node(name: string, options: NodeOptions = {}): Node {
    const host = `10.0.0.${this.#nodes.length + 1}`;
    const node = new Node({ namespace: "lab", name, ...options }, {
      transports: [this.#transport],
      clock: this.clock,
      random: this.#random,
      randomBytes: (count) => Uint8Array.from({ length: count }, () => this.#random() * 256),
      createDatagrams: () => this.#network.socket(host, 3334),
      createDiscovery: (options) => new Discovery(options),
    });
    this.#nodes.push(node);
    return node;
  }

  /** Adds a machine that listens, and lets itself be found, and others the time to answer. */
  async serve(
    name: string,
    endpoints: Readonly<Record<string, Handler>> = {},
    options: NodeOptions = {},
  ): Promise<Node> {
    const node = this.node(name, options);
    for (const [method, handler] of Object.entries(endpoints)) node.endpoint(method, handler);
    await node.listen(`tcp://10.0.0.${this.#nodes.length}:9999`);
    await node.advertise();
    await this.clock.advance(300);
    return node;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = Promise.all(this.#nodes.map((node) => node.close(0)));
    await this.clock.advance(1_000);
    await closed;
  }
}
