import { assertEquals, assertInstanceOf } from "@std/assert";
import { ByteWriter } from "../../../core/codec.ts";
import { encodeMessagePack } from "../../../core/codecs/messagepack.ts";
import { DEFAULT_EXTENSIONS } from "../../../core/codecs/messagepack_extensions.ts";
import type { Wire } from "../../../core/dialects/dialect.ts";
import { NATIVE_DIALECT } from "../../../core/dialects/native.ts";
import { RemoteError, SynapseError } from "../../../core/errors.ts";
import { DEFAULT_LIMITS } from "../../../core/limits.ts";
import type { Kwargs, Message, PeerInfo, Request } from "../../../core/message.ts";
import { assertSplitInvariant } from "../../support/split.ts";

const SELF: PeerInfo = { name: "alice", namespace: "lab", window: 64 };

function open(): Wire {
  return NATIVE_DIALECT.open({ limits: DEFAULT_LIMITS, extensions: DEFAULT_EXTENSIONS });
}

function written(write: (wire: Wire, into: ByteWriter) => void, wire: Wire = open()): Uint8Array {
  const into = new ByteWriter();
  write(wire, into);
  return into.toBytes();
}

function received(bytes: Uint8Array, wire: Wire = open()): readonly Message[] {
  const messages = wire.decoder.push(bytes);
  wire.decoder.end();
  return messages;
}

/** What a plain peer, or a careless one, may send. */
function notified(method: string, ...params: unknown[]): Message {
  return received(encodeMessagePack([2, method, params]))[0];
}

Deno.test("The native dialect brings every kind of message across", () => {
  const kinds: [(wire: Wire, into: ByteWriter) => void, Message][] = [
    [
      (wire, into) => wire.request(1, "sum", [1, 2], undefined, into),
      { type: "request", id: 1, method: "sum", args: [1, 2], kwargs: undefined },
    ],
    [
      (wire, into) => wire.request(1, "sum", [1], { b: 2 }, into),
      { type: "request", id: 1, method: "sum", args: [1], kwargs: { b: 2 } },
    ],
    [
      (wire, into) => wire.notify("log", ["a"], { level: 3 }, into),
      { type: "notify", method: "log", args: ["a"], kwargs: { level: 3 } },
    ],
    [
      (wire, into) => wire.result(7, [1], into),
      { type: "response", id: 7, error: null, result: [1] },
    ],
    [(wire, into) => wire.hello(SELF, into), { type: "hello", peer: SELF }],
    [(wire, into) => wire.item(7, ["a"], into), { type: "item", id: 7, values: ["a"] }],
    [(wire, into) => wire.item(7, [[1, 2]], into), { type: "item", id: 7, values: [[1, 2]] }],
    [(wire, into) => wire.item(7, [null], into), { type: "item", id: 7, values: [null] }],
    [(wire, into) => wire.item(7, [], into), { type: "item", id: 7, values: [] }],
    [(wire, into) => wire.credit(7, 32, into), { type: "credit", id: 7, count: 32 }],
    [(wire, into) => wire.cancel(7, into), { type: "cancel", id: 7 }],
    [(wire, into) => wire.ping(into), { type: "ping" }],
    [(wire, into) => wire.pong(into), { type: "pong" }],
  ];
  for (const [write, message] of kinds) {
    assertSplitInvariant(() => open().decoder, written(write), { messages: [message] });
  }
});

Deno.test("The native dialect's extensions are plain notifications", () => {
  assertEquals(
    written((wire, into) => wire.item(1, ["a"], into)),
    encodeMessagePack([2, "$/item", [1, "a"]]),
  );
  assertEquals(
    written((wire, into) => wire.credit(1, 9, into)),
    encodeMessagePack([2, "$/credit", [1, 9]]),
  );
  assertEquals(
    written((wire, into) => wire.cancel(1, into)),
    encodeMessagePack([2, "$/cancel", [1]]),
  );
  assertEquals(written((wire, into) => wire.ping(into)), encodeMessagePack([2, "$/ping", []]));
  assertEquals(
    written((wire, into) => wire.hello(SELF, into)),
    encodeMessagePack([2, "$/hello", [{ name: "alice", namespace: "lab", window: 64 }]]),
  );
});

Deno.test("The native dialect sends keyword arguments as one more element", () => {
  assertEquals(
    written((wire, into) => wire.request(1, "f", [1], { b: 2 }, into)),
    encodeMessagePack([0, 1, "f", [1, { $kw: { b: 2 } }]]),
  );
  assertEquals(
    written((wire, into) => wire.request(1, "f", [1], undefined, into)),
    encodeMessagePack([0, 1, "f", [1]]),
  );
});

