/**
 * One peer under test, and a scripted node at the other end.
 *
 * @module
 */
import { OUR_SERVICES } from "../../../core/bitcoin/handshake.ts";
import { BitcoinPeer, type PeerClosed } from "../../../core/bitcoin/peer.ts";
import type { BitcoinNetwork } from "../../../core/codecs/bitcoin/networks.ts";
import { FakeClock } from "../fake_clock.ts";
import { MemoryNetwork } from "./memory_network.ts";
import {
  type Conversation,
  type NodeTraits,
  REGTEST,
  ScriptedNode,
  type Surroundings,
} from "./scripted_node.ts";

/** A node that says nothing but what the test says. */
export class SilentNode extends ScriptedNode {
  override introduce(): void {}
  override heard(): void {}
}

/** The two of them. */
export class PeerBench {
  readonly clock: FakeClock;
  readonly peer: BitcoinPeer;
  readonly node: ScriptedNode;
  /** What has happened to the peer, by name. */
  readonly happened: string[] = [];
  closed: PeerClosed | undefined;

  constructor(clock: FakeClock, peer: BitcoinPeer, node: ScriptedNode) {
    this.clock = clock;
    this.peer = peer;
    this.node = node;
    for (const name of ["ready", "settled", "message", "unknown", "closed"] as const) {
      peer.events.on(name, () => this.happened.push(name));
    }
    peer.events.on("closed", (closed) => this.closed = closed);
  }

  /** Connects a peer with a node. */
  static async start(
    create: (surroundings: Surroundings, name: string) => ScriptedNode = (surroundings, name) =>
      new ScriptedNode(surroundings, name),
    options: { readonly ownNonces?: Set<bigint>; readonly network?: BitcoinNetwork } = {},
  ): Promise<PeerBench> {
    const { ownNonces = new Set(), network = REGTEST } = options;
    const clock = new FakeClock();
    const memory = new MemoryNetwork();
    const node = create({ network: memory, clock }, "a:1");
    const endpoint = { host: "a", port: 1 };
    const channel = await memory.dial({ scheme: "tcp", ...endpoint, path: "" });
    let draws = 0;
    const peer = new BitcoinPeer({
      channel,
      network,
      clock,
      randomBytes: (count) => new Uint8Array(count).fill(++draws),
      announcement: { agent: "/test:1/", services: OUR_SERVICES, height: 7, relay: true },
      endpoint,
      ownNonces,
      onListenerError: (error) => {
        throw error;
      },
    });
    const bench = new PeerBench(clock, peer, node);
    await clock.runMicrotasks();
    return bench;
  }

  /** With a node of these traits. */
  static with(traits: NodeTraits): Promise<PeerBench> {
    return PeerBench.start(
      (surroundings, name) => new ScriptedNode(surroundings, name, traits),
      { network: traits.network },
    );
  }

  /** With a node that says nothing but what the test says. */
  static silent(): Promise<PeerBench> {
    return PeerBench.start((surroundings, name) => new SilentNode(surroundings, name));
  }

  /** The other end. */
  get far(): Conversation {
    return this.node.conversations[0];
  }

  /** Lets what was said arrive. */
  async arrive(): Promise<void> {
    await this.clock.runMicrotasks();
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.peer.close();
  }
}
