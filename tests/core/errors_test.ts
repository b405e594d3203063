import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import {
  DecodeError,
  EncodeError,
  RemoteError,
  SynapseError,
  TimeoutError,
  TransportError,
} from "../../core/errors.ts";

Deno.test("SynapseError carries code, message, data and cause", () => {
  const cause = new TypeError("inner");
  const error = new SynapseError("out_of_stock", "No apples", { data: { left: 0 }, cause });
  assertInstanceOf(error, Error);
  assertEquals(
    [error.name, error.code, error.message, error.data, error.cause],
    ["SynapseError", "out_of_stock", "No apples", { left: 0 }, cause],
  );
  assertEquals(new SynapseError("a", "b").data, undefined);
  assertEquals("cause" in new SynapseError("a", "b"), false);
});

Deno.test("Every error is a SynapseError of its own name and code", () => {
  const errors: [SynapseError, string, string][] = [
    [new DecodeError("truncated", "m"), "DecodeError", "protocol_error"],
    [new DecodeError("malformed", "m"), "DecodeError", "protocol_error"],
    [new DecodeError("limit", "m"), "DecodeError", "limit_exceeded"],
    [new EncodeError("not_supported", "m"), "EncodeError", "not_supported"],
    [new EncodeError("limit_exceeded", "m"), "EncodeError", "limit_exceeded"],
    [new TransportError("unreachable", "tcp://a:1", "m"), "TransportError", "unreachable"],
    [new RemoteError("sum", "theirs", "m"), "RemoteError", "theirs"],
    [new TimeoutError("call sum", 5), "TimeoutError", "deadline_exceeded"],
  ];
  for (const [error, name, code] of errors) {
    assertInstanceOf(error, SynapseError);
    assertEquals([error.name, error.code], [name, code]);
    assert(String(error).startsWith(`${name}: `), String(error));
    assert(error.stack?.includes("errors_test.ts"), "the stack shows where");
  }
});

Deno.test("DecodeError says why", () => {
  assertEquals(new DecodeError("truncated", "m").reason, "truncated");
});

Deno.test("TransportError names the address and keeps the socket's error", () => {
  const cause = new Error("ECONNREFUSED");
  const error = new TransportError("unreachable", "tcp://a:1", "m", { cause });
  assertEquals([error.url, error.cause], ["tcp://a:1", cause]);
});

Deno.test("RemoteError names the function and keeps the remote's data", () => {
  const error = new RemoteError("sum", "theirs", "m", [1]);
  assertEquals([error.method, error.data], ["sum", [1]]);
});

Deno.test("TimeoutError says what took how long", () => {
  const error = new TimeoutError("call sum", 5_000);
  assertEquals([error.operation, error.timeoutMs], ["call sum", 5_000]);
  assertEquals(error.message, "Cannot call sum in time: no answer within 5000 ms");
});
