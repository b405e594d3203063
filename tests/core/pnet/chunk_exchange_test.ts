import { assertEquals, assertRejects } from "@std/assert";
import { DecodeError, RemoteError, SynapseError } from "../../../core/errors.ts";
import { sendChunks } from "../../../core/pnet/chunk_exchange.ts";
import { encodePart, readAll, TransferDigest } from "../../../core/pnet/transfer_data.ts";

const PART = encodePart(new Uint8Array([1, 2, 3]));
const EMPTY = encodePart(new Uint8Array());
const SUCCESS = "RESPONSE?rs=success";
const part = ({ data, checksum }: typeof PART): string =>
  `CHUNKED_RESPONSE?pt=part&dt=${data}&ck=${checksum}`;

function end(...parts: (typeof PART)[]): string {
  const digest = new TransferDigest();
  for (const { checksum } of parts) digest.add(checksum);
  return `CHUNKED_RESPONSE?pt=end&ck=${digest.finish()}`;
}

/** Sends one chunk to somebody who answers like that, and reads all of the result. */
async function send(answers: (string | Uint8Array)[], maxBytes = 1_000): Promise<unknown> {
  const left = [...answers];
  const question = {
    ask: () => Promise.resolve(left.shift() ?? ""),
    functionName: "f",
    originator: "alice",
  };
  const result = await sendChunks(question, "data", { id: "1", chunkBytes: 16 });
  return result instanceof ReadableStream ? await readAll(result, maxBytes) : result;
}

const fetched = (parts: number, ...answers: string[]) => [
  SUCCESS,
  SUCCESS,
  `CHUNKED_RESPONSE?rs=success&ln=${parts}&og=bob&id=x`,
  ...answers,
];

Deno.test("sendChunks() reads a result of several parts, empty ones among them", async () => {
  const answers = fetched(3, part(PART), part(EMPTY), part(PART), end(PART, EMPTY, PART));
  assertEquals(await send(answers), new Uint8Array([1, 2, 3, 1, 2, 3]));
});

Deno.test("sendChunks() takes an answer without data for an empty one", async () => {
  assertEquals(await send([SUCCESS, SUCCESS, SUCCESS]), "");
});

for (
  const [what, answers] of [
    ["a part with a wrong checksum", fetched(1, part({ ...PART, checksum: EMPTY.checksum }))],
    ["an end with a wrong checksum", fetched(1, part(PART), end(PART, PART))],
    ["an end that comes before a part", fetched(2, part(PART), end(PART, PART))],
    ["more parts than it was told", fetched(1, part(PART), part(PART), end(PART, PART))],
    ["a number of parts that is none", [
      SUCCESS,
      SUCCESS,
      "CHUNKED_RESPONSE?rs=success&ln=x&og=bob&id=x",
      part(PART),
    ]],
    ["a result without id", [SUCCESS, SUCCESS, "CHUNKED_RESPONSE?rs=success&ln=1"]],
    ["a part without data", fetched(1, "CHUNKED_RESPONSE?pt=part&ck=x")],
    ["bytes for an answer", [new Uint8Array([1])]],
    ["text that is no command", ["hello"]],
  ] as const
) {
  Deno.test(`sendChunks() refuses ${what}`, async () => {
    await assertRejects(() => send([...answers]), DecodeError);
  });
}

for (
  const [what, answers, code] of [
    ["a refused beginning", ["ERROR?rs=unknown function"], "method_not_found"],
    ["a refused part", [SUCCESS, "ERROR?rs=wrong id"], "internal_error"],
    ["a refused end", [SUCCESS, SUCCESS, "ERROR?rs=wrong id"], "internal_error"],
    ["a refused request", fetched(1, "ERROR?rs=wrong id"), "internal_error"],
    ["an answer that is no success", ["RESPONSE?rs=maybe"], "internal_error"],
  ] as const
) {
  Deno.test(`sendChunks() stops at ${what}`, async () => {
    const error = await assertRejects(() => send([...answers]), RemoteError);
    assertEquals(error.code, code);
  });
}

Deno.test("sendChunks() refuses a pickled result", async () => {
  const pickled = `${SUCCESS}&dt=cGtsfIAES2Qu`;
  const error = await assertRejects(() => send([SUCCESS, SUCCESS, pickled]), SynapseError);
  assertEquals(error.code, "not_supported");
});
