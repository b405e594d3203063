/**
 * pnet's advanced node: functions that take a stream and return one, sent in chunks both ways.
 *
 * A function runs when all of its input is there and checked, as in real nodes.
 *
 * @module
 */
import { escapePadding, unescapePadding } from "../codecs/pnet_base64.ts";
import {
  formatPnetCommand,
  parsePnetCommand,
  type PnetCommand,
  requireField,
} from "../codecs/pnet_command.ts";
import { decodePnetValue, encodePnetValue, type PnetValue } from "../codecs/pnet_value.ts";
import { withDeadline } from "../deadline.ts";
import { DecodeError, SynapseError } from "../errors.ts";
import { type PnetResult, sendChunks, sendRaw } from "./chunk_exchange.ts";
import { ChunkInbox } from "./chunk_inbox.ts";
import { ChunkOutbox } from "./chunk_outbox.ts";
import type { PnetSender } from "./connection.ts";
import { askEach, type PnetOutcomes } from "./fan_out.ts";
import type { PnetAskOptions, PnetMember } from "./member.ts";
import type { PnetSpool } from "./spool.ts";
import { Tally } from "./tally.ts";
import {
  chunksOf,
  DEFAULT_CHUNK_BYTES,
  isWhole,
  type PnetData,
  streamOfSpool,
  toBytes,
} from "./transfer_data.ts";
import { createTransferId } from "./transfers.ts";

/** What a function learns of its call. */
export interface PnetCall {
  /** Who calls. The name that it gives itself is a claim. */
  readonly sender: PnetSender;
  /**
   * Aborted when nobody waits for the result any more. Over TCP, a caller that has left can't be told from
   * one that only says no more: there, the deadline for answers is what ends it.
   */
  readonly signal: AbortSignal;
}

/**
 * A function of an advanced node. When it throws, the caller gets no answer, as in real nodes.
 *
 * @param node Where it runs.
 * @param originator The name that the caller gives itself.
 * @param input What it was called with.
 * @param call Who calls, and whether anybody still waits.
 * @returns Text and bytes that fit into one chunk go back as they are, everything else as a stream.
 */
export type PnetFunction = (
  node: PnetAdvancedNode,
  originator: string,
  input: ReadableStream<Uint8Array>,
  call: PnetCall,
) => PnetData | Promise<PnetData>;

/** What {@linkcode PnetAdvancedNode} takes. */
export interface PnetAdvancedNodeOptions {
  /** Bytes of a chunk, 16,384 by default. */
  readonly chunkBytes?: number;
}

/** What {@linkcode PnetAdvancedNode.send} takes. */
export interface PnetSendOptions extends PnetAskOptions {
  /**
   * Sends text or bytes in one packet, as real nodes do with what fits into a chunk: faster, but a real function then
   * sees `str|` or `raw|` in front of the data.
   */
  readonly raw?: boolean;
}

/** A node with functions on streams. */
export class PnetAdvancedNode {
  /** Its place in the network. */
  readonly member: PnetMember;
  readonly #functions = new Map<string, PnetFunction>();
  readonly #chunkBytes: number;
  readonly #inbox: ChunkInbox;
  readonly #outbox: ChunkOutbox;

