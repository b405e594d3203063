/**
 * Finds out what a new connection speaks, by its first bytes, however they were cut; then it is out of the way.
 *
 * @module
 */
import type { Acceptor, Conversation } from "./acceptor.ts";
import type { Address } from "./address.ts";
import type { Channel, Clock } from "./channel.ts";
import { createDeferred, type Deferred } from "./deferred.ts";
import { describeOpening } from "./dialects/foreign.ts";
import { SynapseError } from "./errors.ts";
import type { Limits } from "./limits.ts";

/** What {@linkcode Detection} takes. */
export interface DetectionOptions {
  /** What is spoken here. The first that recognises a connection gets it. */
  readonly acceptors: readonly Acceptor[];
  /**
   * Gets a connection that has said nothing at all in time, which need not be a fault: who has connected may wait for
   * a person, or to be called. It is refused where left out.
   */
  readonly whenSilent?: Acceptor;
  readonly clock: Clock;
  readonly limits: Pick<Limits, "detectionBytes" | "detectionMs">;
  /** It is known who takes the connection over. */
  recognised(acceptor: Acceptor, opening: Uint8Array): void;
  /** Nobody does, and the channel is closed. */
  refused(error: SynapseError): void;
}

const NOTHING = new Uint8Array();

/** A connection of which nothing is known yet. */
export class Detection implements Conversation {
  readonly #channel: Channel;
  readonly #options: DetectionOptions;
  readonly #decided: Deferred<void> = createDeferred();
  readonly #cancelDeadline: () => void;
  #candidates: readonly Acceptor[];
  #opening: Uint8Array = NOTHING;
  #isDecided = false;

  /**
   * Begins to read.
   *
   * @param channel Newly accepted.
   * @param options Who could take it.
   */
  constructor(channel: Channel, options: DetectionOptions) {
    const { clock, limits: { detectionMs }, acceptors } = options;
    this.#channel = channel;
    this.#options = options;
    this.#candidates = acceptors;
    this.#cancelDeadline = clock.after(detectionMs, () => this.#late());
    channel.open({
      data: (chunk) => this.#take(chunk),
      drain: () => {},
      end: () => this.#ended(),
      close: () => this.#decide(),
    });
  }

  /** @inheritdoc */
  get address(): Address {
    return this.#channel.remote;
  }

  /** Settles when somebody has taken the connection over, or it is over. */
  get closed(): Promise<void> {
    return this.#decided.promise;
  }

  /** Closes the connection at once: nobody waits for anything yet. */
  async close(): Promise<void> {
    this.#decide();
    await this.#channel.close();
  }

  #take(chunk: Uint8Array): void {
    if (this.#isDecided) return;
    this.#opening = this.#opening.length === 0 ? chunk : join(this.#opening, chunk);
    const { detectionBytes } = this.#options.limits;
    const looked = this.#opening.subarray(0, detectionBytes);
    const undecided: Acceptor[] = [];
    for (const acceptor of this.#candidates) {
      const isItsOwn = acceptor.recognise(looked);
      if (isItsOwn === true) return this.#handOver(acceptor);
      if (isItsOwn === undefined) undecided.push(acceptor);
    }
    this.#candidates = undecided;
    if (undecided.length === 0 || looked.length >= detectionBytes) {
      this.#refuse("nothing that is spoken here begins so");
    }
  }

  #late(): void {
    const { whenSilent, limits: { detectionMs } } = this.#options;
    if (this.#opening.length === 0 && whenSilent !== undefined) return this.#handOver(whenSilent);
    this.#refuse(`it hasn't said enough in ${detectionMs} ms to tell`);
  }

  #handOver(acceptor: Acceptor): void {
    this.#decide();
    this.#options.recognised(acceptor, this.#opening);
  }

  /** Who hangs up before the first byte has only looked whether somebody listens. */
  #ended(): void {
    if (this.#opening.length > 0) return this.#refuse("it ended too soon to tell");
    this.close().catch(() => {});
  }

  #refuse(reason: string): void {
    if (this.#isDecided) return;
    this.#decide();
    const error = new SynapseError(
      "protocol_error",
      `Cannot serve connection as ${reason}: got ${describeOpening(this.#opening)}`,
    );
    this.#channel.close(error).catch(() => {});
    this.#options.refused(error);
  }

  #decide(): void {
    this.#isDecided = true;
    this.#cancelDeadline();
    this.#decided.resolve();
  }
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
