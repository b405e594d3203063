/**
 * Bitcoin nodes under a test's control: they shake hands, remember what they are told, and do what their kind does.
 *
 * @module
 */
import type { Channel, Clock, Listener } from "../../../core/channel.ts";
import { encodeFrame, FrameDecoder } from "../../../core/codecs/bitcoin/frame.ts";
import {
  type BitcoinCommand,
  type BitcoinMessage,
  type BitcoinMessageOf,
  decodeMessage,
  encodeMessage,
} from "../../../core/codecs/bitcoin/messages.ts";
import type { BitcoinNetwork } from "../../../core/codecs/bitcoin/networks.ts";
import { findNetwork } from "../../../core/codecs/bitcoin/networks.ts";
import { UNKNOWN_ADDRESS } from "../../../core/codecs/bitcoin/version.ts";
import type { MemoryNetwork } from "./memory_network.ts";

/** What a node says of itself. */
export interface NodeTraits {
  readonly network?: BitcoinNetwork;
  readonly agent?: string;
  readonly version?: number;
  readonly services?: bigint;
  readonly height?: number;
  readonly relay?: boolean;
  /** What it sends between `version` and `verack`. */
  readonly features?: readonly BitcoinMessage[];
}

/** Where nodes live. */
export interface Surroundings {
  readonly network: MemoryNetwork;
  readonly clock: Clock;
}

export const REGTEST: BitcoinNetwork = findNetwork("regtest")!;

/** A node. What it does beyond shaking hands, its subclasses say. */
export class ScriptedNode {
  readonly name: string;
  readonly traits: NodeTraits;
  readonly clock: Clock;
  /** Every connection that there was, in order. */
  readonly conversations: Conversation[] = [];
  #listener: Promise<Listener>;

  constructor({ network, clock }: Surroundings, name: string, traits: NodeTraits = {}) {
    this.name = name;
    this.clock = clock;
    this.traits = traits;
    this.#listener = network.serve(name, (channel) => {
      this.conversations.push(new Conversation(this, channel));
    });
  }

  get network(): BitcoinNetwork {
    return this.traits.network ?? REGTEST;
  }

  /** Connections that are open. */
  get open(): Conversation[] {
    return this.conversations.filter(({ isOpen }) => isOpen);
  }

  /** Takes connections no more, and cuts those that there are. */
  async die(): Promise<void> {
    await (await this.#listener).close();
    for (const conversation of this.open) conversation.cut();
  }

  /** A connection has been made. A node that dialled would speak first; this one waits. */
  connected(_conversation: Conversation): void {}

  /** The handshake is through. */
  ready(_conversation: Conversation): void {}

  /** Something was said that the handshake doesn't take care of. */
  heard(conversation: Conversation, message: BitcoinMessage): void {
    if (message.command === "ping") {
      conversation.send({ command: "pong", nonce: message.nonce! });
    }
  }

  /** What it answers a `version` with, before its `verack`. */
  introduce(conversation: Conversation): void {
    const { agent = "/scripted:1.0.0/", version = 70016, services = 9n } = this.traits;
    const { height = 100, relay = true, features = [] } = this.traits;
    conversation.send({
      command: "version",
      version,
      services,
      timeSec: BigInt(Math.floor(this.clock.unixMs() / 1_000)),
      receiver: UNKNOWN_ADDRESS,
      sender: UNKNOWN_ADDRESS,
      nonce: 0x1234n,
      agent,
      height,
      relay,
    });
    for (const feature of features) conversation.send(feature);
    conversation.send({ command: "verack" });
  }
}

/** One connection, as the node has it. */
export class Conversation {
  readonly node: ScriptedNode;
  readonly messages: BitcoinMessage[] = [];
  isOpen = true;
  isReady = false;
  /** Whether transactions are named by `wtxid`. */
  usesWtxid = false;
  readonly #channel: Channel;
  readonly #decoder: FrameDecoder;

  constructor(node: ScriptedNode, channel: Channel) {
    this.node = node;
    this.#channel = channel;
    this.#decoder = new FrameDecoder({ magic: node.network.magic });
    channel.open({
      data: (chunk) => this.#receive(chunk),
      drain: () => {},
      end: () => this.close(),
      close: () => void (this.isOpen = false),
    });
    node.connected(this);
  }

  /** Says something. */
  send(message: BitcoinMessage): void {
    this.sendPayload(message.command, encodeMessage(message));
  }

  /** Says anything. */
  sendPayload(command: string, payload: Uint8Array): void {
    this.sendBytes(encodeFrame(this.node.network, command, payload));
  }

  /** Sends bytes, of a message or not. */
  sendBytes(bytes: Uint8Array): void {
    if (!this.isOpen) return;
    this.#channel.writer.bytes(bytes);
    this.#channel.flush();
  }

  /** What was said with one command. */
  heard<C extends BitcoinCommand>(command: C): BitcoinMessageOf<C>[] {
    return this.messages.filter((message): message is BitcoinMessageOf<C> =>
      message.command === command
    );
  }

  /** The commands of all that was said, in order. */
  get commands(): string[] {
    return this.messages.map(({ command }) => command);
  }

  /** Takes nothing any more; until {@linkcode readOn}. */
  stopReading(): void {
    this.#channel.pause();
  }

  /** Takes what has been waiting, and what comes. */
  readOn(): void {
    this.#channel.resume();
  }

  /** Hangs up in good order. */
  close(): void {
    this.isOpen = false;
    this.#channel.close().catch(() => {});
  }

  /** Hangs up as who dies. */
  cut(): void {
    this.isOpen = false;
    this.#channel.close(new Error("cut")).catch(() => {});
  }

  #receive(chunk: Uint8Array): void {
    for (const { command, payload } of this.#decoder.push(chunk)) {
      const message = decodeMessage(command, payload);
      if ("unknown" in message) throw new Error(`the client said ${command}`);
      this.messages.push(message);
      this.#take(message);
    }
    if (this.#decoder.fault !== undefined) throw this.#decoder.fault;
  }

  #take(message: BitcoinMessage): void {
    switch (message.command) {
      case "version":
        return this.node.introduce(this);
      case "wtxidrelay":
        this.usesWtxid =
          this.node.traits.features?.some(({ command }) => command === "wtxidrelay") ?? false;
        return;
      case "sendaddrv2":
        return;
      case "verack":
        this.isReady = true;
        return this.node.ready(this);
      default:
        return this.node.heard(this, message);
    }
  }
}
