/**
 * Remote functions as local ones: `remote.fn.sum(1, 2)`, typed from a hand-written interface, checked
 * here against what the other side has published before anything is sent.
 *
 * @module
 */
import type { Caller } from "./caller.ts";
import { type EndpointInfo, parseEndpoints } from "./endpoint_info.ts";
import { RemoteError, SynapseError } from "./errors.ts";
import { createNamedFunctions } from "./named_functions.ts";
import { bindArguments, createSignature, type Signature } from "./signature.ts";

// deno-lint-ignore no-explicit-any -- parameters of an interface's functions may be anything
type AnyFunction = (...args: any[]) => unknown;

/** What an interface's function gives when it is called over there. */
export type RemoteResult<Result> = Awaited<Result> extends AsyncIterable<infer Item>
  ? AsyncIterableIterator<Item>
  : Awaited<Result> extends Iterator<infer Item> ? AsyncIterableIterator<Item>
  : Promise<Awaited<Result>>;

/** A remote's functions, typed as its interface has them; of one without an interface, any. */
export type TypedRemote<Api> = unknown extends Api
  ? Readonly<Record<string, (...args: unknown[]) => Invocation>>
  : {
    readonly [Name in keyof Api]: Api[Name] extends AnyFunction
      ? (...args: Parameters<Api[Name]>) => RemoteResult<ReturnType<Api[Name]>>
      : never;
  };

/** A call whose result may be awaited, or, where the function streams, looped over. */
export interface Invocation extends Promise<unknown>, AsyncIterable<unknown> {}

/**
 * Makes a caller's functions callable by name.
 *
 * The published signatures are fetched with the first call and then kept. A peer that publishes none,
 * such as a plain MessagePack-RPC one, is called unchecked.
 *
 * @param caller The peer.
 * @param onReplaced Gets what makes it forget the signatures, for when another peer may be there.
 * @returns An object that has every function but those that every object has.
 */
export function createProxy<Api = unknown>(
  caller: Caller,
  onReplaced?: (forget: () => void) => void,
): TypedRemote<Api> {
  let signatures: Promise<ReadonlyMap<string, Signature>> | undefined;
  const forget = (): void => void (signatures = undefined);
  onReplaced?.(forget);
  const load = (): Promise<ReadonlyMap<string, Signature>> => {
    const fetched = fetchSignatures(caller);
    fetched.catch(() => signatures === fetched && forget());
    return fetched;
  };
  const lookUp = async (method: string): Promise<Signature | undefined> =>
    (await (signatures ??= load())).get(method);
  return createNamedFunctions<Invocation>((method, args) =>
    new PendingInvocation(caller, method, args, lookUp(method))
  ) as TypedRemote<Api>;
}

async function fetchSignatures(caller: Caller): Promise<ReadonlyMap<string, Signature>> {
  let endpoints: readonly EndpointInfo[];
  try {
    endpoints = await caller.methods?.() ?? parseEndpoints(await caller.call("_synapse.methods"));
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    return new Map();
  }
  return new Map(
    endpoints.map(({ name, parameters, stream }) => [name, createSignature(parameters, stream)]),
  );
}

/** What comes of a call that was not made, as it would have to be looped over. */
const STREAMS = Symbol("streams");

/** Calls, or streams where it is looped over; checked first either way. */
class PendingInvocation implements Invocation {
  readonly [Symbol.toStringTag] = "Invocation";
  readonly #caller: Caller;
  readonly #method: string;
  readonly #args: readonly unknown[];
  readonly #signature: Promise<Signature | undefined>;
  readonly #result: Promise<unknown>;
  #isLooped = false;

  constructor(
    caller: Caller,
    method: string,
    args: readonly unknown[],
    signature: Promise<Signature | undefined>,
  ) {
    this.#caller = caller;
    this.#method = method;
    this.#args = args;
    this.#signature = signature;
    // Awaited or not, and in the order in which they were made. `for await` asks for the iterator in the
    // turn that made the call: a later turn knows which it is.
    this.#result = signature.then(
      (known) => this.#isLooped ? undefined : this.#call(known),
      (error) => {
        if (!this.#isLooped) throw error;
      },
    );
  }

  then<Result = unknown, Failure = never>(
    onResult?: ((value: unknown) => Result | PromiseLike<Result>) | null,
    onError?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Result | Failure> {
    return this.#awaited().then(onResult, onError);
  }

  catch<Failure = never>(
    onError?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<unknown> {
    return this.#awaited().catch(onError);
  }

  finally(onDone?: (() => void) | null): Promise<unknown> {
    return this.#awaited().finally(onDone);
  }

  [Symbol.asyncIterator](): AsyncGenerator<unknown> {
    this.#isLooped = true;
    return this.#items();
  }

  async *#items(): AsyncGenerator<unknown> {
    this.#check(await this.#signature);
    yield* this.#caller.stream(this.#method, this.#args);
  }

  #call(signature: Signature | undefined): Promise<unknown> | typeof STREAMS {
    if (signature?.stream) return STREAMS;
    this.#check(signature);
    return this.#caller.call(this.#method, this.#args);
  }

  async #awaited(): Promise<unknown> {
    const result = await this.#result;
    if (result !== STREAMS) return result;
    throw new SynapseError(
      "not_supported",
      `Cannot await ${this.#method} as it streams its results: loop over it with for await`,
    );
  }

  #check(signature: Signature | undefined): void {
    if (signature !== undefined) bindArguments(this.#method, signature, this.#args);
  }
}
