import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { discover } from "../../../../cli/commands/discover/action.ts";
import type { DiscoverOptions } from "../../../../cli/commands/discover/command.ts";
import { Interruption } from "../../../../cli/interruption.ts";
import { OutputClosedError } from "../../../../cli/io.ts";
import { UsageError } from "../../../../cli/usage_error.ts";
import { fingerprint, formatAddress, type Node } from "../../../../mod.ts";
import { ANYWHERE, Crowd } from "../../crowd.ts";
import { FakeIo } from "../../fake_io.ts";

function options(changes: Partial<DiscoverOptions> = {}): DiscoverOptions {
  return {
    ...ANYWHERE,
    namespace: "demo",
    timeoutMs: 3_000,
    isWatching: false,
    isJson: false,
    ...changes,
  };
}

function publish(node: Node): void {
  node.endpoint("sum", (a: number, b: number) => a + b);
  node.endpoint("echo", (...args: unknown[]) => args);
}

/** Watches for the time of a test, then ends it with Ctrl-C. */
async function watching(
  crowd: Crowd,
  io: FakeIo,
  changes: Partial<DiscoverOptions>,
  test: () => Promise<unknown>,
): Promise<void> {
  const watched = discover(options({ isWatching: true, ...changes }), io, crowd.world);
  await Promise.race([test(), watched]);
  io.interrupt();
  await assertRejects(() => watched, Interruption);
}

Deno.test("discover() lists who is there, in order of name", async () => {
  await using crowd = new Crowd();
  await crowd.join("bob");
  const alice = await crowd.join("alice", publish);
  const io = new FakeIo();
  assertEquals(await discover(options(), io, crowd.world), 0);
  const [heading, first, second, ...rest] = io.out.text.trimEnd().split("\n");
  assertMatch(heading, /^name +namespace +address +key +latency +seen +functions$/);
  const address = formatAddress(alice.addresses[0]);
  const key = fingerprint(alice.identity.publicKey);
  const time = "[\\d.]+ (µs|ms|s)";
  assertMatch(
    first,
    new RegExp(`^alice  demo +${address}  ${key}  ${time} +${time} ago +echo, sum$`),
  );
  assertMatch(second, /^bob +demo /);
  assertEquals([rest, io.err.text], [[], ""]);
});

Deno.test("discover() describes peers to programs", async () => {
  await using crowd = new Crowd();
  const alice = await crowd.join("alice", publish);
  const io = new FakeIo();
  await discover(options({ isJson: true }), io, crowd.world);
  const { latencyMs, lastSeenMs, ...peer } = JSON.parse(io.out.text);
  assertEquals([typeof latencyMs, typeof lastSeenMs], ["number", "number"]);
  assertEquals(peer, {
    name: "alice",
    namespace: "demo",
    addresses: alice.addresses.map(formatAddress),
    key: alice.identity.id,
    fingerprint: fingerprint(alice.identity.publicKey),
    functions: ["echo", "sum"],
  });
});

Deno.test("discover() lists a peer that doesn't answer, without its latency", async () => {
  await using crowd = new Crowd();
  await crowd.join("alice");
  await crowd.join("silent");
  const io = new FakeIo();
  const refusing = { ...crowd.world, transports: [] };
  await discover(options(), io, refusing);
  assertMatch(io.out.text, /\nsilent .* {2}- {2}.* ago +-\n$/);
});

Deno.test("discover() tells when nobody is there, and gives 3", async () => {
  await using crowd = new Crowd();
  const io = new FakeIo();
  assertEquals(await discover(options({ timeoutMs: 20 }), io, crowd.world), 3);
  assertEquals([io.out.text, io.err.text], [
    "",
    "synapse: nobody was heard in demo within 20 ms\n",
  ]);
});

Deno.test("discover() refuses a namespace that can't be one", async () => {
  await using crowd = new Crowd();
  await assertRejects(
    () => discover(options({ namespace: "a|b" }), new FakeIo(), crowd.world),
    UsageError,
    'got "a|b"',
  );
});

Deno.test("discover() refuses where there is no key file", async () => {
  await using crowd = new Crowd();
  await assertRejects(
    () => discover(options({ identity: "/no/such/key" }), new FakeIo(), crowd.world),
    UsageError,
    "Cannot read key file /no/such/key as there is no such file",
  );
});

Deno.test("discover() draws the table again in place on a terminal", async () => {
  await using crowd = new Crowd();
  await crowd.join("alice", publish);
  const io = new FakeIo({ isTty: true, columns: 200 });
  await watching(crowd, io, {}, () => io.out.until(/alice[^]*.\[2A.\[K[^]*alice/));
  assertEquals(io.out.text.startsWith("\u001b[K"), true);
});

Deno.test("discover() prints what happens on lines of their own elsewhere", async () => {
  await using crowd = new Crowd();
  const io = new FakeIo();
  await watching(crowd, io, {}, async () => {
    const alice = await crowd.join("alice", publish);
    await io.out.until(/^answered /m);
    await alice.close(0);
    await io.out.until(/^offline /m);
  });
  const name = "alice@demo tcp://127\\.0\\.0\\.1:\\d+ \\S+";
  assertMatch(
    io.out.text,
    new RegExp(`^joined ${name}\nanswered ${name} [\\d.]+ (µs|ms) echo, sum\noffline ${name}\n$`),
  );
});

Deno.test("discover() prints what happens as JSON for programs", async () => {
  await using crowd = new Crowd();
  await crowd.join("alice", publish);
  const io = new FakeIo({ isTty: true });
  await watching(crowd, io, { isJson: true }, () => io.out.until(/answered.*\n/));
  const [joined, answered] = io.out.text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals([joined.event, joined.peer.name, joined.peer.functions], ["joined", "alice", null]);
  assertEquals([answered.event, answered.peer.functions], ["answered", ["echo", "sum"]]);
});

Deno.test("discover() ends when nobody reads what happens", async () => {
  await using crowd = new Crowd();
  await crowd.join("alice", publish);
  const io = new FakeIo({ closesAfter: 0 });
  await assertRejects(
    () => discover(options({ isWatching: true }), io, crowd.world),
    OutputClosedError,
  );
});
