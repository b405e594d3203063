/**
 * The generators that one connection reads, item by item, each when it is asked for.
 *
 * Real proxies never say that they have left a loop, and real servers keep such generators for ever: here one that
 * nobody reads is ended after a while, or when there are too many.
 *
 * @module
 */
import type { Clock } from "../channel.ts";
import { SynapseError } from "../errors.ts";
import type { RunningCall } from "../running_call.ts";
import type { StreamSource } from "../stream_writer.ts";

/** How long a generator waits for its reader. */
export const GENERATOR_IDLE_MS: number = 5 * 60_000;
/** Ends that can't have been seen yet. */
const MAX_UNSEEN_ENDS = 64;

const END: IteratorResult<unknown> = { done: true, value: undefined };
/** Why a generator is ended that its reader has not read to the end. */
const LEFT = new SynapseError("cancelled", "Cannot finish generator as nobody reads it any more");

interface OpenGenerator {
  readonly call: RunningCall;
  readonly iterator: AsyncIterator<unknown> | Iterator<unknown>;
  /** The step before. Generators of all kinds are asked for one item at a time. */
  last: Promise<unknown>;
  cancelTimer: () => void;
}

/** Generators by id, those unread for longest first. */
export class OpenGenerators {
  readonly #clock: Clock;
  readonly #max: number;
  readonly #open = new Map<string, OpenGenerator>();
  /** Those that have failed, and still owe their reader the mark of the end. */
  readonly #failed = new Set<string>();

  /**
   * @param clock For those that nobody reads.
   * @param max How many may be open. Another one ends the one that was unread for longest.
   */
  constructor(clock: Clock, max: number) {
    this.#clock = clock;
    this.#max = max;
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Takes one in.
   *
   * @param call What has made it, to be told when its reader has left.
   */
  add(id: string, source: StreamSource, call: RunningCall): void {
    this.end(id);
    this.#failed.delete(id);
    if (this.#open.size >= this.#max) this.end(this.#open.keys().next().value!);
    const iterator = Symbol.asyncIterator in source
      ? source[Symbol.asyncIterator]()
      : source[Symbol.iterator]();
    const generator = { call, iterator, last: Promise.resolve(), cancelTimer: () => {} };
    this.#keep(id, generator);
  }

  /**
   * Asks for the next item.
   *
   * @returns The item, or that there are no more.
   * @throws {SynapseError} `invalid_params` when there is no such generator. That, and what the generator throws, is
   * followed by the mark of the end, without which real proxies would ask on for ever.
   */
  async next(id: string): Promise<IteratorResult<unknown>> {
    const generator = this.#open.get(id);
    if (generator === undefined) {
      if (this.#failed.delete(id)) return END;
      this.fail(id);
      throw new SynapseError(
        "invalid_params",
        "Cannot read generator as it is not open: it was read to its end, or not read for too long",
      );
    }
    generator.cancelTimer();
    this.#open.delete(id);
    this.#keep(id, generator);
    const step = generator.last.then(() => generator.iterator.next());
    generator.last = step.catch(() => {});
    try {
      const result = await step;
      if (result.done) this.#forget(id, generator);
      return result;
    } catch (error) {
      this.#forget(id, generator);
      this.fail(id);
      throw error;
    }
  }

  /** Ends one, an error being its last item. */
  fail(id: string): void {
    this.end(id);
    this.#failed.add(id);
    if (this.#failed.size > MAX_UNSEEN_ENDS) {
      this.#failed.delete(this.#failed.values().next().value!);
    }
  }

  /** Ends all: what is in their `finally` runs. */
  clear(): void {
    for (const id of [...this.#open.keys()]) this.end(id);
    this.#failed.clear();
  }

  #keep(id: string, generator: OpenGenerator): void {
    this.#open.set(id, generator);
    generator.cancelTimer = this.#clock.after(GENERATOR_IDLE_MS, () => this.end(id));
  }

  #forget(id: string, generator: OpenGenerator): void {
    generator.cancelTimer();
    if (this.#open.get(id) === generator) this.#open.delete(id);
  }

  /** Ends one that nobody reads any more: what is in its `finally` runs. */
  end(id: string): void {
    const generator = this.#open.get(id);
    if (generator === undefined) return;
    this.#forget(id, generator);
    generator.call.cancel(LEFT);
    // What a generator does when it is left is nobody's business any more.
    generator.last.then(() => generator.iterator.return?.()).catch(() => {});
  }
}
