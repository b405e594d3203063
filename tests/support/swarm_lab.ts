/**
 * A swarm in memory, on a clock that stands still.
 *
 * @module
 */
import { type Address, formatAddress, parseAddress } from "../../core/address.ts";
import type { Channel } from "../../core/channel.ts";
import type { Limits } from "../../core/limits.ts";
import { createSynapseAcceptor, type SynapseAcceptor } from "../../core/synapse/acceptor.ts";
import type { SwarmReply } from "../../core/synapse/broadcasts.ts";
import type { Swarm, SwarmProfile } from "../../core/synapse/swarm.ts";
import { MemoryTransport } from "../../transports/memory.ts";
import { FakeClock } from "./fake_clock.ts";
import type { Endpoints } from "./pair.ts";
import { createHost, decodeFrames } from "./synapse_host.ts";
import { StubChannel } from "./stub_channel.ts";

/** What a member is given besides its name. */
export interface MemberOptions {
  readonly profile?: Partial<SwarmProfile>;
  readonly endpoints?: Endpoints;
  readonly limits?: Partial<Limits>;
}

/** A member, and what it has heard, in order. */
export class Member {
  readonly acceptor: SynapseAcceptor;
  /** As in `joined bob`, `offline bob`, `reply 42 of bob`. */
  readonly log: string[] = [];
  readonly replies: SwarmReply[] = [];

  constructor(lab: SwarmLab, name: string, { profile, endpoints, limits }: MemberOptions) {
    const host = createHost(endpoints, {
      clock: lab.clock,
      limits,
      addresses: [placeOf(name)],
      dial: (to, options) => lab.dial(name, to, options?.signal),
    });
    this.acceptor = createSynapseAcceptor(host, {
      profile: { id: `${name}-id`, name, ...profile },
      onPeerJoined: (peer) => this.log.push(`joined ${peer.name}`),
      onPeerOffline: (peer) => this.log.push(`offline ${peer.name}`),
      onBroadcast: ({ endpoint, origin }) => this.log.push(`${endpoint} from ${origin.name}`),
      onReply: (reply) => this.replies.push(reply),
      onConversationEvent: ({ kind, peer }) => this.log.push(`${kind} of ${peer.name}`),
    });
  }

  get swarm(): Swarm {
    return this.acceptor.swarm;
  }

  /** Names of those known. */
  get peers(): string[] {
    return this.swarm.peers.map(({ name }) => name).toSorted();
  }
}

/** Members, and the wires between them. */
export class SwarmLab implements AsyncDisposable {
  readonly clock = new FakeClock();
  /** Connections made, as in `alice -> bob`. */
  readonly dials: string[] = [];
  readonly #transport = new MemoryTransport();
  readonly #members: Member[] = [];

  /** Adds somebody whom nobody knows. */
  async add(name: string, options: MemberOptions = {}): Promise<Member> {
    const member = new Member(this, name, options);
    await this.#transport.listen(parseAddress(`memory://${name}`), (channel) => {
      member.acceptor.accept(channel, new Uint8Array(0));
    });
    this.#members.push(member);
    return member;
  }

  /** Adds a place where somebody takes connections and never answers. */
  async addSilent(name: string): Promise<void> {
    const sink = { data() {}, drain() {}, end() {}, close() {} };
    await this.#transport.listen(parseAddress(`memory://${name}`), (channel) => channel.open(sink));
  }

  dial(from: string, to: Address, signal?: AbortSignal): Promise<Channel> {
    this.dials.push(`${from} -> ${to.host}`);
    return this.#transport.dial(parseAddress(`memory://${to.host}`), { signal });
  }

  /** How many connections were made since the last look. */
  countDials(): number {
    return this.dials.splice(0).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#members.map(({ acceptor }) => acceptor.close?.()));
    await this.clock.advance(60_000);
  }
}

/** Where a member of that name is. */
export function placeOf(name: string): Address {
  return { scheme: "tcp", host: name, port: 1, path: "" };
}

/** The map in which somebody tells of itself. */
export function peerMap(name: string, fields: object = {}): Readonly<Record<string, unknown>> {
  return { id: `${name}-id`, address: name, port: 1, team: "default", name, ...fields };
}

/** Asks a member one thing, without being one. @returns The result, or the error's code. */
export async function ask(member: Member, request: Uint8Array): Promise<unknown> {
  const channel = new StubChannel();
  const { closed } = member.acceptor.accept(channel, request.slice());
  await new FakeClock().runMicrotasks();
  const [message] = decodeFrames(channel.output);
  channel.cut();
  await closed;
  if (message.type !== "response") throw new Error(`no answer at ${formatAddress(channel.local)}`);
  return message.ok ? message.result : message.error?.code;
}
