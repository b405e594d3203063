/**
 * Talks over TCP with a node of python-p2p-network in Python, whose JSON and compression are not ours.
 *
 * Needs Python 3; without it, the tests are skipped.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { P2pNode } from "../../core/p2p_network/node.ts";
import { nodeP2pCompression } from "../../transports/compression.ts";
import { systemClock, systemRandomBytes } from "../../transports/system.ts";
import { TcpTransport } from "../../transports/tcp.ts";
import { findProgram } from "./program.ts";

const SCRIPT = new URL("./python/p2p_network_peer.py", import.meta.url).pathname;
const PYTHON = findProgram(["python3", SCRIPT, "check"]);
const ignore = PYTHON === undefined;
const skipped = ignore ? " (skipped: python3 is not here)" : "";

function ours(): P2pNode {
  return new P2pNode({ id: "synapse-node" }, {
    transport: new TcpTransport(),
    clock: systemClock,
    randomBytes: systemRandomBytes,
    compression: nodeP2pCompression,
  });
}

/** Starts the script; it ends with its input. */
function start(...args: readonly string[]) {
  const child = new Deno.Command(PYTHON!, {
    args: [SCRIPT, ...args],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const stdin = child.stdin.getWriter();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let printed = "";
  return {
    async readLine(): Promise<string> {
      while (!printed.includes("\n")) {
        const { done, value } = await output.read();
        if (done) throw new Error(`Python ended: ${printed}`);
        printed += value;
      }
      const end = printed.indexOf("\n");
      const line = printed.slice(0, end);
      printed = printed.slice(end + 1);
      return line;
    },
    writeLine: (line: string) => stdin.write(new TextEncoder().encode(`${line}\n`)),
    async [Symbol.asyncDispose]() {
      await stdin.close();
      await child.status;
      await output.cancel();
    },
  };
}

Deno.test({
  name:
    `P2pNode connects with a node in Python, which takes its messages for what they are${skipped}`,
  ignore,
  async fn() {
    await using python = start("serve");
    await using node = ours();
    const heard: unknown[] = [];
    const waiting: (() => void)[] = [];
    node.on("nodeMessage", ({ data }) => {
      heard.push(data);
      waiting.shift()?.();
    });
    const peer = await node.connectWithNode("127.0.0.1", Number(await python.readLine()));
    assertEquals(peer.id, "python-node");
    const ask = async (data: Parameters<typeof peer.send>[0], compression?: "zlib") => {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push(resolve);
      await peer.send(data, { compression });
      await promise;
      return (heard.shift() as { got: unknown }).got;
    };
    assertEquals(await ask("grüße €"), { type: "str", value: "grüße €" });
    assertEquals(await ask({ a: [1, 2.5, null, "é"] }), {
      type: "dict",
      value: { a: [1, 2.5, null, "é"] },
    });
    assertEquals(await ask([1, 2]), { type: "list", value: [1, 2] });
    assertEquals(await ask("123"), { type: "int", value: 123 });
    assertEquals(await ask(new Uint8Array([0, 1, 255])), { type: "bytes", value: "0001ff" });
    assertEquals(await ask(new Uint8Array([4, 2, 255]), "zlib"), {
      type: "bytes",
      value: "0402ff",
    });
    assertEquals(await ask("long ".repeat(20_000)), { type: "str", value: "long ".repeat(20_000) });
    for (const answer of ["zlib", "bzip2", "lzma"]) {
      await ask({ answer });
      if (heard.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      assertEquals(heard.shift(), "answer ".repeat(100));
    }
  },
});

Deno.test({
  name:
    `A node in Python connects with P2pNode, which takes its messages for what they are${skipped}`,
  ignore,
  async fn() {
    await using node = ours();
    const heard: unknown[] = [];
    node.on("nodeMessage", async ({ peer, data }) => {
      heard.push(data);
      await peer.send("taken");
    });
    const { address } = await node.listen("tcp://127.0.0.1:0");
    await using python = start("call", String(address.port));
    assertEquals(JSON.parse(await python.readLine()), { id: "synapse-node" });
    const messages = [
      ["hello", "none", "hello"],
      [{ "a": [1, 2.5, null, "é"] }, "none", { "a": [1, 2.5, null, "é"] }],
      ["0001ff", "bytes", new Uint8Array([0, 1, 255])],
      ["squeezed ".repeat(50), "zlib", "squeezed ".repeat(50)],
      ["squeezed ".repeat(50), "bzip2", "squeezed ".repeat(50)],
      [{ "deep": ["squeezed"] }, "lzma", { "deep": ["squeezed"] }],
    ] as const;
    for (const [value, how, expected] of messages) {
      const isBytes = how === "bytes";
      await python.writeLine(JSON.stringify([value, isBytes ? "none" : how, isBytes]));
      assertEquals(JSON.parse(await python.readLine()), { type: "str", value: "taken" });
      assertEquals(heard.pop(), expected);
    }
    assertEquals([...node.nodesInbound].map(({ id, port }) => [id, port]), [[
      "python-node",
      24301,
    ]]);
  },
});