Deno.test("The native dialect gives back arguments that look like keyword arguments", () => {
  const lookalikes: unknown[][] = [
    [{ $kw: { a: 1 } }],
    [1, { $kw: {} }],
    [{ $kw: { a: 1 }, more: 2 }],
    [{ $kw: { $kw: {} } }],
    [{ $kw: 5 }],
    [{ $kw: null }],
    [{ $kw: [] }],
    [{ $kw: {} }, 1],
    ["$kw"],
    [[{ $kw: {} }]],
  ];
  for (const args of lookalikes) {
    for (const kwargs of [undefined, {}, { b: 1 }] as (Kwargs | undefined)[]) {
      const bytes = written((wire, into) => wire.request(1, "f", args, kwargs, into));
      const [message] = received(bytes) as readonly Request[];
      assertEquals(message.args, args);
      assertEquals(message.kwargs ?? {}, kwargs ?? {});
    }
  }
});

Deno.test("The native dialect takes as extended who has said hello", () => {
  const wire = open();
  assertEquals(wire.isExtended, false);
  received(encodeMessagePack([2, "$/ping", []]), wire);
  received(encodeMessagePack([0, 1, "$/hello", [SELF]]), wire);
  assertEquals(wire.isExtended, false);
  received(encodeMessagePack([2, "$/hello", [SELF]]), wire);
  assertEquals(wire.isExtended, true);
});

Deno.test("The native dialect reads any hello, and of it what is well-formed", () => {
  const nobody = { name: "", namespace: "", window: 1 };
  const hellos: [unknown[], PeerInfo][] = [
    [[], nobody],
    [[null], nobody],
    [["alice"], nobody],
    [[[1]], nobody],
    [[{ name: 1, namespace: [], window: "9" }], nobody],
    [[{ name: "a" }], { ...nobody, name: "a" }],
    [[{ window: 0 }], nobody],
    [[{ window: -5 }], nobody],
    [[{ window: NaN }], nobody],
    [[{ window: 1.9 }], nobody],
    [[{ window: 65_536 }], { ...nobody, window: 65_536 }],
    [[{ window: 65_537 }], nobody],
    [[{ window: 2 ** 63 }], nobody],
    [[new Map([[1, "name"]])], nobody],
  ];
  for (const [params, peer] of hellos) {
    assertEquals(notified("$/hello", ...params), { type: "hello", peer });
  }
});

Deno.test("The native dialect strips control characters from a peer's names", () => {
  const escape = "\u001b[31mred\u001b]0;title\u0007\r\n\t\u0000\u007f\u0085\u009b2J";
  assertEquals(notified("$/hello", { name: escape, namespace: `a${escape}` }), {
    type: "hello",
    peer: { name: "[31mred]0;title2J", namespace: "a[31mred]0;title2J", window: 1 },
  });
});

Deno.test("The native dialect cuts names that are longer than people read", () => {
  const message = notified("$/hello", { name: "n".repeat(1_000), namespace: "ä".repeat(129) });
  assertEquals(message, {
    type: "hello",
    peer: { name: "n".repeat(128), namespace: "ä".repeat(128), window: 1 },
  });
});

Deno.test("The native dialect leaves what it doesn't know a notification", () => {
  const unknown: [string, ...unknown[]][] = [
    ["$/unknown", 1],
    ["$/", 1],
    ["$", 1],
    ["$/Hello", {}],
    ["$/item"],
    ["$/item", "1", "a"],
    ["$/cancel"],
    ["$/cancel", null],
    ["$/cancel", 2n ** 60n],
    ["$/credit", 1],
    ["$/credit", 1, 0],
    ["$/credit", 1, -1],
    ["$/credit", 1, NaN],
    ["$/credit", 1, Infinity],
    ["$/credit", 1, 65_537],
    ["$/credit", 1, "5"],
  ];
  for (const [method, ...args] of unknown) {
    assertEquals(notified(method, ...args), { type: "notify", method, args, kwargs: undefined });
  }
});

Deno.test("The native dialect takes what an extension needs, and leaves the rest", () => {
  assertEquals(notified("$/item", 1, "a", "b"), { type: "item", id: 1, values: ["a"] });
  assertEquals(notified("$/credit", 1, 9, 9), { type: "credit", id: 1, count: 9 });
  assertEquals(notified("$/cancel", 1, 2), { type: "cancel", id: 1 });
  assertEquals(notified("$/ping", 1), { type: "ping" });
});

Deno.test("The native dialect takes no request and no response for an extension", () => {
  assertEquals(received(encodeMessagePack([0, 1, "$/ping", []])), [
    { type: "request", id: 1, method: "$/ping", args: [], kwargs: undefined },
  ]);
  assertEquals(received(encodeMessagePack([1, 1, "$/ping", null])), [
    { type: "response", id: 1, error: "$/ping", result: null },
  ]);
});

