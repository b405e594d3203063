/**
 * What the members of a swarm say to all: calls of a function of each, the replies to them, and events of the
 * conversation that follows. Replies and events are handed on by everybody who hears them for the first time.
 *
 * @module
 */
import type { Clock, Random } from "../channel.ts";
import { SynapseError } from "../errors.ts";
import type { Kwargs } from "../message.ts";
import { Seen } from "./seen.ts";
import type { SwarmCall, SwarmCalls } from "./swarm_calls.ts";
import { formatSwarmPeer, isMap, isText, parseSwarmPeer, type SwarmPeer } from "./swarm_peer.ts";
import type { SwarmPeers } from "./swarm_peers.ts";

/** A call to everybody; what a function with a parameter named `broadcast` gets there. */
export interface SwarmBroadcast {
  /** Its id, and that of the conversation that follows. */
  readonly nonce: string;
  /** Who has made it, and gets the replies. */
  readonly origin: SwarmPeer;
  /** The function that is called. */
  readonly endpoint: string;
}

/** What somebody replies to a broadcast. */
export interface SwarmReply {
  /** The broadcast's. */
  readonly nonce: string;
  readonly peer: SwarmPeer;
  readonly result: unknown;
}

/** Something else that is said about a broadcast: `ack`, `error`, or a word of the application's own. */
export interface SwarmConversationEvent {
  /** The broadcast's nonce. */
  readonly conversationId: string;
  readonly eventId: string;
  readonly kind: string;
  readonly peer: SwarmPeer;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What is heard. None of these may throw. */
export interface BroadcastEvents {
  /** Somebody has called everybody; the function gets the call as well. */
  readonly onBroadcast?: (broadcast: SwarmBroadcast) => void;
  /** Somebody has replied to a broadcast, ours or not. */
  readonly onReply?: (reply: SwarmReply) => void;
  /** Somebody has said something else about one. */
  readonly onConversationEvent?: (event: SwarmConversationEvent) => void;
}

/** What {@linkcode Broadcasts} takes. */
export interface BroadcastsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly peers: SwarmPeers;
  readonly calls: SwarmCalls;
  readonly events: BroadcastEvents;
  /** The node itself, as others know it. */
  self(): SwarmPeer;
}

/** Replies and events that are recognised when they come round again: minutes of a busy swarm. */
const MAX_SEEN = 20_000;

/** Says things to all, and hears what is said. */
export class Broadcasts {
  readonly #options: BroadcastsOptions;
  readonly #seenReplies = new Seen(MAX_SEEN);
  readonly #seenEvents = new Seen(MAX_SEEN);

  /** @param options The node. */
  constructor(options: BroadcastsOptions) {
    this.#options = options;
  }

  /**
   * Calls a function of everybody known.
   *
   * @param endpoint The function.
   * @param args Positional arguments.
   * @param kwargs Keyword arguments besides `broadcast`.
   * @returns What replies are known by, once each has taken the call or can't be reached.
   * @throws {EncodeError} When an argument can't be sent.
   */
  async send(
    endpoint: string,
    args: readonly unknown[] = [],
    kwargs: Kwargs = {},
  ): Promise<SwarmBroadcast> {
    const { peers, calls, random, self } = this.#options;
    const origin = self();
    const broadcast = { nonce: createNonce(random), origin, endpoint };
    this.#seenEvents.add(broadcast.nonce);
    const ours = { broadcast: { ...broadcast, origin: formatSwarmPeer(origin) } };
    // First, as real programs write it.
    const call = { method: endpoint, args, kwargs: Object.assign({ ...ours }, kwargs, ours) };
    await calls.callEach(others(peers.list(), origin.id), call);
    return broadcast;
  }

