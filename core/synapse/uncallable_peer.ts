/**
 * A peer whose connection carries one call, and that one is its own.
 *
 * @module
 */
import type { Address } from "../address.ts";
import type { Caller } from "../caller.ts";
import { SynapseError } from "../errors.ts";

/** Stands for the peer in a handler's context. Whatever is asked of it is `not_supported`. */
export class UncallablePeer implements Caller {
  readonly info: undefined;
  readonly address: Address;
  readonly #dialect: string;

  /**
   * @param address Where it is.
   * @param dialect What it speaks.
   */
  constructor(address: Address, dialect: string) {
    this.address = address;
    this.#dialect = dialect;
  }

  /** @inheritdoc */
  call(method: string): Promise<never> {
    return Promise.reject(this.#refusal(method));
  }

  /** @inheritdoc */
  stream(method: string): never {
    throw this.#refusal(method);
  }

  /** @inheritdoc */
  notify(method: string): never {
    throw this.#refusal(method);
  }

  #refusal(method: string): SynapseError {
    return new SynapseError(
      "not_supported",
      `Cannot call ${method} back as a connection of ${this.#dialect} carries one call alone`,
    );
  }
}
