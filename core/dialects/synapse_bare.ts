/**
 * Synapse's first protocol (version 0): how it is recognised, and which of its requests are refused with `400`
 * and which without a word.
 *
 * @module
 */
import {
  type BareRefusal,
  type BareRequest,
  createBareRequestDecoder,
  encodeBareAnswer,
  encodeBareRequest,
} from "../codecs/synapse_bare.ts";
import { ByteCollector } from "../codecs/byte_collector.ts";
import type { ByteWriter, Decoder } from "../codec.ts";
import { DecodeError, EncodeError, RemoteError, SynapseError } from "../errors.ts";
import type { WireOptions } from "./dialect.ts";
import {
  type AnswerReader,
  endRequest,
  type OneCallAnswer,
  type OneCallDialect,
  type OneCallRequest,
  type OneCallWire,
  type RequestReader,
} from "./one_call.ts";
import { isMapTag } from "./synapse.ts";

/** One map one way, raw bytes the other. */
export const SYNAPSE_BARE_DIALECT: OneCallDialect = {
  name: "synapse-v0",
  recognise: (opening) => opening.length === 0 ? undefined : isMapTag(opening[0]),
  open: (options) => new BareWire(options),
};

const REFUSED = new TextEncoder().encode("400");
const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

class BareWire implements OneCallWire {
  readonly #options: WireOptions;

  constructor(options: WireOptions) {
    this.#options = options;
  }

  readRequest(): RequestReader {
    return new BareRequestReader(this.#options);
  }

  writeResult(_request: OneCallRequest, result: unknown, into: ByteWriter): void {
    into.bytes(encodeBareAnswer(result));
  }

  writeError(_request: unknown, { code }: SynapseError, into: ByteWriter): void {
    if (code === "bad_request" || code === "method_not_found") into.bytes(REFUSED);
  }

  encodeRequest({ method, args, kwargs = {} }: OneCallRequest): Uint8Array {
    if (Object.keys(kwargs).length > 0) {
      throw new EncodeError(
        "not_supported",
        `Cannot call ${method} with keyword arguments as synapse-v0 has none`,
      );
    }
    return encodeBareRequest(method, args, this.#options.limits, this.#options.extensions);
  }

  readAnswer(method: string): AnswerReader {
    return new BareAnswerReader(method, this.#options.limits.maxMessageBytes);
  }
}

class BareRequestReader implements RequestReader {
  readonly missingBytes = 0;
  readonly #decoder: Decoder<BareRequest | BareRefusal>;

  constructor({ limits, extensions }: WireOptions) {
    this.#decoder = createBareRequestDecoder(limits, extensions);
  }

  push(chunk: Uint8Array): OneCallRequest | undefined {
    const [request, ...others] = this.#decoder.push(chunk);
    const { fault, bufferedBytes } = this.#decoder;
    if (fault !== undefined) throw fault;
    if (request === undefined) return undefined;
    if (others.length > 0 || bufferedBytes > 0) {
      throw new DecodeError("malformed", "Cannot read request as more bytes follow it");
    }
    if (request.type === "refusal") {
      throw new SynapseError("bad_request", `Cannot read request as ${request.reason}`);
    }
    return { id: "", method: request.endpoint, args: request.args, kwargs: undefined };
  }

  end(): never {
    return endRequest(this.#decoder);
  }
}

class BareAnswerReader implements AnswerReader {
  readonly #method: string;
  readonly #maxBytes: number;
  readonly #collector = new ByteCollector();

  constructor(method: string, maxBytes: number) {
    this.#method = method;
    this.#maxBytes = maxBytes;
  }

  push(chunk: Uint8Array): undefined {
    const length = this.#collector.length + chunk.length;
    if (length > this.#maxBytes) {
      throw new DecodeError(
        "limit",
        `Cannot read answer as it is larger than ${this.#maxBytes} bytes: got at least ${length}`,
      );
    }
    this.#collector.append(chunk);
  }

  end(): OneCallAnswer {
    const bytes = this.#collector.take();
    let result: unknown;
    try {
      result = STRICT_UTF8.decode(bytes);
    } catch {
      return { result: bytes };
    }
    if (result !== "400") return { result };
    throw new RemoteError(
      this.#method,
      "bad_request",
      `Cannot call ${this.#method} as the other side refuses it: it may not know the function`,
    );
  }
}
