import { assertEquals, assertThrows } from "@std/assert";
import { DecodeError } from "../../../core/errors.ts";
import { P2pHandshakeReader } from "../../../core/p2p_network/handshake_reader.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const NOTHING = new Uint8Array(0);

/** Reads a greeting that comes byte by byte, and ends where the reader says so, or the bytes do. */
function read(kind: "id:port" | "id", opening: Uint8Array) {
  const reader = new P2pHandshakeReader(kind, 512);
  for (let at = 0; at < opening.length; at++) {
    const state = reader.push(opening.subarray(at, at + 1));
    if (state.type === "whole") {
      const rest = new Uint8Array([...state.greeting.rest, ...opening.subarray(at + 1)]);
      return { ...state.greeting, rest };
    }
  }
  return reader.finish();
}

for (
  const [opening, id, port, rest] of [
    ["node-a:24301", "node-a", 24301, ""],
    ["node-a:80", "node-a", 80, ""],
    ["node-a:0", "node-a", 0, ""],
    ["grüße €:65535", "grüße €", 65535, ""],
    ["node-a", "node-a", undefined, ""],
    ["a|b c:80", "a|b c", 80, ""],
    ["node-a:24301hello\x04", "node-a", 24301, "hello\x04"],
    ["node-a:80hello\x04", "node-a", 80, "hello\x04"],
    [`${"0f".repeat(64)}:8001`, "0f".repeat(64), 8001, ""],
  ] as const
) {
  Deno.test(`P2pHandshakeReader reads ${JSON.stringify(opening.slice(0, 24))} of who connects`, () => {
    const expected = { id, port, rest: bytes(rest) };
    assertEquals(read("id:port", bytes(opening)), expected);
    const reader = new P2pHandshakeReader("id:port", 512);
    const state = reader.push(bytes(opening));
    assertEquals(state.type === "whole" ? state.greeting : reader.finish(), expected);
  });
}

Deno.test("P2pHandshakeReader reads an id alone of who answers", () => {
  assertEquals(read("id", bytes("node-b")), { id: "node-b", port: undefined, rest: NOTHING });
  assertEquals(read("id", bytes("a:b")).id, "a:b");
});

Deno.test("P2pHandshakeReader finds the end of an id as nodes draw it, whatever follows", () => {
  const drawn = "0f".repeat(64);
  assertEquals(read("id", bytes(`${drawn}hello\x04`)), {
    id: drawn,
    port: undefined,
    rest: bytes("hello\x04"),
  });
});

Deno.test("P2pHandshakeReader says how sure it is", () => {
  const stateAfter = (opening: string) =>
    new P2pHandshakeReader("id:port", 512).push(bytes(opening));
  assertEquals(stateAfter("alice"), { type: "perhaps", ending: "id" });
  assertEquals(stateAfter("alice:"), { type: "incomplete" });
  assertEquals(stateAfter("alice:8001"), { type: "perhaps", ending: "port" });
  assertEquals(stateAfter("alice:18001").type, "whole");
  assertEquals(stateAfter("alice:8001\x04").type, "whole");
});

for (
  const [kind, opening, reason] of [
    ["id:port", bytes("a:1:2"), "more than one colon"],
    ["id:port", bytes("a:x"), "its port is no number"],
    ["id:port", bytes("a:65536"), "its port is over 65535"],
    ["id:port", bytes(":80"), "the id is empty"],
    ["id:port", bytes("a\x04"), "a control character"],
    ["id:port", bytes("GET / HTTP/1.1\r\n"), "a control character"],
    ["id:port", new Uint8Array([0xff, 0x3a, 0x31]), "the id is not UTF-8"],
    ["id:port", bytes("a:"), "it ends too early"],
    ["id:port", NOTHING, "it ends too early"],
    ["id:port", bytes("x".repeat(513)), "longer than 512 bytes"],
    ["id", new Uint8Array([0xff]), "the id is not UTF-8"],
    ["id", bytes("node-bhello\x04"), "a message may have come with it too soon"],
    ["id", NOTHING, "it ends too early"],
  ] as const
) {
  Deno.test(`P2pHandshakeReader refuses ${JSON.stringify(String.fromCharCode(...opening.slice(0, 24)))} as ${reason}`, () => {
    assertThrows(() => read(kind, opening), DecodeError, reason);
  });
}

Deno.test("P2pHandshakeReader takes ids of maxIdBytes", () => {
  assertEquals(read("id:port", bytes(`${"x".repeat(512)}:80`)).id.length, 512);
});

Deno.test("P2pHandshakeReader refuses a port of six digits that comes in one piece", () => {
  const reader = new P2pHandshakeReader("id:port", 512);
  assertThrows(() => reader.push(bytes("a:123456")), DecodeError, "its port is over 65535");
});
