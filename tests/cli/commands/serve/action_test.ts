import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { serve } from "../../../../cli/commands/serve/action.ts";
import type { ServeOptions } from "../../../../cli/commands/serve/command.ts";
import { createKeyFile } from "../../../../cli/key_file.ts";
import { Interruption } from "../../../../cli/interruption.ts";
import { UsageError } from "../../../../cli/usage_error.ts";
import { fingerprint, Node, type NodeWorld, TransportError } from "../../../../mod.ts";
import { Crowd } from "../../crowd.ts";
import { FakeIo } from "../../fake_io.ts";
import { withNode } from "../../with_node.ts";
import { serveOptions } from "./serve_options.ts";

const CALCULATOR = new URL("../../../../examples/calculator.ts", import.meta.url).pathname;

/** Serves for the time of a test, then ends it with Ctrl-C. */
async function serving(
  options: ServeOptions,
  test: (io: FakeIo, target: string) => Promise<void>,
  world?: Partial<NodeWorld>,
): Promise<FakeIo> {
  const io = new FakeIo();
  const served = serve(options, io, world);
  const [target] = await Promise.race([io.out.until(/(tcp|unix):\/\/[^\s"]+/), served]);
  await test(io, target);
  io.interrupt();
  await assertRejects(() => served, Interruption);
  return io;
}

Deno.test("serve() says what it publishes and where", async () => {
  const io = await serving(
    serveOptions({
      module: CALCULATOR,
      namespace: "demo",
      name: "alice",
      programs: [{ name: "today", argv: ["date"] }],
    }),
    async () => {},
  );
  const text = io.out.text.replace(/:\d+\n/, ":PORT\n");
  assertEquals(
    text,
    `--< synapse 0.1.0 >--

  namespace     demo
  name          alice
  listening on  tcp://127.0.0.1:PORT

functions
  stream countdown(from, pauseMs = 0)  Streams the numbers down to 1.
  sum(a, b)                            Adds two numbers.
  today(...args)                       Runs date.
  traffic()                            Tells how many calls there were in the last minute.

in the background
  measure  every 1 m

`,
  );
  assertEquals(io.err.text, "synapse: stopping; Ctrl-C again doesn't wait\n");
});

Deno.test("serve() tells programs on one line, and nobody else", async () => {
  const io = await serving(serveOptions({ module: CALCULATOR, isJson: true }), async () => {});
  const [listening, stopping] = io.out.text.trimEnd().split("\n").map((line) => JSON.parse(line));
  assertEquals(listening.event, "listening");
  assertMatch(listening.addresses[0], /^tcp:\/\/127\.0\.0\.1:\d+$/);
  assertEquals(listening.endpoints.map((endpoint: { name: string }) => endpoint.name), [
    "countdown",
    "sum",
    "traffic",
  ]);
  assertEquals(listening.background, [{ name: "measure", schedule: "every 1 m" }]);
  assertEquals(stopping.event, "stopping");
  assertEquals(io.err.text, "");
});

Deno.test("serve() answers calls, those of --echo included", async () => {
  await serving(serveOptions({ module: CALCULATOR, hasEcho: true }), async (_io, target) => {
    await using client = new Node();
    const remote = await client.connect(target);
    assertEquals(await remote.call("sum", [1, 2]), 3);
    assertEquals(await remote.call("echo", [1, [2]]), [1, [2]]);
    const items = await Array.fromAsync(remote.stream("countdown", [3]));
    assertEquals(items, [3, 2, 1]);
  });
});

Deno.test("serve() listens wherever it is told to", async () => {
  const folder = await Deno.makeTempDir();
  const path = `unix://${folder}/s.sock`;
  const addresses = ["tcp://127.0.0.1:0", path];
  await serving(serveOptions({ hasEcho: true, addresses }), async (io) => {
    await io.out.until(new RegExp(path));
    await using client = new Node();
    assertEquals(await client.call(path, "echo", [1]), [1]);
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("serve() answers the calls under way before it ends", async () => {
  const folder = await Deno.makeTempDir();
  const module = `${folder}/m.js`;
  await Deno.writeTextFile(
    module,
    `export const slow = () => new Promise((resolve) => globalThis.synapseTest = resolve);`,
  );
  await using client = new Node();
  let answer: Promise<unknown> | undefined;
  await serving(serveOptions({ module }), async (io, target) => {
    const remote = await client.connect(target);
    answer = remote.call("slow");
    // Answered after it: the slow call is under way.
    await remote.ping();
    io.err.until(/stopping/).then(() => Reflect.get(globalThis, "synapseTest")("done"));
  });
  assertEquals(await answer, "done");
  Reflect.deleteProperty(globalThis, "synapseTest");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("serve() warns where others than this machine can call", async () => {
  const io = await serving(
    serveOptions({ hasEcho: true, addresses: ["tcp://0.0.0.0:0"] }),
    async () => {},
  );
  assertMatch(
    io.err.text,
    /^synapse: warning: whoever can reach tcp:\/\/0\.0\.0\.0:\d+ may call every function published here\n/,
  );
});

Deno.test("serve() refuses to serve nothing", async () => {
  await assertRejects(() => serve(serveOptions(), new FakeIo()), UsageError, "there is nothing to");
});

Deno.test("serve() refuses a module without a function", async () => {
  const module = await Deno.makeTempFile({ suffix: ".js" });
  await Deno.writeTextFile(module, "export const a = 1;");
  await assertRejects(
    () => serve(serveOptions({ module }), new FakeIo()),
    UsageError,
    `Cannot serve ${module} as it exports no function`,
  );
  await Deno.remove(module);
});

Deno.test("serve() says why a module's default export fails", async () => {
  const module = await Deno.makeTempFile({ suffix: ".js" });
  await Deno.writeTextFile(module, 'export default () => { throw new Error("no database"); };');
  await assertRejects(
    () => serve(serveOptions({ module }), new FakeIo()),
    UsageError,
    `Cannot serve ${module} as it fails at line 1, column 30: no database`,
  );
  await Deno.remove(module);
});

Deno.test("serve() says that the port is taken", () =>
  withNode(() => {}, async (target) => {
    const error = await assertRejects(
      () => serve(serveOptions({ hasEcho: true, addresses: [target] }), new FakeIo()),
      TransportError,
    );
    assertEquals(
      error.message,
      `Cannot listen on ${target} as the address is taken: choose another`,
    );
  }));

Deno.test("serve() ends at Ctrl-C also while a module is still preparing", async () => {
  const module = await Deno.makeTempFile({ suffix: ".js" });
  await Deno.writeTextFile(
    module,
    "export default () => new Promise(() => globalThis.synapseTest());",
  );
  const preparing = Promise.withResolvers<void>();
  Reflect.set(globalThis, "synapseTest", preparing.resolve);
  const io = new FakeIo();
  const served = serve(serveOptions({ module }), io);
  await preparing.promise;
  io.interrupt();
  await assertRejects(() => served, Interruption);
  Reflect.deleteProperty(globalThis, "synapseTest");
  await Deno.remove(module);
});

const FOUND = serveOptions({ hasEcho: true, namespace: "demo", name: "alice", isAdvertised: true });

Deno.test("serve() lets others find it", async () => {
  await using crowd = new Crowd();
  const bob = await crowd.join("bob");
  const io = await serving(FOUND, async () => {
    assertEquals(await bob.target("alice").call("echo", [1]), [1]);
  }, crowd.world);
  const key = bob.peers.named("alice", "demo")!.key!;
  assertMatch(io.out.text, /^ {2}key +(\S{4}-){3}\S{4}$/m);
  assertEquals(key.length, 43);
});

Deno.test("serve() is who its key file says", async () => {
  await using crowd = new Crowd();
  const bob = await crowd.join("bob");
  const identity = await Deno.makeTempFile();
  const { publicKey, id } = await createKeyFile(identity, true);
  const io = await serving({ ...FOUND, identity }, async () => {
    await bob.target("alice").call("echo");
  }, crowd.world);
  assertEquals(bob.peers.named("alice", "demo")?.key, id);
  assertStringIncludes(io.out.text, fingerprint(publicKey));
  await Deno.remove(identity);
});

Deno.test("serve() serves also where it can't be found", async () => {
  const io = await serving(FOUND, async (_io, target) => {
    await using client = new Node();
    assertEquals(await client.call(target, "echo", [1]), [1]);
  }, { createDatagrams: undefined });
  assertMatch(io.err.text, /^synapse: warning: Cannot look for peers as /);
});

Deno.test("serve() refuses a name that can't be one", async () => {
  await using crowd = new Crowd();
  await assertRejects(
    () => serve({ ...FOUND, name: "a@b" }, new FakeIo(), crowd.world),
    UsageError,
    'got "a@b"',
  );
});

Deno.test("serve() remembers peers in its address book", async () => {
  await using crowd = new Crowd();
  await crowd.join("bob");
  const folder = await Deno.makeTempDir();
  const peers = `${folder}/peers.json`;
  await serving({ ...FOUND, peers }, async (_io, target) => {
    await using client = new Node();
    const remote = await client.connect(target);
    for (let known: unknown[] = []; known.length === 0;) {
      known = await remote.call("get_peers") as unknown[];
    }
  }, crowd.world);
  assertEquals(JSON.parse(await Deno.readTextFile(peers)).peers[0].name, "bob");
  await Deno.remove(folder, { recursive: true });
});
