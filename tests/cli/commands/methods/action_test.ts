import { assertEquals, assertRejects } from "@std/assert";
import { methods } from "../../../../cli/commands/methods/action.ts";
import { UsageError } from "../../../../cli/usage_error.ts";
import { RemoteError } from "../../../../mod.ts";
import { FakeIo } from "../../fake_io.ts";
import { servePlain } from "../../plain_server.ts";
import { withNode } from "../../with_node.ts";

const COMMON = { timeoutMs: 30_000, isJson: false, discovery: {}, identity: undefined };

Deno.test("methods() lists signatures and descriptions", () =>
  withNode((node) => {
    node.endpoint("sum", { description: "Adds\ntwo numbers" }, (a: number, b = 1) => a + b);
    node.endpoint("ticks", function* (_n: number) {});
  }, async (target) => {
    const io = new FakeIo();
    assertEquals(await methods({ target, ...COMMON }, io), 0);
    assertEquals(io.out.text, "sum(a, b = 1)     Adds two numbers\nstream ticks(_n)\n");

    const terminal = new FakeIo({ isTty: true, columns: 80 });
    await methods({ target, ...COMMON }, terminal);
    assertEquals(
      terminal.out.text,
      "\u001b[1msum(a, b = 1)\u001b[0m     Adds two numbers\n\u001b[1mstream ticks(_n)\u001b[0m\n",
    );
  }));

Deno.test("methods() prints one JSON object a line", () =>
  withNode((node) => {
    node.endpoint("one", () => 1);
    node.endpoint("two", { description: "2" }, (...args: unknown[]) => args);
  }, async (target) => {
    const io = new FakeIo();
    await methods({ target, ...COMMON, isJson: true }, io);
    const lines = io.out.text.trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals(lines, [
      { name: "one", parameters: [], stream: false },
      {
        name: "two",
        parameters: [{ name: "args", kind: "rest", optional: true }],
        stream: false,
        description: "2",
      },
    ]);
  }));

Deno.test("methods() lists one namespace where it is asked for that", () =>
  withNode((node) => {
    node.endpoint("sum", () => 0);
    node.namespace("private").endpoint("sum", (a: number) => a);
  }, async (target) => {
    const io = new FakeIo();
    assertEquals(await methods({ target, ...COMMON, namespace: "private" }, io), 0);
    assertEquals(await methods({ target, ...COMMON, namespace: "priv" }, io), 0);
    assertEquals(io.out.text, "private/sum(a)\n");
    assertEquals(io.err.text, `synapse: ${target} publishes no functions in priv\n`);
  }));

Deno.test("methods() of easyrpc:// takes a secret", async () => {
  const target = "easyrpc://127.0.0.1:9/ws/path";
  await assertRejects(
    () => methods({ target, ...COMMON }, new FakeIo()),
    UsageError,
    "easyrpc:// takes the server's --secret, or SYNAPSE_SECRET",
  );
});

Deno.test("methods() says that there are none", () =>
  withNode(() => {}, async (target) => {
    const io = new FakeIo();
    assertEquals(await methods({ target, ...COMMON }, io), 0);
    assertEquals([io.out.text, io.err.text], ["", `synapse: ${target} publishes no functions\n`]);
  }));

Deno.test("methods() makes harmless what the peer wrote", () =>
  withNode(
    (node) => node.endpoint("a\u001b[2J", { description: "b\u0007" }, () => 0),
    async (target) => {
      const io = new FakeIo();
      await methods({ target, ...COMMON }, io);
      assertEquals(io.out.text, "a\\u001b[2J()  b\\u0007\n");
    },
  ));

Deno.test("methods() says that a plain MessagePack-RPC peer has no list", async () => {
  await using server = servePlain();
  const { target } = server;
  const error = await assertRejects(
    () => methods({ target, ...COMMON }, new FakeIo()),
    RemoteError,
  );
  assertEquals(
    error.message,
    `Cannot list functions of ${target} as it keeps no list, as plain MessagePack-RPC peers don't: call them by name`,
  );
});
