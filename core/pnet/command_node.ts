/**
 * pnet's command node: functions with arguments and results, called by name.
 *
 * Each travels as JSON over the function `handle` of an advanced node. Its functions are those of a
 * registry, so that a Synapse node publishes to pnet what it publishes elsewhere.
 *
 * @module
 */
import { type CallContext, type CallOptions, DEFAULT_CALL_TIMEOUT_MS } from "../caller.ts";
import { withDeadline } from "../deadline.ts";
import { SynapseError } from "../errors.ts";
import type { Kwargs } from "../message.ts";
import type { EndpointOptions, Handler } from "../endpoint.ts";
import { Registry } from "../registry.ts";
import { isStream } from "../stream_writer.ts";
import { PnetAdvancedNode, type PnetAdvancedNodeOptions, type PnetCall } from "./advanced_node.ts";
import {
  decodeInvocation,
  decodeResult,
  encodeFailure,
  encodeInvocation,
  encodeResult,
  encodeUnknownFunction,
  type PnetInvocation,
} from "./command_message.ts";
import { askEach, type PnetOutcomes } from "./fan_out.ts";
import type { PnetMember } from "./member.ts";
import { PnetRemotePeer, PnetRemotePeers } from "./remote_peer.ts";
import { isWhole, readAll, toBytes } from "./transfer_data.ts";

/** What {@linkcode PnetCommandNode} takes. */
export interface PnetCommandNodeOptions extends PnetAdvancedNodeOptions {
  /** Functions that it publishes; by default a registry of its own. */
  readonly registry?: Registry;
}

const HANDLE = "handle";
const UTF8 = new TextEncoder();
const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true });

/** A node whose functions are called by name. */
export class PnetCommandNode {
  /** Its place in the network. */
  readonly member: PnetMember;
  /** Functions that it publishes. */
  readonly registry: Registry;
  readonly #advanced: PnetAdvancedNode;

  /**
   * @param member Its place in the network, which serves this node from now on.
   * @param options Functions, chunk size.
   */
  constructor(member: PnetMember, options: PnetCommandNodeOptions = {}) {
    this.member = member;
    this.registry = options.registry ?? new Registry();
    this.#advanced = new PnetAdvancedNode(member, options);
    this.#advanced.register(
      HANDLE,
      (_node, originator, input, call) => this.#handle(originator, input, call),
    );
  }

  /**
   * Publishes a function; one of the same name is replaced.
   *
   * @param name As callers name it.
   * @param handler The function. One that streams can't be called from pnet.
   * @param options Description, schemas, context.
   */
  register(name: string, handler: Handler, options?: EndpointOptions): this {
    this.registry.register(name, handler, options);
    return this;
  }

  /**
   * Several nodes, as something to call.
   *
   * @param names Their names, or `*` for all that are known when a function is called.
   */
  target(names: "*" | readonly string[]): PnetRemotePeers;
  /**
   * One node, as something to call.
   *
   * @param name Its name. A call waits for its advert where none has come yet.
   */
  target(name: string): PnetRemotePeer;
  target(target: string | readonly string[]): PnetRemotePeer | PnetRemotePeers {
    if (typeof target === "string" && target !== "*") {
      return this.#peer(target);
    }
    const { peers, limits } = this.member;
    return new PnetRemotePeers((method, args, options): Promise<PnetOutcomes<unknown>> =>
      askEach(
        typeof target === "string" ? peers.names : target,
        limits.maxTargetsAtOnce,
        (name) => this.#invoke(name, method, args, options),
      )
    );
  }

  #peer(name: string): PnetRemotePeer {
    return new PnetRemotePeer(name, this.member, (...call) => this.#invoke(...call));
  }

  /** One deadline covers all connections of a call. */
  async #invoke(
    target: string,
    functionName: string,
    args: readonly unknown[],
    options: CallOptions,
  ): Promise<unknown> {
    const { timeoutMs = DEFAULT_CALL_TIMEOUT_MS, signal, kwargs = {} } = options;
    const request = encodeInvocation({ functionName, args, kwargs });
    const { clock, limits } = this.member;
    return await withDeadline(
      { clock, timeoutMs, signal, operation: `call ${functionName} of ${target}` },
      async (signal) => {
        const result = await this.#advanced.send(target, HANDLE, request, {
          signal,
          timeoutMs: Infinity,
        });
        const bytes = isWhole(result)
          ? toBytes(result)
          : await readAll(result, limits.maxCommandBytes);
        return decodeResult(functionName, STRICT_UTF8.decode(bytes));
      },
    );
  }

  /** A real caller takes nothing but a stream for an answer, and no answer at all where a function throws. */
  async *#handle(
    originator: string,
    input: ReadableStream<Uint8Array>,
    call: PnetCall,
  ): AsyncGenerator<Uint8Array> {
    let answer: string;
    try {
      const text = STRICT_UTF8.decode(await readAll(input, this.member.limits.maxCommandBytes));
      answer = await this.#run(decodeInvocation(text), originator, call);
    } catch (error) {
      answer = encodeFailure(error);
    }
    yield UTF8.encode(answer);
  }

  async #run(invocation: PnetInvocation, originator: string, call: PnetCall): Promise<string> {
    const { functionName, args, kwargs } = invocation;
    if (functionName === "get_peers") return encodeResult(this.member.peers.names);
    if (functionName === "get_funcs") return encodeResult(this.#functionNames());
    const endpoint = this.registry.get(functionName);
    if (endpoint === undefined) return encodeUnknownFunction();
    // Without any, the count of arguments is all there is to check.
    const given = Object.keys(kwargs).length === 0 ? undefined : kwargs;
    const context = endpoint.wantsContext ? this.#context(originator, call, given) : undefined;
    const result = await endpoint.invoke(args, given, context);
    if (typeof result !== "object" || result === null || !isStream(result)) {
      return encodeResult(result);
    }
    throw new SynapseError(
      "not_supported",
      `Cannot call ${functionName} from pnet as it streams its results`,
    );
  }

  #functionNames(): string[] {
    return ["get_peers", "get_funcs", ...this.registry.list().map((endpoint) => endpoint.name)];
  }

  #context(originator: string, call: PnetCall, kwargs: Kwargs | undefined): CallContext {
    return {
      peer: this.#peer(originator),
      address: call.sender.address,
      dialect: "pnet",
      signal: call.signal,
      kwargs,
    };
  }
}