  /**
   * Replies to a broadcast: tells its origin, and everybody known.
   *
   * @param broadcast What the function got.
   * @param result What to say.
   * @returns Settles when each has heard it, or can't be reached.
   * @throws {EncodeError} When the result can't be sent.
   */
  async reply({ nonce, origin }: SwarmBroadcast, result: unknown): Promise<void> {
    const { peers, calls, self } = this.#options;
    const me = self();
    this.#seenReplies.add(replyKey(nonce, me.id));
    await calls.callEach(others([origin, ...peers.list()], me.id), replyCall(nonce, me, result));
  }

  /**
   * Looks at the keyword arguments of a call for a sign that it was made to everybody.
   *
   * @param kwargs What was sent.
   * @returns What the function is to get.
   * @throws {SynapseError} `bad_request` from another swarm or team; `internal_error` when it is malformed.
   */
  admit(kwargs: Kwargs): Kwargs {
    if (!isMap(kwargs.broadcast)) return kwargs;
    const { clock, peers, events } = this.#options;
    const { nonce, origin, endpoint } = kwargs.broadcast;
    if (!isText(nonce) || !isText(endpoint)) throw malformed("broadcast");
    const broadcast = { nonce, origin: parseSwarmPeer(origin, clock.unixMs()), endpoint };
    peers.hear(broadcast.origin);
    if (this.#seenEvents.add(nonce)) events.onBroadcast?.(broadcast);
    return { ...kwargs, broadcast };
  }

  /**
   * Takes somebody's reply, and hands it on.
   *
   * @throws {SynapseError} As {@linkcode admit}.
   */
  takeReply(nonce: unknown, peer: unknown, result: unknown): void {
    const { clock, peers, events } = this.#options;
    const from = parseSwarmPeer(peer, clock.unixMs());
    if (!isText(nonce)) throw malformed("reply");
    peers.hear(from);
    if (!this.#seenReplies.add(replyKey(nonce, from.id))) return;
    events.onReply?.({ nonce, peer: from, result });
    this.#handOn(from, replyCall(nonce, from, result));
  }

  /**
   * Takes an event, and hands it on.
   *
   * @returns Whether it was new.
   * @throws {SynapseError} As {@linkcode admit}.
   */
  takeEvent(value: unknown): boolean {
    const { clock, peers, events } = this.#options;
    if (!isMap(value)) throw malformed("event");
    const { conversation_id, event_id, kind, payload = {} } = value;
    if (!isText(conversation_id) || !isText(event_id) || !isText(kind) || !isMap(payload)) {
      throw malformed("event");
    }
    const peer = parseSwarmPeer(value.peer, clock.unixMs());
    peers.hear(peer);
    if (!this.#seenEvents.add(event_id)) return false;
    const event = { conversationId: conversation_id, eventId: event_id, kind, peer, payload };
    events.onConversationEvent?.(event);
    this.#handOn(peer, { method: "_synapse.conversation.event", args: [value] });
    return true;
  }

  /** Where too much is waiting already, others have to do it. */
  #handOn(from: SwarmPeer, call: SwarmCall): void {
    const { peers, calls, self } = this.#options;
    const recipients = others(peers.list(), self().id).filter(({ id }) => id !== from.id);
    calls.callEach(recipients, call).catch(() => {});
  }
}

function replyCall(nonce: string, peer: SwarmPeer, result: unknown): SwarmCall {
  const args = [nonce, formatSwarmPeer(peer)];
  return { method: "_synapse.broadcast.reply", args, kwargs: { result } };
}

function replyKey(nonce: string, id: string): string {
  return `${nonce} ${id}`;
}

function others(peers: readonly SwarmPeer[], id: string): SwarmPeer[] {
  return peers.filter((peer) => peer.id !== id);
}

/** A UUID of version 4, as real programs take it. */
function createNonce(random: Random): string {
  return "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".replace(/[xy]/g, (place) => {
    const digit = Math.floor(random() * 16);
    return (place === "x" ? digit : 8 | digit & 3).toString(16);
  });
}

function malformed(what: string): SynapseError {
  return new SynapseError("internal_error", `Cannot take ${what} as a field is missing or no text`);
}
