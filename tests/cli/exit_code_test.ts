import { assertEquals } from "@std/assert";
import { exitCodeOf } from "../../cli/exit_code.ts";
import { explainError } from "../../cli/explain_error.ts";
import { Interruption } from "../../cli/interruption.ts";
import { OutputClosedError } from "../../cli/io.ts";
import { UsageError } from "../../cli/usage_error.ts";
import {
  DecodeError,
  EncodeError,
  RemoteError,
  SynapseError,
  TimeoutError,
  TransportError,
} from "../../mod.ts";

const CODES: ReadonlyArray<readonly [Error, number]> = [
  [new OutputClosedError(), 0],
  [new RemoteError("sum", "internal_error", "boom"), 1],
  [new RemoteError("sum", "deadline_exceeded", "theirs, not ours"), 1],
  [new RemoteError("sum", "not_supported", "no"), 1],
  [new SynapseError("limit_exceeded", "too many"), 1],
  [new Error("unforeseen"), 1],
  [new UsageError("wrong"), 2],
  [new EncodeError("not_supported", "a function"), 2],
  [new SynapseError("not_supported", "ftp://"), 2],
  [new TransportError("unreachable", "tcp://x:1", "nobody"), 3],
  [new TransportError("connection_lost", "tcp://x:1", "gone"), 3],
  [new TimeoutError("call sum", 5), 4],
  [new DecodeError("malformed", "garbage"), 5],
  [new DecodeError("limit", "too large"), 5],
  [new RemoteError("sum", "protocol_error", "more than its credit"), 5],
  [new Interruption("SIGINT"), 130],
  [new Interruption("SIGTERM"), 143],
];

for (const [error, code] of CODES) {
  Deno.test(`exitCodeOf() gives ${code} for ${error.name}: ${error.message}`, () => {
    assertEquals(exitCodeOf(error), code);
  });
}

Deno.test("explainError() gives one line without escapes, with the remote's code and data", () => {
  const error = new RemoteError("buy", "out_of_stock", "No\napples \u001b[31m", { left: 0 });
  assertEquals(explainError(error), 'No apples \\u001b[31m [out_of_stock] {"left":0}');
});

Deno.test("explainError() cuts data short", () => {
  const error = new RemoteError("f", "x", "y", "z".repeat(100_000));
  assertEquals(explainError(error).length < 1_100, true);
});

Deno.test("explainError() says how long was waited", () => {
  assertEquals(
    explainError(new TimeoutError("call sum", 30_000)),
    "Cannot call sum in time: no answer within 30 s",
  );
});

Deno.test("explainError() copes with what isn't an error", () => {
  assertEquals(explainError("boom"), "boom");
  assertEquals(explainError(undefined), "undefined");
  assertEquals(explainError(new TypeError()), "TypeError");
});