  /**
   * @param member Its place in the network, which serves this node from now on.
   * @param options Chunk size.
   */
  constructor(member: PnetMember, options: PnetAdvancedNodeOptions = {}) {
    this.member = member;
    this.#chunkBytes = options.chunkBytes ?? DEFAULT_CHUNK_BYTES;
    const { limits, clock, spools } = member;
    const bounds = {
      clock,
      spools,
      tally: new Tally(limits.maxTransfers, limits.maxTransfersPerPeer),
      idleMs: limits.transferIdleMs,
      maxTransferBytes: limits.maxTransferBytes,
    };
    this.#inbox = new ChunkInbox(bounds);
    this.#outbox = new ChunkOutbox({
      ...bounds,
      chunkBytes: this.#chunkBytes,
      randomBytes: (length) => member.randomBytes(length),
    });
    member.serve({
      message: (value, sender, signal) => this.#answer(value, { sender, signal }),
    }, () => {
      this.#inbox.close();
      this.#outbox.close();
    });
  }

  /** Transfers under way, either way. */
  get transfers(): number {
    return this.#inbox.size + this.#outbox.size;
  }

  /**
   * Adds a function; one of the same name is replaced.
   *
   * @param name As callers name it.
   * @param run The function.
   */
  register(name: string, run: PnetFunction): this {
    this.#functions.set(name, run);
    return this;
  }

  /**
   * Sends data to a function of several nodes.
   *
   * @param targets Their names, or `*` for all that are known.
   * @param functionName The function.
   * @param data Text, bytes, or a stream, which is kept until all have got it.
   * @param options Signal, deadline for each packet.
   * @returns What each has answered.
   */
  send(
    targets: "*" | readonly string[],
    functionName: string,
    data: PnetData,
    options?: PnetSendOptions,
  ): Promise<PnetOutcomes<PnetResult>>;
  /**
   * Sends data to a function of one node.
   *
   * @param target Its name.
   * @param functionName The function.
   * @param data Text, bytes, or a stream of any length.
   * @param options Signal, deadline for each packet.
   * @returns What the function has returned; a stream is fetched as it is read.
   * @throws {RemoteError} `method_not_found`, and what else it refuses.
   * @throws {SynapseError} As {@linkcode PnetMember.ask}.
   */
  send(
    target: string,
    functionName: string,
    data: PnetData,
    options?: PnetSendOptions,
  ): Promise<PnetResult>;
  async send(
    target: string | readonly string[],
    functionName: string,
    data: PnetData,
    options: PnetSendOptions = {},
  ): Promise<PnetResult | PnetOutcomes<PnetResult>> {
    const { peers, limits } = this.member;
    if (typeof target === "string" && target !== "*") {
      return await this.#send(target, functionName, data, options);
    }
    const names = typeof target === "string" ? peers.names : target;
    const spool = isWhole(data) ? undefined : await this.#keep(data, options.signal);
    try {
      return await askEach(names, limits.maxTargetsAtOnce, (name) => {
        const copy = spool === undefined ? data : streamOfSpool(spool);
        return this.#send(name, functionName, copy, options);
      });
    } finally {
      await spool?.close();
    }
  }

  async #keep(data: PnetData, signal: AbortSignal | undefined): Promise<PnetSpool> {
    const spool = this.member.spools.create();
    try {
      for await (const chunk of chunksOf(data, { chunkBytes: this.#chunkBytes, signal })) {
        await spool.append(chunk);
      }
      return spool;
    } catch (error) {
      await spool.close();
      throw error;
    }
  }

  #send(
    target: string,
    functionName: string,
    data: PnetData,
    options: PnetSendOptions,
  ): Promise<PnetResult> {
    const question = {
      ask: (text: string) => this.member.ask(target, text, options),
      functionName,
      originator: this.member.name,
    };
    if (options.raw && isWhole(data)) return sendRaw(question, data);
    return sendChunks(question, data, {
      id: createTransferId((length) => this.member.randomBytes(length)),
      chunkBytes: this.#chunkBytes,
      signal: options.signal,
    });
  }

  async #answer(value: PnetValue, call: PnetCall): Promise<string> {
    if (typeof value !== "string") {
      throw new DecodeError("malformed", "Cannot read pnet command as it is not text");
    }
    const command = parsePnetCommand(value);
    switch (`${command.name} ${command.fields.pt ?? ""}`) {
      case "RAW ":
        return await this.#runRaw(command, call);
      case "CHUNKED initiator":
        return this.#open(command, call);
      case "CHUNKED part":
        await this.#inbox.part(requireField(command, "id"), call.sender, {
          data: requireField(command, "dt"),
          checksum: requireField(command, "ck"),
        });
        return success();
      case "CHUNKED end":
        return await this.#runChunked(command, call);
      case "CHUNKED_REQUEST part":
        return await this.#hand(command, call);
    }
    throw new DecodeError("malformed", `Cannot answer pnet command as it is unknown`);
  }

  #open(command: PnetCommand, { sender }: PnetCall): string {
    const functionName = requireField(command, "fn");
    if (!this.#functions.has(functionName)) return refusal("unknown function");
    const originator = requireField(command, "og");
    try {
      this.#inbox.open(requireField(command, "id"), sender, { functionName, originator });
    } catch (error) {
      if (error instanceof SynapseError && error.code === "limit_exceeded") {
        return refusal("too many transfers");
      }
      throw error;
    }
    return success();
  }

  #runRaw(command: PnetCommand, call: PnetCall): Promise<string> {
    const data = toBytes(decodePnetValue(unescapePadding(requireField(command, "dt"))));
    const input = new ReadableStream<Uint8Array>({
      start(controller) {
        if (data.length > 0) controller.enqueue(data);
        controller.close();
      },
    });
    return this.#run(requireField(command, "fn"), requireField(command, "og"), input, call);
  }

  async #runChunked(command: PnetCommand, call: PnetCall): Promise<string> {
    const input = this.#inbox.finish(
      requireField(command, "id"),
      call.sender,
      requireField(command, "ck"),
    );
    const { functionName, originator, spool } = input;
    try {
      // A function that never ends must not keep its input for ever.
      return await withDeadline(
        {
          clock: this.member.clock,
          timeoutMs: Infinity,
          operation: functionName,
          signal: call.signal,
        },
        () => this.#run(functionName, originator, streamOfSpool(spool), call),
      );
    } finally {
      await spool.close();
    }
  }

  async #run(
    functionName: string,
    originator: string,
    input: ReadableStream<Uint8Array>,
    call: PnetCall,
  ): Promise<string> {
    const run = this.#functions.get(functionName);
    if (run === undefined) {
      throw new SynapseError("method_not_found", `Cannot call ${functionName} as it is not here`);
    }
    const result = await run(this, originator, input, call);
    if (isWhole(result) && toBytes(result).length <= this.#chunkBytes) {
      return success({ dt: escapePadding(encodePnetValue(result)) });
    }
    const { id, parts } = await this.#outbox.put(result, call.sender, call.signal);
    return formatPnetCommand({
      name: "CHUNKED_RESPONSE",
      fields: { rs: "success", ln: String(parts), og: this.member.name, id },
    });
  }

  async #hand(command: PnetCommand, { sender }: PnetCall): Promise<string> {
    const index = Number(requireField(command, "in"));
    if (!Number.isSafeInteger(index) || index < 0) {
      throw new DecodeError("malformed", "Cannot fetch pnet result as in is not a number");
    }
    const part = await this.#outbox.part(requireField(command, "id"), sender, index);
    const fields: Record<string, string> = typeof part === "string"
      ? { pt: "end", ck: part }
      : { pt: "part", dt: part.data, ck: part.checksum };
    return formatPnetCommand({ name: "CHUNKED_RESPONSE", fields });
  }
}

function success(fields: Readonly<Record<string, string>> = {}): string {
  return formatPnetCommand({ name: "RESPONSE", fields: { rs: "success", ...fields } });
}

function refusal(reason: string): string {
  return formatPnetCommand({ name: "ERROR", fields: { rs: reason } });
}
