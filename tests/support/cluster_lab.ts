/**
 * Nodes that join each other in memory, on a clock that the test moves on.
 *
 * @module
 */
import { Node } from "../../core/node.ts";
import type { JoinOptions, NodeOptions } from "../../core/node_options.ts";
import type { Remote } from "../../core/remote.ts";
import { MemoryTransport } from "../../transports/memory.ts";
import { FakeClock } from "./fake_clock.ts";
import { seededRandom } from "./seeded_random.ts";

/** A cluster of nodes named by letters. Each publishes `name`, which says whose it is. */
export class ClusterLab implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly nodes = new Map<string, Node>();
  readonly #transport = new MemoryTransport();
  readonly #random = seededRandom(7);

  /** Adds a node that listens. */
  async add(name: string, options: NodeOptions = {}): Promise<Node> {
    const node = new Node({ name, ...options }, {
      transports: [this.#transport],
      clock: this.clock,
      random: this.#random,
      randomBytes: (count) => Uint8Array.from({ length: count }, () => this.#random() * 256),
    });
    node.endpoint(name, () => name);
    await node.listen(`memory://${name}`);
    this.nodes.set(name, node);
    return node;
  }

  /** Adds nodes and joins them: `a-b b-c` is a chain, each left one joining the right one. */
  static async join(links: string): Promise<ClusterLab> {
    const lab = new ClusterLab();
    const pairs = links.split(" ").map((link) => link.split("-"));
    for (const name of new Set(pairs.flat())) await lab.add(name);
    for (const [child, parent] of pairs) await lab.link(child, parent);
    await lab.settle();
    return lab;
  }

  /** A node by its name. */
  node(name: string): Node {
    return this.nodes.get(name)!;
  }

  /** One node joins another. */
  async link(child: string, parent: string, options?: JoinOptions): Promise<Remote> {
    const joined = this.node(child).join(`memory://${parent}`, options);
    await this.clock.advance(1);
    return await joined;
  }

  /** Gives news the time to reach everybody. */
  async settle(): Promise<void> {
    for (let i = 0; i < 10; i++) await this.clock.advance(1);
  }

  /** Kills a node without a goodbye in its functions: its connections break. */
  async kill(name: string): Promise<void> {
    const dead = this.node(name);
    this.nodes.delete(name);
    const closed = dead.close(0);
    await this.settle();
    await closed;
  }

  /** The functions that a node can call, its own included. */
  reach(name: string): string[] {
    return this.node(name).endpoints.map((endpoint) => endpoint.name);
  }

  /** Calls a function by a node, as somebody does who is connected to that node alone. */
  async call(by: string, method: string, ...args: unknown[]): Promise<unknown> {
    const caller = new Node({}, {
      transports: [this.#transport],
      clock: this.clock,
      random: this.#random,
      randomBytes: (count) => new Uint8Array(count),
    });
    const remote = await caller.connect(`memory://${by}`);
    try {
      const called = remote.call(method, args);
      called.catch(() => {});
      await this.settle();
      return await called;
    } finally {
      await caller.close(0);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.nodes.values()) await node.close(0);
  }
}
