import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeMessagePack } from "../../core/codecs/messagepack.ts";
import { parseEndpoints } from "../../core/endpoint_info.ts";
import type { DecodeError, RemoteError, SynapseError } from "../../core/errors.ts";
import type { NodeEvents } from "../../core/node_options.ts";
import { RawNode } from "../support/raw_node.ts";
import { join, type RawPeer } from "../support/raw_peer.ts";

const served = {
  echo: (...args: unknown[]) => args,
  later: (...args: unknown[]) => Promise.resolve(args),
  hang: () => new Promise(() => {}),
  async *count() {
    for (let i = 0;; i++) yield i;
  },
};

/** Whatever one peer has done, the next is served. */
async function assertServes(raw: RawNode): Promise<void> {
  const peer = raw.connect().hello().send([0, 1, "echo", ["still here"]], [0, 2, "later", [2]]);
  await raw.clock.runMicrotasks();
  assertEquals(peer.responses.map(({ result }) => result), [["still here"], [2]]);
  peer.cut();
  await raw.clock.runMicrotasks();
}

/** The error that was said before hanging up, under the id of no call. */
function lastWords(peer: RawPeer): unknown {
  const last = peer.responses.at(-1);
  return last?.id === 0 ? (last.error as { code: string }).code : undefined;
}

/** Ends and errors of connections. */
function watchReleases(raw: RawNode): (string | undefined)[] {
  const codes: (string | undefined)[] = [];
  raw.node.on(
    "released",
    ({ error }: NodeEvents["released"]) => codes.push((error as SynapseError | undefined)?.code),
  );
  return codes;
}

Deno.test("A message cut at any byte is served when the rest comes, and lost when the peer goes", async () => {
  const bytes = join([
    encodeMessagePack([2, "$/hello", [{ name: "x", namespace: "y", window: 3 }]]),
    encodeMessagePack([0, 7, "echo", ["text", 1.5, [null, { a: new Uint8Array(40) }]]]),
    encodeMessagePack([0, 8, "echo", []]),
  ]);
  await using raw = await RawNode.serve(served);
  const codes = watchReleases(raw);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const patient = raw.connect().sendBytes(bytes.slice(0, cut)).sendBytes(bytes.slice(cut));
    assertEquals(patient.responses.map(({ id }) => id), [7, 8], `cut at ${cut}`);
    const closing = raw.connect().sendBytes(bytes.slice(0, cut)).halfClose();
    const vanishing = raw.connect().sendBytes(bytes.slice(0, cut)).cut();
    patient.cut();
    await raw.clock.runMicrotasks();
    assert(closing.hungUp !== undefined, `half-closed at ${cut}`);
    assertEquals(vanishing.hungUp, undefined);
    assertEquals(raw.node.connections, []);
  }
  // Only a half-close within a message is an error; not those at the start, the end, and between.
  assertEquals(codes.length, 3 * (bytes.length + 1));
  const faults = codes.filter((code) => code !== undefined);
  assertEquals(faults, Array(bytes.length + 1 - 4).fill("protocol_error"));
  await assertServes(raw);
});

