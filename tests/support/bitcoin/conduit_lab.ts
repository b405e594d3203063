/**
 * A conduit among scripted nodes, on a clock of the test's own.
 *
 * @module
 */
import type { Broadcast } from "../../../core/bitcoin/broadcast.ts";
import type { BroadcastEvent } from "../../../core/bitcoin/broadcast_events.ts";
import type { BroadcastReport } from "../../../core/bitcoin/broadcast_report.ts";
import { Conduit } from "../../../core/bitcoin/conduit.ts";
import type { ConduitOptions, ConduitWorld } from "../../../core/bitcoin/conduit_options.ts";
import { FakeClock } from "../fake_clock.ts";
import { seededRandom } from "../seeded_random.ts";
import { MemoryNetwork } from "./memory_network.ts";
import { REGTEST, type Surroundings } from "./scripted_node.ts";

const MAX_REAL_MS = 10_000;

/** The place. */
export class ConduitLab implements AsyncDisposable, Surroundings {
  readonly clock = new FakeClock();
  readonly network = new MemoryNetwork();
  readonly #conduits: Conduit[] = [];
  #draws = 0;

  /** Makes a conduit. */
  conduit(
    options: Partial<ConduitOptions> = {},
    world: Partial<ConduitWorld> = {},
  ): Conduit {
    const conduit = new Conduit({ network: REGTEST, ...options }, {
      transport: this.network,
      clock: this.clock,
      random: seededRandom(1),
      randomBytes: (count) => new Uint8Array(count).fill(++this.#draws),
      ...world,
    });
    conduit.events.on("listenerFailed", ({ error }) => {
      throw error;
    });
    this.#conduits.push(conduit);
    return conduit;
  }

  /** Lets time pass until a promise settles, at most so long. */
  async until<T>(promise: PromiseLike<T>, maxMs = 300_000, stepMs = 50): Promise<T> {
    let isSettled = false;
    const settled = Promise.resolve(promise).finally(() => void (isSettled = true));
    settled.catch(() => {});
    await this.clock.runMicrotasks();
    for (let passed = 0, real = 0; !isSettled;) {
      if (passed >= maxMs) throw new Error(`Nothing has come of it in ${maxMs} ms`);
      if (real >= MAX_REAL_MS) throw new Error(`Nothing has come of it, and no timer is set`);
      if (this.clock.pendingTimers > 0) {
        await this.clock.advance(stepMs);
        passed += stepMs;
      } else {
        // Nobody waits for time: a file is being read or written.
        await new Promise((resolve) => setTimeout(resolve, 1));
        real++;
      }
    }
    return await settled;
  }

  /** Runs a broadcast to its end. */
  async run(
    broadcast: Broadcast,
  ): Promise<{ readonly report: BroadcastReport; readonly events: BroadcastEvent[] }> {
    const report = await this.until(broadcast);
    const events: BroadcastEvent[] = [];
    for await (const event of broadcast) events.push(event);
    return { report, events };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closing = Promise.all(this.#conduits.map((conduit) => conduit.close()));
    await this.until(closing);
  }
}
