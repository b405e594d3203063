import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import net from "node:net";
import { type Address, formatAddress, parseAddress } from "../../core/address.ts";
import type { Channel, Listener } from "../../core/channel.ts";
import { TransportError } from "../../core/errors.ts";
import { TcpTransport } from "../../transports/tcp.ts";
import { send } from "../conformance/connection.ts";
import { hasIpv6 } from "../conformance/ipv6.ts";
import { RecordingSink } from "../conformance/recording_sink.ts";
import { testBounded } from "../conformance/test_bounded.ts";

const transport = new TcpTransport();
const LOOPBACK = parseAddress("127.0.0.1:0");

/** Listens, and hands over what is accepted one by one. */
class Accepting implements AsyncDisposable {
  readonly listener: Listener;
  readonly #accepted: Channel[];
  readonly #waiting: ((channel: Channel) => void)[];

  constructor(listener: Listener, accepted: Channel[], waiting: ((channel: Channel) => void)[]) {
    this.listener = listener;
    this.#accepted = accepted;
    this.#waiting = waiting;
  }

  static async at(address: Address): Promise<Accepting> {
    const accepted: Channel[] = [];
    const waiting: ((channel: Channel) => void)[] = [];
    const listener = await transport.listen(address, (channel) => {
      const take = waiting.shift();
      if (take === undefined) accepted.push(channel);
      else take(channel);
    });
    return new Accepting(listener, accepted, waiting);
  }

  get port(): number {
    return this.listener.address.port;
  }

