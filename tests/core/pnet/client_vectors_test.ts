import { assertEquals, assertRejects } from "@std/assert";
import { decodeBase64Url, unescapePadding } from "../../../core/codecs/pnet_base64.ts";
import { parsePnetCommand } from "../../../core/codecs/pnet_command.ts";
import { RemoteError, SynapseError } from "../../../core/errors.ts";
import { PnetAdvancedNode } from "../../../core/pnet/advanced_node.ts";
import { PnetBasicNode } from "../../../core/pnet/basic_node.ts";
import { PnetCommandNode } from "../../../core/pnet/command_node.ts";
import { readAll } from "../../../core/pnet/transfer_data.ts";
import { playBack, TestNetwork } from "../../support/pnet_network.ts";
import { conversation, openPacket, type PnetVector, vectorOf } from "../../support/pnet_vectors.ts";

const UTF8 = new TextDecoder();

/** A command node that asks, and what a real server would have heard. */
async function ask<T>(
  name: string,
  run: (nodes: { command: PnetCommandNode; advanced: PnetAdvancedNode }) => Promise<T>,
): Promise<{ result: T; requests: unknown[] }> {
  await using network = new TestNetwork();
  const alice = await network.join("alice");
  const answers = conversation(name).map(({ response }) => response?.text ?? "");
  const lines = await playBack(network, "bob", answers);
  const advanced = new PnetAdvancedNode(alice, { chunkBytes: 48 });
  const command = new PnetCommandNode(alice, { chunkBytes: 16_384 });
  const result = await run({ command, advanced });
  return {
    result,
    requests: lines.map((line) => shapeOf(openPacket(line, "bob", { keyed: true }) as string)),
  };
}

/** A request without its own id, and with JSON as values, since Python spaces it otherwise. */
function shapeOf(text: string): unknown {
  const { name, fields } = parsePnetCommand(text);
  const { dt, ck, id, ...rest } = fields;
  const isOurId = name === "CHUNKED";
  const data = dt === undefined ? "" : UTF8.decode(decodeBase64Url(unescapePadding(dt), "dt"));
  const isJson = data.startsWith("{");
  return {
    name,
    ...rest,
    ...(!isOurId && { id }),
    data: isJson ? JSON.parse(data) : data,
    ...(!isJson && fields.pt !== "end" && { ck }),
  };
}

function recordedRequests(name: string): unknown[] {
  return conversation(name).map(({ request }: { request: PnetVector }) =>
    shapeOf(request.decoded!.text!)
  );
}

for (
  const [vector, keyed, expected] of [
    ["netkey.rsp.str", true, "hello €"],
    ["netkey.rsp.bytes", true, new Uint8Array([0, 1, 0xff, 0x7c, 0x78])],
    ["nokey.rsp.str", false, "hello €"],
    ["nokey.rsp.empty_str", false, ""],
  ] as const
) {
  Deno.test(`PnetBasicNode.send() reads a real server's ${vector}`, async () => {
    await using network = new TestNetwork();
    const alice = await network.join("alice", { keyed });
    const [request] = [await playBack(network, "bob", [vectorOf(vector).text])];
    const node = new PnetBasicNode(alice, { onmessage: () => "" });
    assertEquals(await node.send("bob", "hello €"), expected);
    assertEquals(openPacket(request[0], "bob", { keyed }), "hello €");
  });
}

Deno.test("PnetBasicNode.send() refuses a real server's pickle", async () => {
  await using network = new TestNetwork();
  const alice = await network.join("alice");
  await playBack(network, "bob", [vectorOf("netkey.rsp.object").text]);
  const node = new PnetBasicNode(alice, { onmessage: () => "" });
  const error = await assertRejects(() => node.send("bob", "x"), SynapseError, "pickle");
  assertEquals(error.code, "not_supported");
});

