/**
 * Nodes of python-p2p-network in one process, on a clock that stands still, and raw connections to them.
 *
 * @module
 */
import { parseAddress } from "../../core/address.ts";
import type { Channel, Transport } from "../../core/channel.ts";
import type { P2pCompression } from "../../core/p2p_network/compression.ts";
import { P2pNode } from "../../core/p2p_network/node.ts";
import type { P2pNodeOptions } from "../../core/p2p_network/node_options.ts";
import type { P2pEvent, P2pPeer } from "../../core/p2p_network/peer.ts";
import { nodeP2pCompression } from "../../transports/compression.ts";
import { MemoryTransport } from "../../transports/memory.ts";
import { FakeClock } from "./fake_clock.ts";

/** What other threads do, such as those of zlib, takes turns too. */
const MAX_TURNS = 20_000;

/** A node, and what has happened to it. */
export interface TestNode {
  readonly node: P2pNode;
  /** Every event, as the one callback got it. */
  readonly events: P2pEvent[];
  /** What was not taken. */
  readonly refused: unknown[];
  /** The messages that have come. */
  readonly messages: unknown[];
}

/** A network in memory. */
export class TestP2pNetwork implements AsyncDisposable {
  readonly clock: FakeClock = new FakeClock();
  readonly transport: Transport;
  readonly #compression: P2pCompression;
  readonly #nodes: P2pNode[] = [];

  constructor(
    compression: P2pCompression = nodeP2pCompression,
    transport: Transport = new MemoryTransport(),
  ) {
    this.#compression = compression;
    this.transport = transport;
  }

  /** Adds a node that listens under its own name. */
  async join(id: string, options: P2pNodeOptions = {}): Promise<TestNode> {
    const events: P2pEvent[] = [];
    const refused: unknown[] = [];
    const messages: unknown[] = [];
    const node = new P2pNode(
      {
        id,
        callback(event) {
          events.push(event);
          if (event.type === "nodeMessage") messages.push(event.data);
        },
        onRefused: (error) => refused.push(error),
        ...options,
      },
      {
        transport: this.transport,
        clock: this.clock,
        randomBytes: (count) => new Uint8Array(count).fill(7),
        compression: this.#compression,
      },
    );
    await node.listen(`memory://${id}`);
    this.#nodes.push(node);
    return { node, events, refused, messages };
  }

  /** Connects a node with another, and lets time pass until they know each other. */
  async connect(from: TestNode, to: string, options = {}): Promise<P2pPeer> {
    const connecting = from.node.connectWithNode(to, 0, options);
    connecting.catch(() => {});
    await this.clock.advance(1_000);
    return await connecting;
  }

  /** Connects without being a node. */
  async dial(to: string): Promise<RawP2pPeer> {
    return new RawP2pPeer(await this.transport.dial(parseAddress(`memory://${to}`)), this.clock);
  }

  /** Lets promises settle until something is so. */
  async until(isSo: () => boolean): Promise<void> {
    for (let turn = 0; !isSo(); turn++) {
      if (turn === MAX_TURNS) throw new Error("Cannot wait any longer");
      await this.clock.runMicrotasks();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = Promise.all(this.#nodes.map((node) => node.stop()));
    await this.clock.advance(60_000);
    await stopped;
  }
}

/** The other end of a connection, written byte by byte. */
export class RawP2pPeer {
  readonly channel: Channel;
  readonly #clock: FakeClock;
  readonly #decoder = new TextDecoder("latin1");
  /** All that has come, a character a byte. */
  text = "";
  /** Whether the node has hung up, and why. */
  isClosed = false;
  error: Error | undefined;

  constructor(channel: Channel, clock: FakeClock) {
    this.channel = channel;
    this.#clock = clock;
    channel.open({
      data: (chunk) => this.text += this.#decoder.decode(chunk),
      drain() {},
      end: () => void channel.close(),
      close: (error) => {
        this.isClosed = true;
        this.error = error;
      },
    });
  }

  /** Writes, and lets it arrive. */
  async write(...chunks: readonly (string | Uint8Array)[]): Promise<this> {
    for (const chunk of chunks) {
      const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
      this.channel.writer.bytes(bytes);
      this.channel.flush();
      await this.#clock.runMicrotasks();
    }
    return this;
  }

  /** Says who it is, as one that has connected. */
  greet(id = "raw:24301"): Promise<this> {
    return this.write(id);
  }

  async close(): Promise<void> {
    const closed = this.channel.close();
    await this.#clock.runMicrotasks();
    await closed;
  }
}
