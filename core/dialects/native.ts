/**
 * The native dialect: MessagePack-RPC, with extensions that a plain peer can ignore.
 *
 * Extensions travel as notifications whose method begins with `$/`, as LSP has it, and only to a peer
 * that has sent `$/hello`: `$/item [id, value]`, `$/credit [id, n]`, `$/cancel [id]`, `$/ping []`, `$/pong []`.
 * Keyword arguments are one more element at the end of params, `{"$kw": {...}}`. An error is a map of
 * `code`, `message` and `data`; to a plain peer, the string `code: message`.
 *
 * @module
 */
import { MsgpackRpcCodec, type RpcMessage } from "../codecs/msgpack_rpc.ts";
import type { ByteWriter, Decoder } from "../codec.ts";
import { type DecodeError, RemoteError, type SynapseError } from "../errors.ts";
import type { Kwargs, Message, Notify, PeerInfo } from "../message.ts";
import type { Dialect, Wire, WireOptions } from "./dialect.ts";

const KWARGS_KEY = "$kw";
/** Names longer than that are cut: they are shown to people. */
const MAX_NAME_LENGTH = 128;
/** A peer may not make us promise to send this many items without its asking again. */
const MAX_WINDOW = 65_536;

/** MessagePack-RPC with the `$/` extensions. */
export const NATIVE_DIALECT: Dialect = {
  name: "msgpack-rpc",
  open: (options) => new NativeWire(options),
};

class NativeWire implements Wire, Decoder<Message> {
  readonly decoder: Decoder<Message> = this;
  isExtended = false;
  readonly #codec: MsgpackRpcCodec;
  readonly #messages: Decoder<RpcMessage>;

  constructor(options: WireOptions) {
    this.#codec = new MsgpackRpcCodec(options.limits, options.extensions);
    this.#messages = this.#codec.decoder();
  }

  get fault(): DecodeError | undefined {
    return this.#messages.fault;
  }

  get bufferedBytes(): number {
    return this.#messages.bufferedBytes;
  }

  end(): void {
    this.#messages.end();
  }

  push(chunk: Uint8Array): readonly Message[] {
    const messages = this.#messages.push(chunk) as Message[];
    for (let i = 0; i < messages.length; i++) {
      const message = messages[i];
      if (message.type === "response") continue;
      if (
        message.type === "notify" && message.method.charCodeAt(0) === 0x24 &&
        message.method[1] === "/"
      ) {
        messages[i] = this.#extension(message);
      } else if (message.type === "request" || message.type === "notify") {
        takeKwargs(message);
      }
    }
    return messages;
  }

  request(
    id: number,
    method: string,
    args: readonly unknown[],
    kwargs: Kwargs | undefined,
    into: ByteWriter,
  ): void {
    this.#codec.encodeRequest(id, method, withKwargs(args, kwargs), into);
  }

  notify(
    method: string,
    args: readonly unknown[],
    kwargs: Kwargs | undefined,
    into: ByteWriter,
  ): void {
    this.#codec.encodeNotify(method, withKwargs(args, kwargs), into);
  }

  result(id: number, result: unknown, into: ByteWriter): void {
    this.#codec.encodeResponse(id, null, result, into);
  }

  error(id: number, error: SynapseError, into: ByteWriter): void {
    const { code, message, data } = error;
    const value = !this.isExtended
      ? `${code}: ${message}`
      : data === undefined
      ? { code, message }
      : { code, message, data };
    this.#codec.encodeResponse(id, value, null, into);
  }

  readError(method: string, error: unknown): SynapseError {
    if (typeof error === "object" && error !== null && !Array.isArray(error)) {
      const { code, message, data } = error as Record<string, unknown>;
      if (typeof code === "string" && typeof message === "string") {
        return new RemoteError(method, code, message, data);
      }
    }
    // Neovim's errors are [type, message]; other MessagePack-RPC peers send what they like.
    const text = Array.isArray(error) && error.length === 2 ? error[1] : error;
    const message = typeof text === "string"
      ? text
      : `${method} failed with ${JSON.stringify(text) ?? typeof text}`;
    return new RemoteError(method, "internal_error", message, error);
  }

  hello(self: PeerInfo, into: ByteWriter): void {
    this.#codec.encodeNotify("$/hello", [{ ...self }], into);
  }

  item(id: number, values: readonly unknown[], into: ByteWriter): void {
    this.#codec.encodeNotify("$/item", [id, ...values], into);
  }

  credit(id: number, count: number, into: ByteWriter): void {
    this.#codec.encodeNotify("$/credit", [id, count], into);
  }

  cancel(id: number, into: ByteWriter): void {
    this.#codec.encodeNotify("$/cancel", [id], into);
  }

  ping(into: ByteWriter): void {
    this.#codec.encodeNotify("$/ping", [], into);
  }

  pong(into: ByteWriter): void {
    this.#codec.encodeNotify("$/pong", [], into);
  }

  /** An extension that isn't known, or not well-formed, stays a notification that nobody has published. */
  #extension(message: Notify): Message {
    const [first, second] = message.args;
    if (message.method === "$/ping") return { type: "ping" };
    if (message.method === "$/pong") return { type: "pong" };
    if (message.method === "$/hello") {
      this.isExtended = true;
      return { type: "hello", peer: readPeerInfo(first) };
    }
    if (typeof first !== "number") return message;
    if (message.method === "$/item") {
      return { type: "item", id: first, values: message.args.slice(1, 2) };
    }
    if (message.method === "$/cancel") return { type: "cancel", id: first };
    if (
      message.method === "$/credit" && typeof second === "number" && second > 0 &&
      second <= MAX_WINDOW
    ) {
      return { type: "credit", id: first, count: Math.floor(second) };
    }
    return message;
  }
}

function withKwargs(args: readonly unknown[], kwargs: Kwargs | undefined): readonly unknown[] {
  if (kwargs !== undefined) return [...args, { [KWARGS_KEY]: kwargs }];
  // A last argument that happens to look like keyword arguments is followed by empty ones.
  return kwargsOf(args) === undefined ? args : [...args, { [KWARGS_KEY]: {} }];
}

function takeKwargs(message: { args: readonly unknown[]; kwargs: Kwargs | undefined }): void {
  const kwargs = kwargsOf(message.args);
  if (kwargs === undefined) return;
  message.args = message.args.slice(0, -1);
  message.kwargs = kwargs;
}

function kwargsOf(args: readonly unknown[]): Kwargs | undefined {
  if (args.length === 0) return undefined;
  const last = args[args.length - 1];
  if (typeof last !== "object" || last === null) return undefined;
  const kwargs = (last as Record<string, unknown>)[KWARGS_KEY];
  if (
    typeof kwargs !== "object" || kwargs === null || Array.isArray(kwargs) || kwargs instanceof Map
  ) return undefined;
  return kwargs as Kwargs;
}

function readPeerInfo(value: unknown): PeerInfo {
  const { name, namespace, window } =
    (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const isWindow = typeof window === "number" && window >= 1 && window <= MAX_WINDOW;
  return {
    name: readName(name),
    namespace: readName(namespace),
    window: isWindow ? Math.floor(window) : 1,
  };
}

function readName(value: unknown): string {
  // Control characters must not reach a terminal.
  return typeof value === "string" ? value.slice(0, MAX_NAME_LENGTH).replace(/\p{Cc}/gu, "") : "";
}
