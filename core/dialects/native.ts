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
const LAST_ID = 0xffffffff;
/** Names longer than that are cut: they are shown to people. */
const MAX_NAME_LENGTH = 128;
/** A peer may not make us promise to send more items than that without its asking again. */
export const MAX_WINDOW: number = 65_536;
/** What a peer sends as an error may be megabytes; its message is shown to people. */
const MAX_ERROR_LENGTH = 8_192;

/** An array of three or four elements. */
const FIRST_BYTES = [0x93, 0x94];
/** Request, response or notification. */
const MAX_TYPE = 2;

/**
 * Says whether a connection begins as MessagePack-RPC does.
 *
 * @param opening The first bytes.
 * @returns undefined while it takes more of them to tell.
 */
export function recogniseNative(opening: Uint8Array): boolean | undefined {
  if (!FIRST_BYTES.includes(opening[0])) return false;
  return opening.length < 2 ? undefined : opening[1] <= MAX_TYPE;
}

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
      : text instanceof Uint8Array
      ? new TextDecoder().decode(text)
      : `${method} failed with ${JSON.stringify(text, showable) ?? typeof text}`;
    return new RemoteError(method, "internal_error", message.slice(0, MAX_ERROR_LENGTH), error);
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
    if (!isWhole(first, 0, LAST_ID)) return message;
    if (message.method === "$/item") {
      return { type: "item", id: first, values: message.args.slice(1, 2) };
    }
    if (message.method === "$/cancel") return { type: "cancel", id: first };
    if (message.method === "$/credit" && isWhole(second, 1, MAX_WINDOW)) {
      return { type: "credit", id: first, count: second };
    }
    return message;
  }
}

function withKwargs(args: readonly unknown[], kwargs: Kwargs | undefined): readonly unknown[] {
  if (kwargs !== undefined) return [...args, { [KWARGS_KEY]: kwargs }];
  // A last argument that happens to look like keyword arguments is followed by empty ones.
  const last = args[args.length - 1];
  if (typeof last !== "object" || last === null) return args;
  const value = last instanceof Map
    ? last.get(KWARGS_KEY)
    : (last as Record<string, unknown>)[KWARGS_KEY];
  return value === undefined ? args : [...args, { [KWARGS_KEY]: {} }];
}

function takeKwargs(message: { args: readonly unknown[]; kwargs: Kwargs | undefined }): void {
  const { args } = message;
  const last = args[args.length - 1];
  if (typeof last !== "object" || last === null) return;
  const kwargs = (last as Record<string, unknown>)[KWARGS_KEY];
  if (!isPlainMap(kwargs)) return;
  message.args = args.slice(0, -1);
  if (Object.keys(kwargs).length > 0) message.kwargs = kwargs;
}

/** A map as decoders make it: with string keys only, and no other kind of object. */
function isPlainMap(value: unknown): value is Kwargs {
  return typeof value === "object" && value !== null &&
    Object.getPrototypeOf(value) === Object.prototype;
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

/** JSON has no large integers, and would spell bytes out one by one. */
function showable(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Uint8Array ? `${value.length} bytes` : value;
}

function readPeerInfo(value: unknown): PeerInfo {
  const { name, namespace, window } =
    (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  return {
    name: readName(name),
    namespace: readName(namespace),
    window: isWhole(window, 1, MAX_WINDOW) ? window : 1,
  };
}

/** Control and format characters must not reach a terminal; cutting may leave half a character. */
function readName(value: unknown): string {
  return typeof value === "string" ? value.slice(0, MAX_NAME_LENGTH).replace(/\p{C}/gu, "") : "";
}
