import { assert, assertEquals } from "@std/assert";
import { decodeBase64Url, unescapePadding } from "../../../core/codecs/pnet_base64.ts";
import { parsePnetCommand, type PnetCommand } from "../../../core/codecs/pnet_command.ts";
import { decodePnetValue, type PnetValue } from "../../../core/codecs/pnet_value.ts";
import { PnetAdvancedNode } from "../../../core/pnet/advanced_node.ts";
import { PnetBasicNode } from "../../../core/pnet/basic_node.ts";
import { PnetCommandNode } from "../../../core/pnet/command_node.ts";
import type { PnetCrypto } from "../../../core/pnet/crypto.ts";
import { readAll } from "../../../core/pnet/transfer_data.ts";
import { nodePnetCrypto } from "../../../transports/pnet_crypto.ts";
import { TestNetwork } from "../../support/pnet_network.ts";
import { conversation, openPacket, vectorOf, VECTORS } from "../../support/pnet_vectors.ts";

const UTF8 = new TextDecoder();
const RESULT_ID = /^CHUNKED_RESPONSE\?rs=success&.*&id=([\w-]+)$/;

/** Draws the ids that a real server has drawn, so that a recorded caller can go on with them. */
function withIdsOf(name: string): PnetCrypto {
  const ids = conversation(name)
    .map(({ response }) => RESULT_ID.exec(response?.decoded?.text ?? "")?.[1])
    .filter((id) => id !== undefined);
  return {
    ...nodePnetCrypto,
    randomBytes: (length) =>
      length === 8 ? decodeBase64Url(`${ids.shift()}=`, "id") : nodePnetCrypto.randomBytes(length),
  };
}

/** What the answers to a recorded conversation are; undefined where the connection was closed without any. */
async function replay(
  name: string,
  serve: (network: TestNetwork) => Promise<unknown>,
): Promise<(PnetCommand | undefined)[]> {
  await using network = new TestNetwork();
  await network.join("alice");
  await serve(network);
  const answers: (PnetCommand | undefined)[] = [];
  for (const { request } of conversation(name)) {
    const text = await network.say("bob", request.text);
    answers.push(
      text === ""
        ? undefined
        : parsePnetCommand(openPacket(text, "alice", { keyed: true }) as string),
    );
  }
  return answers;
}

function recordedAnswers(name: string): (PnetCommand | undefined)[] {
  return conversation(name).map(({ response }) =>
    response === undefined ? undefined : parsePnetCommand(response.decoded!.text!)
  );
}

const advanced = (name: string) => async (network: TestNetwork) => {
  const bob = await network.join("bob", { crypto: withIdsOf(name) });
  return new PnetAdvancedNode(bob, { chunkBytes: 48 })
    .register("length", async (_node, _og, input) => String((await readAll(input, 1_000)).length))
    .register("stream", () => new TextEncoder().encode("S".repeat(100)))
    .register(
      "upper",
      async (_node, _og, input) => UTF8.decode(await readAll(input, 1_000)).toUpperCase(),
    );
};

const command = (name: string) => async (network: TestNetwork) => {
  const bob = await network.join("bob", { crypto: withIdsOf(name) });
  return new PnetCommandNode(bob)
    .register("add", (a: number, b = 10) => a + b)
    .register("boom", () => {})
    .register("bad_return", () => new Set([1]));
};

/** The JSON that a conversation with a command node has ended in. */
function resultOf(answers: readonly (PnetCommand | undefined)[]): unknown {
  const data = answers.filter((answer) => answer?.fields.pt === "part").map((answer) =>
    UTF8.decode(decodeBase64Url(unescapePadding(answer!.fields.dt), "part"))
  );
  return JSON.parse(data.join(""));
}

/** A command without what depends on how JSON is spaced. */
function shapeOf(answer: PnetCommand | undefined): unknown {
  const { dt: _dt, ck: _ck, ...fields } = answer?.fields ?? {};
  return { name: answer?.name, ...fields };
}

for (const kind of ["str", "bytes"]) {
  Deno.test(`PnetBasicNode answers a real client's ${kind} with a network key`, async () => {
    await using network = new TestNetwork();
    const bob = await network.join("bob");
    new PnetBasicNode(bob, { onmessage: (value) => value });
    const text = await network.say("bob", vectorOf(`netkey.msg.${kind}`).text);
    const recorded = openPacket(vectorOf(`netkey.rsp.${kind}`).text, "alice", { keyed: true });
    assertEquals(openPacket(text, "alice", { keyed: true }), recorded);
  });
}

for (const kind of ["str", "empty_str"]) {
  Deno.test(`PnetBasicNode answers a real client's ${kind} without a network key, in plain base64`, async () => {
    await using network = new TestNetwork();
    const bob = await network.join("bob", { keyed: false });
    new PnetBasicNode(bob, { onmessage: (value) => value });
    const text = await network.say("bob", vectorOf(`nokey.msg.${kind}`).text);
    const recorded = openPacket(vectorOf(`nokey.rsp.${kind}`).text, "alice", { keyed: false });
    assertEquals(openPacket(text, "alice", { keyed: false }), recorded);
    assert(!text.includes("b'"));
  });
}

Deno.test("PnetBasicNode refuses a real client's pickle without running anything", async () => {
  await using network = new TestNetwork();
  const got: PnetValue[] = [];
  const refused: unknown[] = [];
  const bob = await network.join("bob", { onRefused: (error) => refused.push(error) });
  new PnetBasicNode(bob, { onmessage: (value) => (got.push(value), value) });
  const text = await network.say("bob", vectorOf("netkey.msg.object").text);
  assert(text.startsWith("labnet|err|ERR_PICKLE_REFUSED|"));
  assertEquals(got, []);
  assertEquals((refused[0] as { code: string }).code, "not_supported");
});

