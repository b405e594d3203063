/**
 * The asking side of pnet's advanced nodes: sends data to a function, and fetches its result.
 *
 * A real sender ignores a refused beginning and repeats a refused part for ever; here, the first refusal ends it.
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
import { DecodeError, RemoteError } from "../errors.ts";
import {
  chunksOf,
  decodePart,
  encodePart,
  isWhole,
  type PnetData,
  toBytes,
  TransferDigest,
} from "./transfer_data.ts";

/** What a function over there has given: what it returned, or a stream that is fetched as it is read. */
export type PnetResult = PnetValue | ReadableStream<Uint8Array>;

/** A question to one node. */
export interface PnetQuestion {
  /** Sends one message and waits for the answer. */
  readonly ask: (text: string) => Promise<PnetValue>;
  /** The function. */
  readonly functionName: string;
  /** Our own name. */
  readonly originator: string;
}

/** What {@linkcode sendChunks} takes. */
export interface SendChunksOptions {
  /** Tells this transfer from the others of this sender. */
  readonly id: string;
  readonly chunkBytes: number;
  readonly signal?: AbortSignal;
}

const UNKNOWN_FUNCTION = "unknown function";

/**
 * Sends small data in one packet. A real function gets it with `str|` or `raw|` in front.
 *
 * @param question Whom, and what for.
 * @param data Text or bytes.
 * @throws {RemoteError} When it is refused.
 */
export async function sendRaw(question: PnetQuestion, data: PnetValue): Promise<PnetResult> {
  const { functionName, originator } = question;
  const dt = escapePadding(encodePnetValue(data));
  return readResult(
    question,
    await tell(question, "RAW", { fn: functionName, og: originator, dt }),
  );
}

/**
 * Sends data of any length, one part at a time.
 *
 * @param question Whom, and what for.
 * @param data Text, bytes, or a stream, of which no more than one chunk is held.
 * @param options Id, size, signal.
 * @throws {RemoteError} When a part is refused.
 */
export async function sendChunks(
  question: PnetQuestion,
  data: PnetData,
  options: SendChunksOptions,
): Promise<PnetResult> {
  const { functionName, originator } = question;
  const { id, chunkBytes } = options;
  // Nobody looks at the number of parts, which of a stream isn't known.
  const parts = isWhole(data) ? Math.ceil(toBytes(data).length / chunkBytes) : 0;
  await tell(question, "CHUNKED", {
    pt: "initiator",
    ln: String(parts),
    id,
    og: originator,
    fn: functionName,
  });
  const digest = new TransferDigest();
  let index = 0;
  for await (const chunk of chunksOf(data, options)) {
    const part = encodePart(chunk);
    digest.add(part.checksum);
    await tell(question, "CHUNKED", {
      pt: "part",
      id,
      in: String(index++),
      dt: part.data,
      ck: part.checksum,
      og: originator,
    });
  }
  const end = await tell(question, "CHUNKED", {
    pt: "end",
    og: originator,
    ck: digest.finish(),
    id,
  });
  return readResult(question, end);
}

function readResult(question: PnetQuestion, answer: PnetCommand): PnetResult {
  if (answer.name === "CHUNKED_RESPONSE") {
    const parts = Number(requireField(answer, "ln"));
    return fetchResult(question, requireField(answer, "id"), parts);
  }
  const data = answer.fields.dt;
  return data === undefined ? "" : decodePnetValue(unescapePadding(data));
}

/** Asks for each part when it is wanted, so that nothing piles up here. */
function fetchResult(
  question: PnetQuestion,
  id: string,
  parts: number,
): ReadableStream<Uint8Array> {
  const digest = new TransferDigest();
  let index = 0;
  return new ReadableStream({
    async pull(controller) {
      while (true) {
        const part = await tell(question, "CHUNKED_REQUEST", { pt: "part", id, in: String(index) });
        const checksum = requireField(part, "ck");
        if (part.fields.pt === "end") {
          if (checksum === digest.finish()) return controller.close();
          throw new DecodeError("malformed", "Cannot read pnet result as its checksum is wrong");
        }
        if (!(index++ < parts)) {
          throw new DecodeError("malformed", `Cannot read pnet result as it goes on after its end`);
        }
        const bytes = decodePart({ data: requireField(part, "dt"), checksum });
        digest.add(checksum);
        // Without a byte, nobody would ask again.
        if (bytes.length > 0) return controller.enqueue(bytes);
      }
    },
  }, { highWaterMark: 0 });
}

/** Says one command and reads the answer, which has to be a good one. */
async function tell(
  question: PnetQuestion,
  name: string,
  fields: Readonly<Record<string, string>>,
): Promise<PnetCommand> {
  const text = await question.ask(formatPnetCommand({ name, fields }));
  if (typeof text !== "string") {
    throw new DecodeError("malformed", `Cannot read answer to ${name} as it is not text`);
  }
  const answer = parsePnetCommand(text);
  const isPart = name === "CHUNKED_REQUEST";
  const isFine = isPart ? answer.fields.pt !== undefined : answer.fields.rs === "success";
  if (answer.name !== "ERROR" && isFine) return answer;
  const reason = answer.fields.rs ?? `it answered with ${answer.name}`;
  const code = reason === UNKNOWN_FUNCTION ? "method_not_found" : "internal_error";
  throw new RemoteError(
    question.functionName,
    code,
    `Cannot call ${question.functionName} as it was refused: ${reason.slice(0, 200)}`,
  );
}