  next(): Promise<Channel> {
    const channel = this.#accepted.shift();
    return channel === undefined
      ? new Promise((resolve) => this.#waiting.push(resolve))
      : Promise.resolve(channel);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.listener.close();
  }
}

/** A plain socket, such as a program in another language has. */
async function connectPlainly(port: number): Promise<net.Socket> {
  const socket = net.connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  await happens(socket, "connect");
  return socket;
}

function happens(socket: net.Socket, event: string): Promise<unknown> {
  return new Promise((resolve) => socket.once(event, resolve));
}

testBounded("TcpTransport.listen() on port 0 says which port it got", async () => {
  await using first = await Accepting.at(LOOPBACK);
  await using second = await Accepting.at(LOOPBACK);
  assertEquals(first.listener.address.host, "127.0.0.1");
  assert(first.port > 0 && second.port > 0 && first.port !== second.port);
});

testBounded(
  "TcpTransport listens and dials by name, and keeps the name that was dialled",
  async () => {
    await using accepting = await Accepting.at(parseAddress("localhost:0"));
    const to = parseAddress(`localhost:${accepting.port}`);
    const near = await transport.dial(to);
    const far = await accepting.next();
    assertEquals(near.remote, to);
    assertEquals(far.local, accepting.listener.address);
    await Promise.all([near.close(), far.close()]);
  },
);

const ipv6Test = hasIpv6 ? testBounded : Deno.test.ignore;

ipv6Test("TcpTransport listens on every interface, IPv4 and IPv6 at once", async () => {
  await using accepting = await Accepting.at(parseAddress("[::]:0"));
  for (const host of ["127.0.0.1", "[::1]"]) {
    const near = await transport.dial(parseAddress(`${host}:${accepting.port}`));
    const far = await accepting.next();
    await Promise.all([near.close(), far.close()]);
  }
});

testBounded(
  "TcpTransport switches delays off and the system's probes on, at both ends",
  async () => {
    const { setNoDelay, setKeepAlive } = net.Socket.prototype;
    const options: string[] = [];
    net.Socket.prototype.setNoDelay = function (isOn) {
      options.push(`no delay ${isOn}`);
      return setNoDelay.call(this, isOn);
    };
    net.Socket.prototype.setKeepAlive = function (this: net.Socket, ...args: [boolean?, number?]) {
      const [isOn, delayMs] = args;
      options.push(`keep-alive ${isOn} ${delayMs}`);
      return setKeepAlive.call(this, isOn, delayMs);
    } as typeof setKeepAlive;
    try {
      await using accepting = await Accepting.at(LOOPBACK);
      const near = await transport.dial(accepting.listener.address);
      const far = await accepting.next();
      assertEquals(options.toSorted(), [
        "keep-alive true 30000",
        "keep-alive true 30000",
        "no delay true",
        "no delay true",
      ]);
      await Promise.all([near.close(), far.close()]);
    } finally {
      Object.assign(net.Socket.prototype, { setNoDelay, setKeepAlive });
    }
  },
);

testBounded("TcpTransport.dial() says in one line that a host name is unknown", async () => {
  const error = await assertRejects(
    () => transport.dial({ ...LOOPBACK, host: "no..such..host", port: 1 }),
    TransportError,
  );
  assertEquals([error.code, error.url], ["unreachable", "tcp://no..such..host:1"]);
  assertMatch(
    error.message,
    /^Cannot connect to tcp:\/\/no\.\.such\.\.host:1 as the host name (is unknown|could not be looked up)$/,
  );
  assert(error.cause instanceof Error);
});

ipv6Test("TcpTransport.dial() writes IPv6 addresses in brackets", async () => {
  const { listener } = await Accepting.at(parseAddress("[::1]:0"));
  await listener.close();
  const url = formatAddress(listener.address);
  assertMatch(url, /^tcp:\/\/\[::1\]:\d+$/);
  const error = await assertRejects(() => transport.dial(listener.address), TransportError);
  assertEquals(error.message, `Cannot connect to ${url} as nothing listens there`);
});

testBounded("TcpTransport.listen() says in one line that a port is in use", async () => {
  await using accepting = await Accepting.at(LOOPBACK);
  const url = `tcp://127.0.0.1:${accepting.port}`;
  const error = await assertRejects(
    () => transport.listen(parseAddress(url), () => {}),
    TransportError,
  );
  assertEquals(
    error.message,
    `Cannot listen on ${url} as the address is taken: choose another`,
  );
});

testBounded("TcpTransport.listen() says in one line that an address isn't ours", async () => {
  const error = await assertRejects(
    () => transport.listen(parseAddress("192.0.2.200:0"), () => {}),
    TransportError,
  );
  assertMatch(error.message, /^Cannot listen on tcp:\/\/192\.0\.2\.200:0 as the \w+ [^\n]+$/);
});

testBounded("TcpTransport answers a plain peer that half-closes after its request", async () => {
  await using accepting = await Accepting.at(LOOPBACK);
  const peer = await connectPlainly(accepting.port);
  const channel = await accepting.next();
  const sink = new RecordingSink({
    end: () => {
      send(channel, `you said ${sink.text}`);
      channel.close();
    },
  });
  channel.open(sink);
  peer.end("hello");
  const replies: string[] = [];
  peer.on("data", (chunk) => replies.push(String(chunk)));
  await happens(peer, "close");
  await sink.untilSaid("close");
  assertEquals(replies.join(""), "you said hello");
  assertEquals([sink.events, sink.error], [["data", "end", "close"], undefined]);
});

testBounded("TcpTransport reports a plain peer's reset", async () => {
  await using accepting = await Accepting.at(LOOPBACK);
  const peer = await connectPlainly(accepting.port);
  const channel = await accepting.next();
  const sink = new RecordingSink();
  channel.open(sink);
  peer.resetAndDestroy();
  await sink.untilSaid("close");
  const error = sink.error as TransportError;
  assertEquals([error.code, error.url], ["connection_lost", formatAddress(channel.remote)]);
  assertEquals(
    error.message,
    `Connection with ${formatAddress(channel.remote)} broke: the other side reset it`,
  );
});

testBounded(
  "TcpTransport goes on listening when peers reset before they are looked at",
  async () => {
    await using accepting = await Accepting.at(LOOPBACK);
    for (let i = 0; i < 20; i++) (await connectPlainly(accepting.port)).resetAndDestroy();
    for (let i = 0; i < 20; i++) {
      const channel = await accepting.next();
      const sink = new RecordingSink();
      channel.open(sink);
      await sink.untilSaid("close");
    }
    const near = await transport.dial(accepting.listener.address);
    const far = await accepting.next();
    await Promise.all([near.close(), far.close()]);
  },
);

testBounded("TcpTransport hangs up on a peer that never closes its own end", async () => {
  await using accepting = await Accepting.at(LOOPBACK);
  const peer = await connectPlainly(accepting.port);
  peer.on("error", () => {}).resume();
  const channel = await accepting.next();
  const sink = new RecordingSink();
  channel.open(sink);
  using timers = new Timers();
  const closed = channel.close();
  await happens(peer, "end");
  await timers.until(2_000);
  assertEquals(sink.events, []);
  timers.fire();
  await closed;
  assertEquals([sink.events, sink.error], [["close"], undefined]);
  peer.destroy();
});

testBounded(
  "TcpTransport hangs up on a peer that takes nothing of what is left, and says so",
  async () => {
    await using accepting = await Accepting.at(LOOPBACK);
    const peer = await connectPlainly(accepting.port);
    peer.on("error", () => {}).pause();
    const channel = await accepting.next();
    const sink = new RecordingSink();
    channel.open(sink);
    for (let i = 0; i < 24; i++) send(channel, new Uint8Array(1024 * 1024));
    using timers = new Timers();
    const closed = channel.close();
    await timers.until(30_000);
    timers.fire();
    await closed;
    assertEquals(sink.events, ["close"]);
    assertMatch(
      sink.error!.message,
      /^Connection with \S+ broke: the other side has stopped reading$/,
    );
    peer.destroy();
  },
);

testBounded(
  "TcpTransport goes on closing as long as the peer takes some of what is left",
  async () => {
    await using accepting = await Accepting.at(LOOPBACK);
    const peer = await connectPlainly(accepting.port);
    const channel = await accepting.next();
    const sink = new RecordingSink();
    channel.open(sink);
    for (let i = 0; i < 24; i++) send(channel, new Uint8Array(1024 * 1024));
    using timers = new Timers();
    const closed = channel.close();
    let takenBytes = 0;
    peer.on("data", (chunk) => takenBytes += chunk.length);
    await happens(peer, "end");
    await timers.until(2_000);
    peer.end();
    await closed;
    assertEquals(takenBytes, 24 * 1024 * 1024);
    assert(timers.delaysMs.filter((delayMs) => delayMs === 30_000).length > 1);
    assertEquals(sink.error, undefined);
  },
);

/** Holds back what is to happen later, until it is told to. */
class Timers implements Disposable {
  readonly #original = globalThis.setTimeout;
  readonly delaysMs: number[] = [];
  #callback: () => void = () => {};
  #waiting: (() => void)[] = [];

  constructor() {
    globalThis.setTimeout = ((callback: () => void, delayMs: number) => {
      this.#callback = callback;
      this.delaysMs.push(delayMs);
      for (const resolve of this.#waiting.splice(0)) resolve();
      return 0;
    }) as unknown as typeof setTimeout;
  }

  /** Waits until the last timer set is one of that length. */
  async until(delayMs: number): Promise<void> {
    while (this.delaysMs.at(-1) !== delayMs) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  fire(): void {
    this.#callback();
  }

  [Symbol.dispose](): void {
    globalThis.setTimeout = this.#original;
  }
}
