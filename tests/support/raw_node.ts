/**
 * A node whose peers are written by the test.
 *
 * @module
 */
import type { Node } from "../../core/node.ts";
import type { NodeOptions } from "../../core/node_options.ts";
import { FakeClock } from "./fake_clock.ts";
import { createNode, type Endpoints } from "./pair.ts";
import { type RawPeer, RawTransport } from "./raw_peer.ts";

/** A node on a {@linkcode RawTransport} that listens, and whose dials the test answers. */
export class RawNode implements AsyncDisposable {
  readonly clock: FakeClock = new FakeClock();
  readonly transport: RawTransport = new RawTransport();
  readonly node: Node;

  constructor(options: NodeOptions, endpoints: Endpoints) {
    this.node = createNode(this.transport, this.clock, options, endpoints);
  }

  static async serve(endpoints: Endpoints = {}, options: NodeOptions = {}): Promise<RawNode> {
    const made = new RawNode(options, endpoints);
    await made.node.listen("raw://node:1");
    return made;
  }

  /** A peer that has connected, and said nothing yet. */
  connect(): RawPeer {
    return this.transport.connect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.node.close(0);
    // Peers that take nothing any more are cut in time.
    await this.clock.advance(10_000);
    await closed;
  }
}
