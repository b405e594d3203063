import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { Acceptor, AcceptorHost } from "../../core/acceptor.ts";
import type { Channel } from "../../core/channel.ts";
import { encodeMessagePack } from "../../core/codecs/messagepack.ts";
import type { LinkSession } from "../../core/link.ts";
import type { Protocol } from "../../core/protocol.ts";
import { RawNode } from "../support/raw_node.ts";

const UTF8 = new TextEncoder();
const REQUEST = encodeMessagePack([0, 1, "sum", [1, 2]]);
const ANSWER = { type: "response", id: 1, error: null, result: 3 };
const sum = (a: number, b: number): number => a + b;

/** A protocol whose connections begin with `yo:`; it remembers what it was given. */
class Yo implements Protocol, Acceptor {
  readonly name = "yo";
  readonly openings: string[] = [];
  host: AcceptorHost | undefined;
  isClosed = false;

  serve(host: AcceptorHost): Acceptor {
    this.host = host;
    return this;
  }

  recognise(opening: Uint8Array): boolean | undefined {
    const text = new TextDecoder().decode(opening.subarray(0, 3));
    if (text === "yo:") return true;
    return "yo:".startsWith(text) && opening.length < 3 ? undefined : false;
  }

  accept(channel: Channel, opening: Uint8Array) {
    this.openings.push(new TextDecoder().decode(opening));
    let over = (): void => {};
    const closed = new Promise<void>((resolve) => over = resolve);
    channel.open({ data() {}, drain() {}, end() {}, close: () => over() });
    return { address: channel.remote, closed, close: () => channel.close() };
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

/** A node that speaks the native protocol and another, and what it has refused. */
async function serveTwo(options = {}) {
  const yo = new Yo();
  const raw = await RawNode.serve({ sum }, options);
  raw.node.speak(yo);
  const refused: string[] = [];
  raw.node.on("refused", ({ error }) => refused.push(error.message));
  return { raw, yo, refused };
}

Deno.test("a listener hands each connection to whoever speaks its protocol", async () => {
  const { raw, yo } = await serveTwo();
  await using _ = raw;
  assertEquals(raw.node.dialects, ["msgpack-rpc", "yo"]);
  assertEquals(raw.connect().send([0, 1, "sum", [1, 2]]).responses, [ANSWER as never]);
  raw.connect().sendBytes(UTF8.encode("yo: and more"));
  assertEquals(yo.openings, ["yo: and more"]);
});

Deno.test("a connection is recognised however its first bytes are cut", async () => {
  const { raw, yo } = await serveTwo();
  await using _ = raw;
  const peer = raw.connect();
  for (const byte of REQUEST) peer.sendBytes(Uint8Array.of(byte));
  assertEquals(peer.responses, [ANSWER as never]);
  const other = raw.connect();
  for (const byte of UTF8.encode("yo:!")) other.sendBytes(Uint8Array.of(byte));
  assertEquals(yo.openings, ["yo:"]);
});

Deno.test("a connection that begins like nothing is refused, and its like is named", async () => {
  const { raw, refused } = await serveTwo();
  await using _ = raw;
  const openings = [
    [[0x16, 0x03, 0x01, 0x02], "TLS"],
    [[0xf9, 0xbe, 0xb4, 0xd9], "Bitcoin mainnet"],
    [[0xda, 0xb5, 0xbf, 0xfa], "Bitcoin SV regtest"],
    [UTF8.encode("SSH-2.0-x"), "SSH"],
    [UTF8.encode("GET / HTTP/1.1"), "HTTP"],
    [[0x93, 0x07], "bytes 93 07"],
    [[0xc1], "bytes c1"],
    [new Uint8Array(100).fill(0xff), "bytes ff ff ff ff ff ff ff ff ..."],
  ] as const;
  for (const [bytes, name] of openings) {
    const peer = raw.connect().sendBytes(Uint8Array.from(bytes));
    assertEquals(
      refused.pop(),
      `Cannot serve connection as nothing that is spoken here begins so: got ${name}`,
    );
    assertEquals(peer.hungUp === undefined, false);
    assertEquals(peer.messages, []);
  }
});

Deno.test("a connection that says too little in time is refused, others go on", async () => {
  const { raw, refused } = await serveTwo({ limits: { detectionMs: 100 } });
  await using _ = raw;
  const slow = raw.connect().sendBytes(UTF8.encode("yo"));
  const good = raw.connect().send([0, 1, "sum", [1, 2]]);
  await raw.clock.advance(99);
  assertEquals(refused, []);
  await raw.clock.advance(1);
  assertMatch(refused[0], /it hasn't said enough in 100 ms to tell: got bytes 79 6f$/);
  assertEquals(slow.hungUp === undefined, false);
  assertEquals(good.send([0, 1, "sum", [1, 2]]).responses.length, 2);
});

Deno.test("a connection that says nothing in time counts as native: somebody may still be typing", async () => {
  const { raw, refused } = await serveTwo({ limits: { detectionMs: 100 } });
  await using _ = raw;
  const silent = raw.connect();
  await raw.clock.advance(100);
  assertEquals([silent.hungUp, refused, raw.node.connections.length], [undefined, [], 1]);
  await raw.clock.advance(60_000);
  assertEquals(silent.send([0, 1, "sum", [1, 2]]).responses, [ANSWER as never]);
});

Deno.test("a silent connection is refused where nothing native is spoken", async () => {
  const yo = new Yo();
  const options = { dialects: ["yo", "hey"], limits: { detectionMs: 100 } };
  await using raw = await RawNode.serve({}, options);
  raw.node.speak(yo).speak({
    name: "hey",
    serve: (host) => ({
      ...new Yo().serve(host),
      name: "hey",
      recognise: () => false,
      accept: (channel, opening) => yo.accept(channel, opening),
    }),
  });
  const silent = raw.connect();
  await raw.clock.advance(100);
  assertEquals(silent.hungUp === undefined, false);
});

Deno.test("an acceptor gets no more than detectionBytes to look at, and must then know", async () => {
  const { raw, refused } = await serveTwo({ limits: { detectionBytes: 4 } });
  await using _ = raw;
  const looked: number[] = [];
  raw.node.speak({
    name: "undecided",
    serve: () => ({
      name: "undecided",
      recognise: (opening) => void looked.push(opening.length),
      accept: () => {
        throw new Error("nobody asked");
      },
    }),
  });
  raw.connect().sendBytes(UTF8.encode("abc")).sendBytes(UTF8.encode("defgh"));
  assertEquals(looked, [3, 4]);
  assertEquals(refused.length, 1);
});

Deno.test("who hangs up before the first byte is nobody's fault; after it, too soon", async () => {
  const { raw, refused } = await serveTwo();
  await using _ = raw;
  raw.connect().channel.sink!.end();
  assertEquals(refused, []);
  const peer = raw.connect().sendBytes(UTF8.encode("y"));
  peer.channel.sink!.end();
  assertEquals(refused, [
    "Cannot serve connection as it ended too soon to tell: got bytes 79",
  ]);
});

Deno.test("dialects narrow what a listener speaks; one alone needs no first bytes", async () => {
  const { raw, yo } = await serveTwo({ dialects: ["yo"], limits: { detectionMs: 10 } });
  await using _ = raw;
  assertEquals(raw.node.dialects, ["yo"]);
  const peer = raw.connect();
  await raw.clock.advance(1_000);
  assertEquals([yo.openings, peer.hungUp], [[""], undefined]);
});

Deno.test("connections count from the first moment, whatever they speak", async () => {
  const { raw, refused } = await serveTwo({ limits: { maxConnections: 2 } });
  await using _ = raw;
  const silent = raw.connect();
  raw.connect().sendBytes(UTF8.encode("yo:"));
  await raw.clock.runMicrotasks();
  raw.connect();
  assertEquals(refused, ["Cannot accept connection as 2 are open already"]);
  silent.channel.over();
  await raw.clock.runMicrotasks();
  assertEquals(raw.connect().send([0, 1, "sum", [1, 2]]).responses, [ANSWER as never]);
});

Deno.test("a node that closes ends what it has accepted, recognised or not", async () => {
  const { raw, yo } = await serveTwo();
  const silent = raw.connect();
  const known = raw.connect().sendBytes(UTF8.encode("yo:"));
  await raw[Symbol.asyncDispose]();
  assertEquals([silent, known].map((peer) => peer.hungUp === undefined), [false, false]);
  assertEquals(yo.isClosed, true);
});

Deno.test("connect() calls by the protocol that has the scheme", async () => {
  const { raw } = await serveTwo();
  await using _ = raw;
  const session: LinkSession = {
    isOpen: true,
    error: undefined,
    closed: new Promise(() => {}),
    close: () => Promise.resolve(),
    info: undefined,
    address: { scheme: "hey", host: "there", port: 1, path: "" },
    call: (method, args = []) => Promise.resolve(`${method}(${args})`),
    stream: () => {
      throw new Error("not here");
    },
    notify: () => {},
  };
  raw.node.speak({ name: "hey", schemes: ["hey"], connect: () => Promise.resolve(session) });
  const remote = await raw.node.connect("hey://there:1");
  assertEquals(await remote.call("sum", [1, 2]), "sum(1,2)");
  await assertRejects(() => raw.node.connect("ho://there:1"), Error, "only raw://, hey:// are");
});
