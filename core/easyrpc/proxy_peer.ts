/**
 * An easyrpc proxy as a handler sees it: somebody who calls, and can't be called.
 *
 * @module
 */
import type { Address } from "../address.ts";
import type { Caller } from "../caller.ts";
import { SynapseError } from "../errors.ts";

/** Refuses every call, by name. */
export class ProxyPeer implements Caller {
  /** @inheritdoc */
  readonly info: undefined;
  /** @inheritdoc */
  readonly address: Address;

  /** @param address Where it is. */
  constructor(address: Address) {
    this.address = address;
  }

  /** @inheritdoc */
  call(method: string): Promise<never> {
    return Promise.reject(refusal(method));
  }

  /** @inheritdoc */
  stream(method: string): AsyncIterableIterator<never> {
    const refuse = (): Promise<never> => Promise.reject(refusal(method));
    return {
      next: refuse,
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  /** @inheritdoc */
  notify(method: string): void {
    throw refusal(method);
  }
}

function refusal(method: string): SynapseError {
  return new SynapseError(
    "not_supported",
    `Cannot call ${method} back as easyrpc's proxies answer no calls`,
  );
}
