/**
 * Asks those that a node is connected to whom they know, and measures how long they take to answer.
 *
 * @module
 */
import type { Caller } from "../caller.ts";
import type { Clock } from "../channel.ts";
import { RemoteError } from "../errors.ts";
import { type Latency, smoothLatency } from "../latency.ts";
import { peerHandle } from "../peer.ts";
import { isNamespaceName, isPeerName } from "../peer_observation.ts";

/** What is known of a neighbour. */
export interface Neighbour {
  /** Round-trip times; undefined until it has answered. */
  readonly latency: Latency | undefined;
  /** Handles of those that it knows. */
  readonly knows: readonly string[];
}

interface Survey extends Neighbour {
  askedMs: number;
  isAsking: boolean;
}

/** A picture shows no more. */
const MAX_NEIGHBOURS = 32;
/** Of one neighbour. */
const MAX_KNOWN = 32;
const INTERVAL_MS = 5_000;
const TIMEOUT_MS = 4_000;

/** Asks each of them every few seconds. */
export class NeighbourSurvey {
  readonly #clock: Clock;
  readonly #surveys = new WeakMap<Caller, Survey>();

  /** @param clock Time. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Asks those whose turn it is.
   *
   * @param callers Who is connected. Only the first 32 of those that have introduced themselves are asked: others
   * may take a call for an offence, or dial for it.
   */
  ask(callers: readonly Caller[]): void {
    let asked = 0;
    for (const caller of callers) {
      if (caller.info === undefined) continue;
      if (++asked > MAX_NEIGHBOURS) return;
      const survey = this.#surveys.get(caller);
      const isDue = survey === undefined ||
        (!survey.isAsking && this.#clock.now() - survey.askedMs >= INTERVAL_MS);
      // It is never rejected.
      if (isDue) void this.#ask(caller, survey);
    }
  }

  /**
   * What is known of one.
   *
   * @param caller Who is connected.
   */
  of(caller: Caller): Neighbour | undefined {
    return this.#surveys.get(caller);
  }

  async #ask(caller: Caller, before: Survey | undefined): Promise<void> {
    const askedMs = this.#clock.now();
    const { latency, knows = [] } = before ?? {};
    this.#surveys.set(caller, { latency, knows, askedMs, isAsking: true });
    const answer = await caller.call("_synapse.peers", [], { timeoutMs: TIMEOUT_MS })
      .catch((error) => error);
    // Who doesn't know the function has answered, too.
    const hasAnswered = !(answer instanceof Error) || answer instanceof RemoteError;
    const tookMs = this.#clock.now() - askedMs;
    this.#surveys.set(caller, {
      latency: hasAnswered ? smoothLatency(latency, tookMs) : latency,
      knows: hasAnswered ? readHandles(answer) : knows,
      askedMs,
      isAsking: false,
    });
  }
}

function readHandles(answer: unknown): string[] {
  if (!Array.isArray(answer)) return [];
  return answer.slice(0, MAX_KNOWN).flatMap((entry) => {
    const { name, namespace } = (entry ?? {}) as Record<string, unknown>;
    return isPeerName(name) && isNamespaceName(namespace) ? [peerHandle({ name, namespace })] : [];
  });
}
