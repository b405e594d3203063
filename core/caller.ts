/**
 * What can be asked of a peer, whoever holds the connection: the dialling side, or a handler that
 * calls back.
 *
 * @module
 */
import type { Address } from "./address.ts";
import type { EndpointInfo } from "./endpoint_info.ts";
import type { Kwargs, PeerInfo } from "./message.ts";

/** How long a call may take, from dialling to the answer, where nothing else is said. */
export const DEFAULT_CALL_TIMEOUT_MS: number = 30_000;

/** What every call takes. */
export interface CallOptions {
  /** Gives up: the promise rejects with the signal's reason, and the handler's own signal is aborted. */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds for all of it, 30,000 by default. A stream has no deadline by default; where one is
   * given, it holds for each wait for an item. Infinity waits for ever.
   */
  readonly timeoutMs?: number;
  /** Keyword arguments, bound to the handler's parameters by name. */
  readonly kwargs?: Kwargs;
}

/** A peer that can be called. */
export interface Caller {
  /** Asks what it publishes, where that isn't just a call of `_synapse.methods`. */
  methods?(options?: CallOptions): Promise<EndpointInfo[]>;
  /** What the peer has said of itself; undefined while it has said nothing, as plain MessagePack-RPC peers do. */
  readonly info: PeerInfo | undefined;
  /** Where the peer is. */
  readonly address: Address;
  /**
   * Calls a function and waits for its result.
   *
   * @param method Its name.
   * @param args Positional arguments. Byte arrays of 16 KiB and more are sent without a copy: leave them as they
   * are until the call is answered.
   * @param options Signal, deadline, keyword arguments.
   * @returns The result.
   * @throws {RemoteError} What the function threw, with its code.
   * @throws {TimeoutError} `deadline_exceeded`.
   * @throws {TransportError} `connection_lost`; the call may or may not have run.
   * @throws {EncodeError} When an argument can't be sent.
   */
  call(method: string, args?: readonly unknown[], options?: CallOptions): Promise<unknown>;
  /**
   * Calls a function that streams. Leaving the loop early runs its `finally` over there.
   *
   * @param method Its name.
   * @param args Positional arguments.
   * @param options Signal, deadline for each item, keyword arguments.
   * @returns The items; of a function that doesn't stream, its result as the only one.
   */
  stream(
    method: string,
    args?: readonly unknown[],
    options?: CallOptions,
  ): AsyncIterableIterator<unknown>;
  /**
   * Calls a function without waiting for anything, or learning whether it exists.
   *
   * @param method Its name.
   * @param args Positional arguments.
   * @param kwargs Keyword arguments.
   * @throws {SynapseError} When the connection is gone, or the arguments can't be sent.
   */
  notify(method: string, args?: readonly unknown[], kwargs?: Kwargs): void;
}

/** What a handler registered with `{ context: true }` gets as its last argument. */
export interface CallContext {
  /** The peer that calls, for calling back. */
  readonly peer: Caller;
  /** Where the peer is. */
  readonly address: Address;
  /** Whose call it is: a public key, base64url; undefined where it isn't signed. */
  readonly key?: string;
  /** What it speaks. */
  readonly dialect: string;
  /** Aborted when the caller loses interest or the connection. */
  readonly signal: AbortSignal;
  /** The keyword arguments as they were sent. */
  readonly kwargs: Kwargs | undefined;
}
