import { assertEquals, assertThrows } from "@std/assert";
import {
  type EasyrpcMessage,
  formatEasyrpcMessage,
  parseEasyrpcMessage,
} from "../../../core/codecs/easyrpc.ts";
import { DecodeError } from "../../../core/errors.ts";
import { DEFAULT_LIMITS } from "../../../core/limits.ts";
import { VECTORS } from "../../support/easyrpc_vectors.ts";

const BOUNDS = { maxBytes: 1_000_000, maxDepth: 64 };
const read = (message: string | Uint8Array): EasyrpcMessage =>
  parseEasyrpcMessage(message, DEFAULT_LIMITS);

const messages = VECTORS.filter(({ text }) => text!.startsWith("{"));

for (const { name, text } of messages) {
  Deno.test(`parseEasyrpcMessage() knows the recorded ${name}, and formatEasyrpcMessage() writes it`, () => {
    const message = read(text!);
    assertEquals(message.type === "unknown", false);
    assertEquals(JSON.parse(formatEasyrpcMessage(message, BOUNDS)), JSON.parse(text!));
  });
}

Deno.test("formatEasyrpcMessage() spaces as Python does", () => {
  const ascii = messages.filter(({ text }) => !text!.includes("\\u"));
  for (const { text } of ascii) assertEquals(formatEasyrpcMessage(read(text!), BOUNDS), text);
  assertEquals(ascii.length > 40, true);
});

Deno.test("parseEasyrpcMessage() takes bytes for UTF-8", () => {
  assertEquals(read(new TextEncoder().encode('{"ping": "ping"}')), { type: "ping" });
  assertThrows(() => read(new Uint8Array([0x22, 0xff, 0x22])), DecodeError, "not UTF-8");
});

Deno.test("parseEasyrpcMessage() refuses too many bytes before it decodes them", () => {
  const limits = { ...DEFAULT_LIMITS, maxMessageBytes: 10 };
  const error = assertThrows(() => parseEasyrpcMessage(new Uint8Array(11), limits), DecodeError);
  assertEquals(error.reason, "limit");
});

for (
  const text of [
    "1",
    "null",
    "[]",
    '"ws_action"',
    "{}",
    '{"setup": 1}',
    '{"auth": "ok"}',
    '{"ws_action": {"type": "update"}}',
  ]
) {
  Deno.test(`parseEasyrpcMessage() passes over ${text}`, () => {
    assertEquals(read(text), { type: "unknown" });
  });
}

for (
  const text of [
    '{"ws_action": 1}',
    '{"ws_action": []}',
    '{"ws_action": {"type": "request", "request": {}}}',
    '{"ws_action": {"type": "response", "response": 1}}',
    "nope",
  ]
) {
  Deno.test(`parseEasyrpcMessage() refuses ${text}`, () => {
    assertEquals(assertThrows(() => read(text), DecodeError).reason, "malformed");
  });
}

Deno.test("parseEasyrpcMessage() takes a request that doesn't say whether it wants an answer for one that does", () => {
  const text = '{"ws_action": {"type": "request", "request_id": [1], "request": {"action": "x"}}}';
  const body = { action: "x" };
  assertEquals(read(text), { type: "request", id: [1], isAnswered: true, body });
});