Deno.test("The native dialect sends an error as text to a plain peer, whole to an extended one", () => {
  const wire = open();
  const error = new SynapseError("out_of_stock", "No apples", { data: { left: 0 } });
  const plain = written((wire, into) => wire.error(3, error, into), wire);
  assertEquals(plain, encodeMessagePack([1, 3, "out_of_stock: No apples", null]));
  received(encodeMessagePack([2, "$/hello", []]), wire);
  const whole = written((wire, into) => wire.error(3, error, into), wire);
  const value = { code: "out_of_stock", message: "No apples", data: { left: 0 } };
  assertEquals(whole, encodeMessagePack([1, 3, value, null]));
  const bare = written((wire, into) => wire.error(3, new SynapseError("a", "b"), into), wire);
  assertEquals(bare, encodeMessagePack([1, 3, { code: "a", message: "b" }, null]));
});

Deno.test("The native dialect reads errors of every habit", () => {
  const habits: [unknown, string, string, unknown][] = [
    [{ code: "gone", message: "It is gone" }, "gone", "It is gone", undefined],
    [{ code: "gone", message: "It is", data: [1] }, "gone", "It is", [1]],
    ["plain text", "internal_error", "plain text", "plain text"],
    [[0, "Vim:E121: x"], "internal_error", "Vim:E121: x", [0, "Vim:E121: x"]],
    [{ code: 5, message: "a" }, "internal_error", 'f failed with {"code":5,"message":"a"}', {
      code: 5,
      message: "a",
    }],
    [-32601, "internal_error", "f failed with -32601", -32601],
    [true, "internal_error", "f failed with true", true],
    [[1, 2, 3], "internal_error", "f failed with [1,2,3]", [1, 2, 3]],
    ["", "internal_error", "", ""],
  ];
  for (const [error, code, message, data] of habits) {
    const read = open().readError("f", error) as RemoteError;
    assertInstanceOf(read, RemoteError);
    assertEquals([read.code, read.message, read.data, read.method], [code, message, data, "f"]);
  }
});

Deno.test("The native dialect reads errors that hold what JSON can't say", () => {
  const error = { code: 2n ** 60n };
  const read = open().readError("f", error);
  assertInstanceOf(read, RemoteError);
  assertEquals([read.code, read.data], ["internal_error", error]);
});

Deno.test("The native dialect's decoder passes faults on", () => {
  const wire = open();
  assertEquals(wire.decoder.push(Uint8Array.of(0x93)), []);
  assertEquals([wire.decoder.fault, wire.decoder.bufferedBytes], [undefined, 1]);
  const bytes = new Uint8Array([...encodeMessagePack([2, "$/ping", []]).subarray(1), 0xc1]);
  assertEquals(wire.decoder.push(bytes), [{ type: "ping" }]);
  assertEquals(wire.decoder.fault?.reason, "malformed");
  assertEquals(wire.decoder.push(encodeMessagePack([2, "$/ping", []])), []);
});

Deno.test("The native dialect gives back Maps that look like keyword arguments", () => {
  for (const args of [[new Map([["$kw", { a: 1 }]])], [{ $kw: new Map([["a", 1]]) }]]) {
    const [message] = received(
      written((wire, into) => wire.request(1, "f", args, undefined, into)),
    ) as readonly Request[];
    assertEquals(message.args, [{ $kw: { a: 1 } }]);
    assertEquals(message.kwargs ?? {}, {});
  }
});

Deno.test("The native dialect takes only a map for keyword arguments", () => {
  for (const args of [[{ $kw: Uint8Array.of(1) }], [{ $kw: new Date(0) }]]) {
    const [message] = received(encodeMessagePack([0, 1, "f", args])) as readonly Request[];
    assertEquals([message.args, message.kwargs], [args, undefined]);
  }
});

Deno.test("The native dialect leaves credits and ids that are no whole numbers notifications", () => {
  const careless: [string, ...unknown[]][] = [
    ["$/credit", 1, 0.5],
    ["$/credit", 1.5, 5],
    ["$/item", -1, "a"],
    ["$/item", NaN, "a"],
    ["$/cancel", 2 ** 32],
  ];
  for (const [method, ...args] of careless) {
    assertEquals(notified(method, ...args), { type: "notify", method, args, kwargs: undefined });
  }
});

Deno.test("The native dialect cuts no character of a name in two", () => {
  assertEquals(notified("$/hello", { name: `${"n".repeat(127)}😀` }), {
    type: "hello",
    peer: { name: "n".repeat(127), namespace: "", window: 1 },
  });
});
