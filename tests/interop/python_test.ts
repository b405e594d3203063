import { assertEquals, assertRejects } from "@std/assert";
import { Node, RemoteError, SynapseError } from "@synapse/p2p";
import { findProgram, runProgram, startServer } from "./program.ts";

const CLIENT = `${import.meta.dirname}/python/client.py`;
const SERVER = `${import.meta.dirname}/python/server.py`;
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
  for (const dialect of ["new", "old"]) {
    Deno.test(`Python calls our functions, in ${dialect} MessagePack`, async () => {
      await using node = new Node();
      const logged = Promise.withResolvers<string>();
      node.endpoint("sum", (a: number, b: number) => a + b)
        .endpoint("greet", (name: string) => `hello ${name}`)
        .endpoint("later", (text: string) => Promise.resolve(text))
        .endpoint("length", (value: string | Uint8Array) => [typeof value, value.length])
        .endpoint("fail", () => {
          throw new SynapseError("out_of_stock", "No apples left");
        })
        .endpoint("log", (line: string) => logged.resolve(line));
      const { address } = await node.listen("tcp://127.0.0.1:0");
      const printed = await runProgram(python, CLIENT, `127.0.0.1:${address.port}`, dialect);
      const answers = printed.trim().split("\n").map((line) => JSON.parse(line));
      // In old MessagePack both are the same type; only what is no text stays bytes.
      assertEquals(answers, [
        [1, null, 3],
        [2, null, "hello Åsa"],
        [3, "out_of_stock: No apples left", null],
        [4, null, ["string", 36]],
        [5, null, ["object", 40]],
        [6, null, "soon"],
      ]);
      assertEquals(await logged.promise, "one line");
    });
  }

  Deno.test("Python answers our calls", async () => {
    await using server = await startServer(python, SERVER);
    await using node = new Node();
    const remote = await node.connect(server.address);
    const value = { text: "Åsa", list: [1.5, -1, null, true], bytes: Uint8Array.of(0, 255) };
    assertEquals(await remote.call("echo", [value]), value);
    const sums = [1, 2, 3].map((n) => remote.call("add", [n, 40]));
    assertEquals(await Promise.all(sums), [41, 42, 43]);
    await assertRejects(() => remote.call("fail"), RemoteError, "division by zero");
    remote.notify("log", ["one line"], { level: 3 });
    const notified = await remote.call("notified") as [string, unknown[]][];
    assertEquals(notified.at(-1), ["log", ["one line", { $kw: { level: 3 } }]]);
  });

  Deno.test("Python's functions are called by name, unchecked since it publishes none", async () => {
    await using server = await startServer(python, SERVER);
    await using node = new Node();
    const remote = await node.connect<{ add(...numbers: number[]): number }>(server.address);
    assertEquals(await remote.fn.add(1, 2, 3), 6);
  });
}
