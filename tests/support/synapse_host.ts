/**
 * What serves callers of synapse, without a node around it.
 *
 * @module
 */
import type { Acceptor, AcceptorHost, Conversation } from "../../core/acceptor.ts";
import type { Address } from "../../core/address.ts";
import type { Channel, Clock, DialOptions } from "../../core/channel.ts";
import { DEFAULT_EXTENSIONS } from "../../core/codecs/messagepack_extensions.ts";
import { SynapseFrameCodec } from "../../core/codecs/synapse_frame.ts";
import type { SynapseMessage } from "../../core/codecs/synapse_message.ts";
import { ByteWriter } from "../../core/codec.ts";
import { TransportError } from "../../core/errors.ts";
import { type Limits, resolveLimits } from "../../core/limits.ts";
import { Registry } from "../../core/registry.ts";
import { FakeClock } from "./fake_clock.ts";
import type { Endpoints } from "./pair.ts";
import { StubChannel } from "./stub_channel.ts";

/** What {@linkcode createHost} takes. */
export interface HostOptions {
  readonly clock?: Clock;
  readonly limits?: Partial<Limits>;
  readonly addresses?: readonly Address[];
  readonly dial?: (to: Address, options?: DialOptions) => Promise<Channel>;
}

/** A node, as acceptors see it. */
export function createHost(endpoints: Endpoints = {}, options: HostOptions = {}): AcceptorHost {
  const { clock = new FakeClock(), addresses = [] } = options;
  const registry = new Registry();
  for (const [name, entry] of Object.entries(endpoints)) {
    if (typeof entry === "function") registry.register(name, entry);
    else registry.register(name, entry[1], entry[0]);
  }
  return {
    registry,
    clock,
    random: () => 0.5,
    limits: resolveLimits(options.limits),
    extensions: DEFAULT_EXTENSIONS,
    self: () => ({ name: "node", namespace: "", window: 1 }),
    addresses: () => addresses,
    converse: () => {},
    connections: () => 0,
    traffic: () => [],
    dial: options.dial ?? ((to) => {
      const url = `tcp://${to.host}:${to.port}`;
      return Promise.reject(new TransportError("unreachable", url, "Nobody is there"));
    }),
  };
}

/** A connection to an acceptor, its other end played by the test. */
export class Visit {
  readonly channel: StubChannel = new StubChannel();
  readonly conversation: Conversation;

  constructor(acceptor: Acceptor, opening: Uint8Array = new Uint8Array(0)) {
    this.conversation = acceptor.accept(this.channel, opening.slice());
  }

  /** Sends, and waits for what that sets off. */
  async say(...chunks: readonly Uint8Array[]): Promise<this> {
    for (const chunk of chunks) this.channel.say(chunk);
    await new FakeClock().runMicrotasks();
    return this;
  }

  /** What was answered, as text. */
  get text(): string {
    return new TextDecoder().decode(this.channel.output);
  }

  /** What was answered, as frames. */
  get messages(): readonly SynapseMessage[] {
    return decodeFrames(this.channel.output);
  }

  /** Whether it was closed in good order, behind whatever was answered. */
  get isClosedWell(): boolean {
    return this.channel.closing !== undefined && this.channel.closing.reason === undefined;
  }

  /** The code of the error with which it was cut. */
  get cutBecause(): unknown {
    return (this.channel.closing?.reason as { code?: unknown } | undefined)?.code;
  }

  /** Closes the other end, too. */
  async leave(): Promise<void> {
    this.channel.cut();
    await this.conversation.closed;
  }
}

const CODEC = new SynapseFrameCodec();

/** Reads frames that must be whole. */
export function decodeFrames(bytes: Uint8Array): readonly SynapseMessage[] {
  const decoder = CODEC.decoder();
  const messages = decoder.push(bytes.slice());
  decoder.end();
  return messages;
}

/** Makes one frame. */
export function encodeFrame(message: SynapseMessage): Uint8Array {
  const writer = new ByteWriter();
  CODEC.encode(message, writer);
  return writer.toBytes();
}

/** Makes the frame of a request. */
export function callFrame(
  endpoint: string,
  args: readonly unknown[] = [],
  kwargs?: Readonly<Record<string, unknown>>,
): Uint8Array {
  return encodeFrame({ type: "request", endpoint, id: "1", args, kwargs });
}