for (
  const code of [
    "ERR_SECTION_COUNT",
    "ERR_NETWORK_INCORRECT",
    "ERR_NET_DECRYPTION_FAILED",
    "ERR_RSA_DECRYPTION_FAILED",
  ]
) {
  Deno.test(`PnetBasicNode.send() fails with a real server's ${code}`, async () => {
    await using network = new TestNetwork();
    const alice = await network.join("alice");
    await playBack(network, "bob", [vectorOf(`netkey.err.${code}.response`).text]);
    const node = new PnetBasicNode(alice, { onmessage: () => "" });
    const error = await assertRejects(() => node.send("bob", "x"), RemoteError);
    assertEquals(error.code, code);
  });
}

Deno.test("PnetAdvancedNode.send() streams to a real server, and its stream back", async () => {
  const name = "advanced.chunked.stream_to_stream";
  const { result, requests } = await ask(name, async ({ advanced }) => {
    const data = (async function* () {
      yield new Uint8Array(7).fill(0x71);
      yield new Uint8Array(53).fill(0x71);
    })();
    const answer = await advanced.send("bob", "stream", data);
    return UTF8.decode(await readAll(answer as ReadableStream<Uint8Array>, 1_000));
  });
  assertEquals(result, "S".repeat(100));
  // The number of parts of a stream isn't known when it begins; real servers don't look at it.
  const [first, ...others] = recordedRequests(name);
  assertEquals(requests, [{ ...first as object, ln: "0" }, ...others]);
});

Deno.test("PnetAdvancedNode.send() writes what a real caller writes, and refuses a pickled result", async () => {
  const name = "advanced.chunked.bytes_to_value";
  const { requests } = await ask(name, async ({ advanced }) => {
    const error = await assertRejects(
      () => advanced.send("bob", "length", new Uint8Array(100).fill(0x78)),
      SynapseError,
    );
    assertEquals(error.code, "not_supported");
  });
  assertEquals(requests, recordedRequests(name));
});

Deno.test("PnetAdvancedNode.send() sends RAW as real callers do", async () => {
  const { result, requests } = await ask(
    "advanced.raw.single_target",
    ({ advanced }) => advanced.send("bob", "upper", "hi", { raw: true }),
  );
  assertEquals(result, new TextEncoder().encode("STR|HI"));
  assertEquals(requests, recordedRequests("advanced.raw.single_target"));
});

Deno.test("PnetAdvancedNode.send() stops at the first refusal, which a real caller ignores", async () => {
  const { requests } = await ask("advanced.chunked.unknown_function", async ({ advanced }) => {
    const error = await assertRejects(
      () => advanced.send("bob", "nope", new Uint8Array(100).fill(0x78)),
      RemoteError,
    );
    assertEquals(error.code, "method_not_found");
  });
  assertEquals(requests, recordedRequests("advanced.chunked.unknown_function").slice(0, 1));
});

for (
  const [name, call, expected] of [
    ["add", (node) => node.target("bob").fn.add(1, { kwargs: { b: 2 } }), 3],
    ["get_peers", (node) => node.target("bob").fn.get_peers(), ["alice"]],
    [
      "get_funcs",
      (node) => node.target("bob").call("get_funcs"),
      ["get_peers", "get_funcs", "add", "boom", "bad_return"],
    ],
  ] as [string, (node: PnetCommandNode) => Promise<unknown>, unknown][]
) {
  Deno.test(`PnetCommandNode.target() calls a real node: ${name}`, async () => {
    const { result, requests } = await ask(`command.${name}`, ({ command }) => call(command));
    assertEquals(result, expected);
    assertEquals(requests, recordedRequests(`command.${name}`));
  });
}

for (
  const [name, method, args, code] of [
    ["unknown_function", "nope", [1], "method_not_found"],
    ["bad_return", "bad_return", [], "internal_error"],
    ["boom", "boom", [], "connection_lost"],
  ] as const
) {
  Deno.test(`PnetCommandNode.target() fails with ${code} as a real node answers: ${name}`, async () => {
    const { requests } = await ask(`command.${name}`, async ({ command }) => {
      const error = await assertRejects(
        () => command.target("bob").call(method, args),
        SynapseError,
      );
      assertEquals(error.code, code);
    });
    assertEquals(requests, recordedRequests(`command.${name}`));
  });
}
