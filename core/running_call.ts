/**
 * A call that a peer has made and that could not be answered at once.
 *
 * @module
 */
import type { SynapseError } from "./errors.ts";
import type { StreamWriter } from "./stream_writer.ts";

/** One call being worked on. */
export class RunningCall {
  /** Set once it has turned out to stream. */
  stream: StreamWriter | undefined;
  #controller: AbortController | undefined;
  #reason: SynapseError | undefined;

  /** Whether nobody waits for the answer any more. */
  get isCancelled(): boolean {
    return this.#reason !== undefined;
  }

  /** Aborted when the caller loses interest or the connection. Made when the handler first asks for it. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  /**
   * Ends it from outside.
   *
   * @param reason Becomes the signal's reason.
   */
  cancel(reason: SynapseError): void {
    this.#reason ??= reason;
    this.#controller?.abort(this.#reason);
    this.stream?.stop();
  }
}