Deno.test("Bytes that are no message are refused with a reason, and the next peer is served", async () => {
  const encoded = (value: unknown): Uint8Array => encodeMessagePack(value);
  const nonsense: [string, Uint8Array, string][] = [
    ["HTTP", new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"), "protocol_error"],
    ["TLS", Uint8Array.of(0x16, 3, 1, 2, 0), "protocol_error"],
    ["a number", encoded(5), "protocol_error"],
    ["nil", encoded(null), "protocol_error"],
    ["a map", encoded({ type: "request" }), "protocol_error"],
    ["never used", Uint8Array.of(0xc1), "protocol_error"],
    ["empty array", encoded([]), "protocol_error"],
    ["array of one", encoded([0]), "protocol_error"],
    ["array of two", encoded([0, 1]), "protocol_error"],
    ["short request", encoded([0, 1, "echo"]), "protocol_error"],
    ["long request", encoded([0, 1, "echo", [], 5]), "protocol_error"],
    ["short response", encoded([1, 1, null]), "protocol_error"],
    ["long notification", encoded([2, "echo", [], []]), "protocol_error"],
    ["short notification", encoded([2, "echo"]), "protocol_error"],
    ["type 3", encoded([3, 1, "echo", []]), "protocol_error"],
    ["type -1", encoded([-1, 1, "echo", []]), "protocol_error"],
    ["type of text", encoded(["0", 1, "echo", []]), "protocol_error"],
    ["type 0.5", encoded([0.5, 1, "echo", []]), "protocol_error"],
    ["negative id", encoded([0, -1, "echo", []]), "protocol_error"],
    ["fractional id", encoded([0, 1.5, "echo", []]), "protocol_error"],
    ["id of 2^32", encoded([0, 2 ** 32, "echo", []]), "protocol_error"],
    ["id of 2^64-1", encoded([0, 2n ** 64n - 1n, "echo", []]), "protocol_error"],
    ["id of nil", encoded([0, null, "echo", []]), "protocol_error"],
    ["id of text", encoded([0, "1", "echo", []]), "protocol_error"],
    ["id NaN", encoded([0, NaN, "echo", []]), "protocol_error"],
    ["response id -5", encoded([1, -5, null, null]), "protocol_error"],
    ["method of nil", encoded([0, 1, null, []]), "protocol_error"],
    ["method of number", encoded([0, 1, 5, []]), "protocol_error"],
    ["params of nil", encoded([0, 1, "echo", null]), "protocol_error"],
    ["params of a map", encoded([0, 1, "echo", {}]), "protocol_error"],
    ["params of text", encoded([2, "echo", "x"]), "protocol_error"],
    [
      "__proto__ in args",
      Uint8Array.of(
        0x94,
        0,
        1,
        0xa1,
        0x65,
        0x91,
        0x81,
        0xa9,
        ...new TextEncoder().encode("__proto__"),
        1,
      ),
      "protocol_error",
    ],
    ["4 GiB of text", Uint8Array.of(0x94, 0, 1, 0xdb, 255, 255, 255, 255), "limit_exceeded"],
    [
      "4 GiB of bytes",
      Uint8Array.of(0x94, 0, 1, 0xa1, 0x65, 0xc6, 255, 255, 255, 255),
      "limit_exceeded",
    ],
    [
      "4 Gi of values",
      Uint8Array.of(0x94, 0, 1, 0xa1, 0x65, 0xdd, 255, 255, 255, 255),
      "limit_exceeded",
    ],
    [
      "4 Gi of pairs",
      Uint8Array.of(0x94, 0, 1, 0xa1, 0x65, 0x91, 0xdf, 255, 255, 255, 255),
      "limit_exceeded",
    ],
    ["4 Gi of elements", Uint8Array.of(0xdd, 255, 255, 255, 255), "limit_exceeded"],
    [
      "nesting of 100,000",
      join([Uint8Array.of(0x94, 0, 1, 0xa1, 0x65), new Uint8Array(100_000).fill(0x91)]),
      "limit_exceeded",
    ],
  ];
  await using raw = await RawNode.serve(served);
  const codes = watchReleases(raw);
  for (const [name, bytes, code] of nonsense) {
    for (const isExtended of [false, true]) {
      const peer = raw.connect();
      if (isExtended) peer.hello();
      // What was whole before is still served.
      peer.send([0, 5, "echo", ["before"]]).sendBytes(bytes).send([0, 6, "echo", ["after"]]);
      await raw.clock.runMicrotasks();
      assertEquals(peer.responses.map(({ id }) => id), [5, 0], name);
      const said = isExtended ? lastWords(peer) : String(peer.responses[1].error).split(":")[0];
      assertEquals([said, codes.pop()], [code, code], name);
      assertEquals(peer.hungUp, { reason: undefined }, name);
    }
  }
  await assertServes(raw);
});

Deno.test("An id may be anything from 0 to 2^32-1, and is answered as it is", async () => {
  await using raw = await RawNode.serve(served);
  const ids = [0, 1, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31, 2 ** 32 - 1];
  const peer = raw.connect().hello();
  for (const id of ids) peer.send([0, id, "echo", [id]], [0, id, "later", [id]]);
  await raw.clock.runMicrotasks();
  assertEquals(
    peer.responses.slice().sort((a, b) => a.id - b.id).map(({ id }) => id),
    ids.flatMap((id) => [id, id]),
  );
});

Deno.test("An id that is used again while it runs, or waits, ends the session", async () => {
  await using raw = await RawNode.serve(served, { limits: { maxRunningCalls: 1 } });
  const codes = watchReleases(raw);
  // The first is running by then, the second is held back.
  for (const id of [5, 6]) {
    const peer = raw.connect().hello();
    peer.send([0, 5, "hang", []], [0, 6, "hang", []], [0, id, "echo", []]);
    await raw.clock.runMicrotasks();
    assertEquals(lastWords(peer), "protocol_error");
    assert(peer.hungUp !== undefined);
  }
  assertEquals(codes, ["protocol_error", "protocol_error"]);
  await assertServes(raw);
});

Deno.test("An id may be used again once it is answered", async () => {
  await using raw = await RawNode.serve(served);
  const peer = raw.connect().hello();
  for (let i = 0; i < 3; i++) {
    peer.send([0, 5, "later", [i]]);
    await raw.clock.runMicrotasks();
    peer.send([0, 5, "echo", [i]]);
  }
  assertEquals(peer.responses.length, 6);
});

Deno.test("Responses and items for nobody are passed over", async () => {
  await using raw = await RawNode.serve(served);
  const peer = raw.connect().hello();
  for (const id of [0, 1, 64, 65, 2 ** 32 - 1]) {
    peer.send([1, id, null, "result"], [1, id, "error", null], [1, id, { code: 1 }, {}]);
    peer.send([2, "$/item", [id, 1]], [2, "$/item", [id]]);
  }
  for (const id of [-1, 1.5, NaN, Infinity, 1e308, -1e308]) peer.send([2, "$/item", [id, 1]]);
  const call = raw.node.connections[0].call("f");
  peer.send([1, 1, null, "mine"]);
  assertEquals(await call, "mine");
  assertEquals(peer.hungUp, undefined);
});

Deno.test("Extensions with nonsense for arguments do nothing", async () => {
  await using raw = await RawNode.serve(served);
  const peer = raw.connect().hello(2).send([0, 1, "count", []], [0, 2, "hang", []]);
  await raw.clock.runMicrotasks();
  const odd = [null, "1", [1], { id: 1 }, -1, 1.5, 1e308, NaN, -Infinity, 2n ** 60n, true];
  for (const name of ["$/cancel", "$/credit", "$/item", "$/ping", "$/pong", "$/", "$/nothing"]) {
    peer.send([2, name, []]);
    for (const first of odd) {
      peer.send([2, name, [first]]);
      for (const second of odd) peer.send([2, name, [first, second]]);
    }
  }
  for (const count of [0, -1, 0.5, 1.9, -1e308, 1e308, NaN, Infinity, 65_537, "5", null]) {
    peer.send([2, "$/credit", [1, count]]);
  }
  await raw.clock.runMicrotasks();
  // Not one item more, and not one call cancelled.
  assertEquals(peer.notified("$/item"), [[1, 0], [1, 1]]);
  assertEquals(peer.responses, []);
  peer.send([2, "$/credit", [1, 1]]);
  await raw.clock.runMicrotasks();
  assertEquals(peer.notified("$/item").length, 3);
  assertEquals(peer.hungUp, undefined);
});

Deno.test("Hello may come twice, late, and with nonsense in it", async () => {
  await using raw = await RawNode.serve(served);
  const peer = raw.connect().send([0, 1, "echo", []]);
  for (const params of [[], [null], ["x"], [[]], [{ name: 5, window: "x" }], [{ window: -1 }]]) {
    peer.send([2, "$/hello", params]);
  }
  assertEquals(peer.notified("$/hello").length, 1);
  const [caller] = raw.node.connections;
  assertEquals(caller.info, { name: "", namespace: "", window: 1 });
  peer.send([2, "$/hello", [{ name: "\u001b[2Jeve\n", namespace: "n".repeat(500), window: 9 }]]);
  assertEquals(caller.info, { name: "[2Jeve", namespace: "n".repeat(128), window: 9 });
  peer.send([0, 2, "count", []]);
  await raw.clock.runMicrotasks();
  assertEquals(peer.notified("$/item").length, 9);
});

Deno.test("A method's name may be a megabyte, unknown, and not be UTF-8", async () => {
  await using raw = await RawNode.serve(served);
  const peer = raw.connect().hello();
  peer.send([0, 1, "x".repeat(1_000_000), []], [0, 2, new Uint8Array([0xff, 0x65]), []]);
  const [long, odd] = peer.responses.map(({ error }) => error as { code: string; message: string });
  assertEquals([long.code, odd.code], ["method_not_found", "method_not_found"]);
  assertEquals(long.message.length < 200, true);
  assertEquals(odd.message, 'Cannot call "\ufffde" as no such function is published here');
});

Deno.test("A hundred thousand unknown names are answered, the first few with a hint", async () => {
  const names = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [`function_with_a_long_name_${i}`, () => i]),
  );
  await using raw = await RawNode.serve(names);
  const peer = raw.connect().hello();
  for (let batch = 0; batch < 100; batch++) {
    peer.send(...Array.from({ length: 1_000 }, (_, i) => [
      0,
      batch * 1_000 + i,
      `function_with_a_long_nome_${i % 100}`,
      [],
    ]));
  }
  assertEquals(peer.responses.length, 100_000);
  const hints = peer.responses.filter(({ error }) =>
    (error as RemoteError).message.includes("did you mean")
  );
  assertEquals(hints.map(({ id }) => id), [...Array(16).keys()]);
  assert(peer.responses.every(({ error }) => (error as RemoteError).code === "method_not_found"));
});

