/**
 * The body of a request, read to its end or not at all.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import { SynapseError } from "../../core/errors.ts";

/**
 * Reads it.
 *
 * @param request Whose head has come.
 * @param maxBytes More are refused, before they are read where their number is told.
 * @returns UTF-8 as text.
 * @throws {SynapseError} `limit_exceeded`; `protocol_error` when it is not UTF-8; `connection_lost` when it ends
 * too early.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let text = "";
    let bytes = 0;
    const append = (chunk?: Uint8Array): void => {
      try {
        text += decoder.decode(chunk, { stream: chunk !== undefined });
      } catch {
        fail(new SynapseError("protocol_error", "Cannot read body as it is not UTF-8"));
      }
    };
    const take = (chunk: Uint8Array): void => {
      bytes += chunk.length;
      if (bytes > maxBytes) fail(tooLarge(maxBytes));
      else append(chunk);
    };
    // What still comes is passed over: where a refusal is sent, the connection ends with it.
    const fail = (error: SynapseError): void => {
      request.off("data", take);
      reject(error);
    };
    if (isLargerThan(request, maxBytes)) return fail(tooLarge(maxBytes));
    request.on("data", take);
    request.on("end", () => {
      append();
      resolve(text);
    });
    // After the end this says nothing new.
    request.on("close", () => fail(new SynapseError("connection_lost", "Cannot read body whole")));
    request.on("error", () => {});
  });
}

/**
 * Says whether a body is announced that is too large.
 *
 * @param request Whose head has come.
 * @param maxBytes How large it may be.
 */
export function isLargerThan({ headers }: IncomingMessage, maxBytes: number): boolean {
  return Number(headers["content-length"] ?? 0) > maxBytes;
}

function tooLarge(maxBytes: number): SynapseError {
  return new SynapseError(
    "limit_exceeded",
    `Cannot read body as it is larger than ${maxBytes} bytes`,
  );
}
