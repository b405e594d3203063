/**
 * Peers for commands to find: datagrams in memory, connections over the loopback.
 *
 * @module
 */
import { Node, type NodeWorld } from "../../mod.ts";
import { systemClock } from "../../transports/system.ts";
import { MemoryNetwork } from "../support/memory_datagrams.ts";
import { seededRandom } from "../support/seeded_random.ts";

/** Where to look, for commands whose datagrams are in memory. */
export const ANYWHERE = { discovery: {}, identity: undefined } as const;

/** The peers of one namespace, `demo`. */
export class Crowd implements AsyncDisposable {
  readonly #network = new MemoryNetwork({ clock: systemClock, random: seededRandom(1) });
  readonly #nodes: Node[] = [];
  #port = 1;

  /** What a command needs to be among them. */
  get world(): Partial<NodeWorld> {
    return { createDatagrams: () => this.#network.socket("127.0.0.1", this.#port++) };
  }

  /** Adds a peer. */
  async join(name: string, publish: (node: Node) => unknown = () => {}): Promise<Node> {
    const node = new Node({ namespace: "demo", name }, this.world);
    this.#nodes.push(node);
    await publish(node);
    await node.listen("tcp://127.0.0.1:0");
    await node.advertise();
    return node;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.close(0)));
    // The last datagrams are on their way.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
