import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { EncodeError, Node, RemoteError, SynapseError } from "@synapse/p2p";
import { findProgram, runProgram, startServer } from "./program.ts";

const CLIENT = `${import.meta.dirname}/python/synapse_client.py`;
const SERVER = `${import.meta.dirname}/python/synapse_server.py`;
const BARE_CLIENT = `${import.meta.dirname}/python/synapse_v0_client.py`;
const EXAMPLE = `${import.meta.dirname}/../../examples/bitcoin_namespace.ts`;
// The one on the PATH may be another than the one that Debian's packages are for.
const python = findProgram(
  ["python3", "-c", "import msgpack"],
  ["/usr/bin/python3", "-c", "import msgpack"],
);

if (python === undefined) {
  Deno.test.ignore(
    "Python: msgpack is not installed (Debian's package: python3-msgpack)",
    () => {},
  );
} else {
  Deno.test("Python calls our functions by synapse's framed protocol", async () => {
    await using node = new Node({ name: "alice" });
    const joined: string[] = [];
    node.on("peerJoined", ({ peer: { name, addresses } }) => joined.push(name, ...addresses));
    node.endpoint("sum", { description: "Adds" }, (a: number, b: number) => a + b)
      .endpoint("length", (bytes: Uint8Array) => bytes.length);
    const { address } = await node.listen("tcp://127.0.0.1:0");
    const printed = await runProgram(python, CLIENT, `127.0.0.1:${address.port}`);
    const answers = printed.trim().split("\n").map((line) => JSON.parse(line));
    const [[, { self, peers, ...join }]] = answers.splice(8, 1);
    assertEquals(answers, [
      [true, 3],
      [true, 3],
      [false, "internal_error"],
      [false, "bad_request"],
      [true, 40],
      [true, 4 * 1024 * 1024 - 200],
      [true, "pong"],
      [true, [
        { name: "length", publish: true, description: "" },
        { name: "sum", publish: true, description: "Adds" },
      ]],
      [false, "bad_request"],
      // Too large, by a little and by a lot: the answer is seen all the same.
      [false, "bad_request"],
      [false, "bad_request"],
      [false, "bad_request"],
    ]);
    assertEquals(join, { accepted: true });
    assertEquals([self.name, self.address, self.port], ["alice", "127.0.0.1", address.port]);
    assertEquals([peers[0].id, joined[0]], ["py", "python"]);
    assertMatch(joined[1], /^synapse:\/\/127\.0\.0\.1:\d+$/);
  });

  Deno.test("Python calls our functions by synapse's first protocol", async () => {
    await using node = new Node();
    node.endpoint("greet", (name: string) => `hello ${name}`)
      .endpoint("later", () => Promise.resolve({ ok: true }))
      .endpoint("long", () => "x".repeat(100_000))
      .endpoint("fail", () => {
        throw new Error("kaboom");
      });
    const { address } = await node.listen("tcp://127.0.0.1:0");
    const call = async (...args: string[]) =>
      (await runProgram(python, BARE_CLIENT, `127.0.0.1:${address.port}`, ...args)).trim();
    assertEquals(await call("greet", "Åsa"), "hello Åsa");
    assertEquals(await call("later"), '{"ok":true}');
    assertEquals((await call("long")).length, 100_000);
    assertEquals(await call("nope"), "400");
    assertEquals(await call("fail"), "");
    assertEquals(await call("greet"), "");
  });

  Deno.test("Python answers our calls by synapse's framed protocol", async () => {
    await using server = await startServer(python, SERVER);
    await using node = new Node();
    const remote = await node.connect(`synapse://${server.address}`);
    const value = { text: "Åsa", list: [1.5, -1, null, true], bytes: Uint8Array.of(0, 255) };
    assertEquals(await remote.call("echo", [value]), value);
    const sums = Array.from({ length: 50 }, (_, n) => remote.call("add", [n, 40]));
    assertEquals(await Promise.all(sums), Array.from({ length: 50 }, (_, n) => n + 40));
    assertEquals(await remote.call("named", [], { kwargs: { a: 1, b: "two" } }), {
      a: 1,
      b: "two",
    });
    assertEquals((await remote.call("long", [4_000_000]) as string).length, 4_000_000);
    const failed = await assertRejects(() => remote.call("fail"), RemoteError, "division by zero");
    assertEquals(failed.code, "internal_error");
    const silent = await assertRejects(() => remote.call("nothing"), SynapseError);
    assertEquals(silent.code, "connection_lost");
  });

  Deno.test("Python answers our calls by synapse's first protocol", async () => {
    await using server = await startServer(python, SERVER, "v0");
    await using node = new Node();
    const remote = await node.connect(
      `synapse-v0://${server.address}`,
    );
    assertEquals(await remote.call("add", [1, 2]), "3");
    assertEquals(await remote.call("nothing"), "");
    assertEquals((await remote.call("long", [100_000]) as string).length, 100_000);
    // The largest request that fits the one read of a real server.
    const text = "x".repeat(4_096 - 24);
    assertEquals(await remote.call("echo", [text]), text);
    await assertRejects(() => remote.call("echo", [`${text}x`]), EncodeError);
    const refused = await assertRejects(() => remote.call("nope"), RemoteError);
    assertEquals(refused.code, "bad_request");
  });

  Deno.test("Python calls the node of examples/bitcoin_namespace.ts", async () => {
    const args = ["run", "--quiet", "--allow-net=127.0.0.1", EXAMPLE, "0"];
    await using server = await startServer(Deno.execPath(), ...args);
    assertMatch(server.address, /^tcp:\/\/127\.0\.0\.1:\d+$/);
    const place = server.address.replace("tcp://", "");
    const call = async (...args: string[]) =>
      (await runProgram(python, BARE_CLIENT, place, ...args)).trim();
    assertEquals(await call("broadcast_message", "hello"), "sending: hello");
    assertEquals(JSON.parse(await call("get_nodes")), [{ name: "alice", address: server.address }]);
    await using node = new Node();
    assertEquals(await node.call(place, "broadcast_message", ["again"]), "sending: again");
  });
}
