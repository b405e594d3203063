/**
 * A typed event emitter that no listener can break.
 *
 * @module
 */

/** Gets what listeners throw. */
export type ListenerErrorHandler = (error: unknown, name: string) => void;

/** What {@linkcode Emitter.once} takes. */
export interface OnceOptions {
  /** Stops waiting; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

interface Subscription {
  readonly listener: (payload: never) => unknown;
  active: boolean;
}

/**
 * Calls listeners by the name of an event, in the order in which they came.
 *
 * @typeParam Events Names of events, and what each carries.
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const emitter = new Emitter<{ greeted: string }>((error) => {
 *   throw error;
 * });
 * const heard: string[] = [];
 * const unsubscribe = emitter.on("greeted", (name) => heard.push(name));
 * emitter.emit("greeted", "Alice");
 * unsubscribe();
 * emitter.emit("greeted", "Bob");
 * assertEquals(heard, ["Alice"]);
 * ```
 */
export class Emitter<Events extends { [Name in keyof Events]: unknown }> {
  readonly #onError: ListenerErrorHandler;
  /** Lists are replaced, never changed: `emit` walks one while listeners come and go. */
  readonly #subscriptions = new Map<string, readonly Subscription[]>();

  /**
   * @param onError Gets what a listener throws, or what its promise rejects with. Must not throw.
   */
  constructor(onError: ListenerErrorHandler) {
    this.#onError = onError;
  }

  /**
   * Listens until told to stop.
   *
   * @param name The event.
   * @param listener Called with what each event carries. The same function may listen twice.
   * @returns Stops listening, even for an event that is just going round. Safe to call twice.
   */
  on<Name extends keyof Events & string>(
    name: Name,
    listener: (payload: Events[Name]) => unknown,
  ): () => void {
    const subscription: Subscription = { listener, active: true };
    this.#subscriptions.set(name, [...this.#subscriptions.get(name) ?? [], subscription]);
    return () => {
      if (!subscription.active) return;
      subscription.active = false;
      const left = this.#subscriptions.get(name)!.filter((other) => other !== subscription);
      if (left.length > 0) this.#subscriptions.set(name, left);
      else this.#subscriptions.delete(name);
    };
  }

  /**
   * Waits for one event.
   *
   * @param name The event.
   * @param options A signal to stop waiting.
   * @returns What the next such event carries.
   */
  once<Name extends keyof Events & string>(
    name: Name,
    options: OnceOptions = {},
  ): Promise<Events[Name]> {
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const settle = () => {
        unsubscribe();
        signal?.removeEventListener("abort", abort);
      };
      const abort = () => {
        settle();
        reject(signal?.reason);
      };
      const unsubscribe = this.on(name, (payload) => {
        settle();
        resolve(payload);
      });
      signal?.addEventListener("abort", abort);
    });
  }

  /**
   * Tells everybody who listens now. A listener that joins meanwhile gets the next event.
   *
   * @param name The event.
   * @param payload What it carries.
   * @returns Whether anybody listened.
   */
  emit<Name extends keyof Events & string>(name: Name, payload: Events[Name]): boolean {
    const subscriptions = this.#subscriptions.get(name);
    if (subscriptions === undefined) return false;
    for (const subscription of subscriptions) {
      if (subscription.active) this.#tell(subscription, name, payload);
    }
    return true;
  }

  #tell(subscription: Subscription, name: string, payload: unknown): void {
    try {
      const result = subscription.listener(payload as never);
      if (result instanceof Promise) result.catch((error) => this.#onError(error, name));
    } catch (error) {
      this.#onError(error, name);
    }
  }
}