Deno.test("Texts that are not UTF-8 arrive as bytes, and go back as bytes", async () => {
  await using raw = await RawNode.serve(served);
  // [0, 1, "echo", ["\xff\xfea"]]
  const peer = raw.connect().sendBytes(
    Uint8Array.of(0x94, 0, 1, 0xa4, 0x65, 0x63, 0x68, 0x6f, 0x91, 0xa3, 0xff, 0xfe, 0x61),
  );
  assertEquals(peer.responses[0].result, [Uint8Array.of(0xff, 0xfe, 0x61)]);
});

Deno.test("Keyword arguments that name what every object has are refused like any other", async () => {
  await using raw = await RawNode.serve({ f: (a = 1) => a });
  const peer = raw.connect().hello();
  for (const name of ["constructor", "toString", "hasOwnProperty", "__defineGetter__"]) {
    peer.send([0, 1, "f", [{ $kw: { [name]: 1 } }]]);
    assertEquals((peer.responses.at(-1)!.error as RemoteError).code, "invalid_params", name);
  }
  assertEquals(({} as Record<string, unknown>).polluted, undefined);
});

Deno.test("A peer that half-closes in the middle of a message is told nothing more", async () => {
  await using raw = await RawNode.serve(served);
  const codes = watchReleases(raw);
  const peer = raw.connect().send([0, 1, "hang", []]).sendBytes(Uint8Array.of(0x94, 0, 2))
    .halfClose();
  await raw.clock.runMicrotasks();
  assert(peer.hungUp !== undefined);
  assertEquals(peer.responses, []);
  assertEquals(codes, ["protocol_error"]);
});