for (const request of VECTORS.filter((vector) => /^netkey\.err\..*\.request$/.test(vector.name))) {
  const response = vectorOf(request.name.replace(".request", ".response"));
  const outcome = response.decoded?.code ?? "nothing";
  Deno.test(`PnetMember answers ${outcome} to the recorded ${request.name}`, async () => {
    await using network = new TestNetwork();
    const broadcasts: string[] = [];
    const bob = await network.join("bob");
    new PnetBasicNode(bob, {
      onmessage: () => "never",
      onbroadcast: (text) => broadcasts.push(text),
    });
    assertEquals(await network.say("bob", request.text), response.text);
    assertEquals(broadcasts, request.name.includes(".brd.") ? ["broadcast text"] : []);
    const isAdvert = request.name.includes("adv_ok");
    assertEquals(bob.peers.names, isAdvert ? ["zed"] : []);
    if (isAdvert) {
      const { address } = bob.peers.get("zed")!;
      assertEquals(address, { scheme: "tcp", host: "127.0.0.1", port: 3333, path: "" });
    }
  });
}

Deno.test("PnetAdvancedNode answers a real caller's stream with the recorded stream", async () => {
  const name = "advanced.chunked.stream_to_stream";
  assertEquals(await replay(name, advanced(name)), recordedAnswers(name));
});

Deno.test("PnetAdvancedNode answers a real caller's bytes with a value, where the real one pickles it", async () => {
  const name = "advanced.chunked.bytes_to_value";
  const answers = await replay(name, advanced(name));
  assertEquals(answers.slice(0, -1), recordedAnswers(name).slice(0, -1));
  const { name: kind, fields } = answers.at(-1)!;
  assertEquals([kind, fields.rs, decodePnetValue(unescapePadding(fields.dt))], [
    "RESPONSE",
    "success",
    "100",
  ]);
});

for (const [name, calls] of [["single_target", 1], ["two_targets", 2]] as const) {
  Deno.test(`PnetAdvancedNode gives a function what a real caller has sent RAW: ${name}`, async () => {
    const answers = await replay(`advanced.raw.${name}`, advanced(`advanced.raw.${name}`));
    assertEquals(answers.length, calls);
    for (const answer of answers) {
      // A real function gets "str|hi", and so answers "STR|HI".
      assertEquals(shapeOf(answer), { name: "RESPONSE", rs: "success" });
      assertEquals(decodePnetValue(unescapePadding(answer!.fields.dt)), "HI");
    }
  });
}

Deno.test("PnetAdvancedNode closes on RAW for an unknown function, as the real one does", async () => {
  const name = "advanced.raw.unknown_function";
  assertEquals(await replay(name, advanced(name)), [undefined]);
});

Deno.test("PnetAdvancedNode closes on a part for an unknown function, which a real caller would repeat for ever", async () => {
  const name = "advanced.chunked.unknown_function";
  const answers = await replay(name, advanced(name));
  assertEquals(answers[0], recordedAnswers(name)[0]);
  assertEquals(recordedAnswers(name)[1]?.fields.rs, "wrong id");
  assertEquals(answers[1], undefined);
});

for (
  const [name, expected] of [
    ["add", { type: "success", value: 3 }],
    ["get_peers", { type: "success", value: ["alice"] }],
    ["unknown_function", { type: "error", description: "function does not exist on node" }],
    ["bad_return", { type: "error", description: "bad return data" }],
    ["two_targets", undefined],
  ] as const
) {
  Deno.test(`PnetCommandNode answers a real caller as the real node does: ${name}`, async () => {
    const recorded = recordedAnswers(`command.${name}`);
    const answers = await replay(`command.${name}`, command(`command.${name}`));
    assertEquals(answers.map(shapeOf), recorded.map(shapeOf));
    if (expected === undefined) {
      assertEquals(resultOf(answers.slice(0, 5)), resultOf(recorded.slice(0, 5)));
      assertEquals(resultOf(answers.slice(5)), resultOf(recorded.slice(5)));
    } else {
      assertEquals(resultOf(recorded), expected);
      assertEquals(resultOf(answers), expected);
    }
  });
}

Deno.test("PnetCommandNode answers a real caller as the real node does: get_funcs", async () => {
  const answers = await replay("command.get_funcs", command("command.get_funcs"));
  const recorded = recordedAnswers("command.get_funcs");
  assertEquals(answers.map(shapeOf), recorded.map(shapeOf));
  const [ours, theirs] = [answers, recorded].map((list) =>
    (resultOf(list) as { value: string[] }).value
  );
  assertEquals(ours.toSorted(), theirs.toSorted());
});

Deno.test("PnetCommandNode tells a real caller why a function failed, where the real one closes", async () => {
  await using network = new TestNetwork();
  const alice = await network.join("alice");
  const bob = await network.join("bob");
  new PnetCommandNode(bob).register("boom", () => {
    throw new Error("kaboom");
  });
  const packets = conversation("command.boom");
  assertEquals(packets.at(-1)!.response, undefined);
  const answers: PnetCommand[] = [];
  for (const { request } of packets) {
    const text = await network.say("bob", request.text);
    answers.push(parsePnetCommand(openPacket(text, "alice", { keyed: true }) as string));
  }
  const { id } = answers.at(-1)!.fields;
  const part = await alice.ask("bob", `CHUNKED_REQUEST?pt=part&id=${id}&in=0`) as string;
  assertEquals(resultOf([parsePnetCommand(part)]), {
    type: "error",
    description: "internal_error: kaboom",
  });
});
