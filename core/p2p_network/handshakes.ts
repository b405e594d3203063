/**
 * The connections that a node has accepted and that haven't said yet who they are: a bounded number, and the oldest gives way.
 *
 * @module
 */
import type { Channel, Clock } from "../channel.ts";
import { SynapseError } from "../errors.ts";
import { P2pHandshake, type P2pHandshakeOptions } from "./handshake.ts";
import type { P2pLimits } from "./limits.ts";

/** Waits for many peers to say who they are. */
export class P2pHandshakes {
  readonly #clock: Clock;
  readonly #limits: P2pLimits;
  /** In the order in which they came. */
  readonly #waiting = new Set<P2pHandshake>();

  /**
   * @param clock Time.
   * @param limits How many, and how long.
   */
  constructor(clock: Clock, limits: P2pLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /**
   * Waits for one more.
   *
   * @param channel Newly accepted.
   * @param options What to do then.
   */
  begin(
    channel: Channel,
    options: Pick<P2pHandshakeOptions, "greeted" | "failed">,
  ): P2pHandshake {
    const handshake: P2pHandshake = new P2pHandshake(channel, {
      clock: this.#clock,
      limits: this.#limits,
      isInbound: true,
      greeted: (greeting) => {
        this.#waiting.delete(handshake);
        options.greeted(greeting);
      },
      failed: (error) => {
        this.#waiting.delete(handshake);
        options.failed(error);
      },
    });
    this.#waiting.add(handshake);
    if (this.#waiting.size > this.#limits.maxHandshakes) {
      const [oldest] = this.#waiting;
      const reason = "Cannot wait for p2p handshake any longer as too many others are waited for";
      oldest.fail(new SynapseError("limit_exceeded", reason));
    }
    return handshake;
  }

  /** Ends them all. */
  close(reason: Error): void {
    for (const handshake of [...this.#waiting]) handshake.fail(reason);
  }
}