Deno.test("What a peer breaks off in mid-session fails our calls with the reason", async () => {
  await using raw = await RawNode.serve(served);
  const peer = raw.connect().hello();
  const call = raw.node.connections[0].call("f");
  const failed = assertRejects(() => call) as Promise<DecodeError>;
  peer.sendBytes(Uint8Array.of(0xc1));
  const error = await failed;
  assertEquals([error.name, error.code], ["DecodeError", "protocol_error"]);
});

Deno.test("A peer's list of functions is not believed blindly", async () => {
  await using raw = await RawNode.serve();
  const lists: unknown[] = [
    null,
    5,
    {},
    [5],
    [{}],
    [{ name: 5 }],
    [{ name: "f" }],
    [{ name: "f", parameters: "x", stream: false }],
    [{ name: "f", parameters: [], stream: "yes" }],
    [{ name: "f", parameters: Array(65).fill({}), stream: false }],
  ];
  for (const list of lists) {
    const peer = raw.connect().hello();
    const call = raw.node.connections.at(-1)!.call("_synapse.methods");
    peer.send([1, 1, null, list]);
    const answer = await call;
    const error = await assertRejects(async () => await parseEndpoints(answer)) as DecodeError;
    assertEquals(error.name, "DecodeError");
    peer.cut();
    await raw.clock.runMicrotasks();
  }
});
