import { assertEquals } from "@std/assert";
import { explainSocketError, socketErrorCode } from "../../transports/socket_error.ts";

Deno.test("explainSocketError() says what a code means", () => {
  assertEquals(explainSocketError(failure("ECONNREFUSED")), "nothing listens there");
});

Deno.test("explainSocketError() falls back to the error's own words", () => {
  assertEquals(explainSocketError(failure("EODD")), "connect EODD 192.0.2.1:1");
  assertEquals(explainSocketError("no error at all"), "no error at all");
  assertEquals(explainSocketError(undefined), "undefined");
});

Deno.test("explainSocketError() puts all addresses of one name into one line, each reason once", () => {
  const error = new AggregateError([
    failure("ECONNREFUSED"),
    failure("ENETUNREACH"),
    failure("ECONNREFUSED"),
  ]);
  assertEquals(explainSocketError(error), "nothing listens there; the network is unreachable");
});

Deno.test("socketErrorCode() is the system's code, or empty", () => {
  assertEquals(socketErrorCode(failure("EPIPE")), "EPIPE");
  assertEquals(socketErrorCode(new Error("plain")), "");
  assertEquals(socketErrorCode(undefined), "");
});

function failure(code: string): Error {
  return Object.assign(new Error(`connect ${code} 192.0.2.1:1`), { code });
}
