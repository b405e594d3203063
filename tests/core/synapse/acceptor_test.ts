import { assertEquals, assertStringIncludes } from "@std/assert";
import type { SynapseResponse } from "../../../core/codecs/synapse_message.ts";
import { createSynapseAcceptor, type SynapseAcceptor } from "../../../core/synapse/acceptor.ts";
import type { Endpoints } from "../../support/pair.ts";
import { callFrame, createHost, decodeFrames, Visit } from "../../support/synapse_host.ts";
import { EDGES, FRAMES, vectorOf } from "../../support/synapse_vectors.ts";

/** Functions like those of the real node whose answers were recorded. */
const ENDPOINTS: Endpoints = {
  sum: [{ description: "Add two numbers" }, (a: number, b: number) => a + b],
  echo: [
    { description: "Return what came." },
    (...args: readonly unknown[]) => ({ args, kwargs: {} }),
  ],
  boom: () => {
    throw new Error("kaboom");
  },
  whoami: () => null,
  unserializable: () => Symbol("nothing in MessagePack"),
  large: () => null,
  "team.question": (_question: string, broadcast: object) => ({ accepted: "nonce" in broadcast }),
  hidden: [{ hidden: true }, () => null],
  "_node.ask": [{ hidden: true }, (task: string, context: unknown) => ({ done: task, context })],
};

/** The node that was recorded, in ours. */
function createBob(): SynapseAcceptor {
  const { result } = vectorOf(FRAMES, "info.response").decoded as SynapseResponse;
  const { id, port } = result as { id: string; port: number };
  const addresses = [{ scheme: "tcp", host: "127.0.0.1", port, path: "" }];
  return createSynapseAcceptor(createHost(ENDPOINTS, { addresses }), {
    profile: {
      id,
      name: "bob",
      swarm: "lab.swarm",
      role: "reviewer",
      description: "a test node",
      capabilities: [
        { name: "code-review" },
        {
          name: "sum",
          description: "adds",
          inputSchema: { type: "object" },
          outputSchema: { type: "integer" },
        },
      ],
    },
  });
}

async function answer(acceptor: SynapseAcceptor, request: Uint8Array): Promise<Uint8Array> {
  const visit = await new Visit(acceptor).say(request);
  assertEquals(visit.isClosedWell, true);
  await visit.leave();
  return visit.channel.output;
}

function request(name: string): Uint8Array {
  return vectorOf(FRAMES, `${name}.request`).bytes;
}

Deno.test("createSynapseAcceptor() answers as the real node did, byte for byte", async () => {
  const bob = createBob();
  for (
    const name of [
      ...["sum", "sum_kwargs", "nil_result", "ping", "info", "peers_empty", "error_internal"],
      ...["node_info", "node_capabilities", "node_ask", "heartbeat"],
      ...["broadcast.alice_to_bob.1", "broadcast.bob_to_alice.1", "broadcast_reply_duplicate"],
      ...["ask.bob_to_alice.1", "ask.bob_to_alice.2"],
    ]
  ) {
    const expected = vectorOf(FRAMES, `${name}.response`).bytes;
    assertEquals(await answer(bob, request(name)), expected, name);
  }
  await bob.close!();
});

Deno.test("createSynapseAcceptor() refuses with the real node's codes", async () => {
  const bob = createBob();
  for (
    const name of [
      ...["error_unknown_endpoint", "error_wrong_args", "error_wrong_kwargs"],
      ...["join_wrong_team", "join_extra_field", "artifact_get_unknown"],
      "broadcast_to_endpoint_without_broadcast_param",
    ]
  ) {
    const expected = vectorOf(FRAMES, `${name}.response`).decoded as SynapseResponse;
    const [message] = decodeFrames(await answer(bob, request(name)));
    assertEquals(unworded(message as SynapseResponse), unworded(expected), name);
  }
  await bob.close!();
});

Deno.test("createSynapseAcceptor() says what it couldn't send, where the real node closes", async () => {
  const bob = createBob();
  const [message] = decodeFrames(await answer(bob, request("unserializable_result")));
  assertEquals((message as SynapseResponse).error?.code, "internal_error");
});

Deno.test("createSynapseAcceptor() lists functions and peers as the real node did", async () => {
  const bob = createBob();
  // By the second join, the recorded node had lost the first peer.
  for (const name of ["methods", "join", "heartbeat", "join_minimal_peer", "peers"]) {
    const [message] = decodeFrames(await answer(bob, request(name)));
    if (name === "join_minimal_peer") continue;
    const expected = vectorOf(FRAMES, `${name}.response`).decoded as SynapseResponse;
    assertEquals(unordered(message as SynapseResponse), unordered(expected), name);
  }
  await bob.close!();
});

Deno.test("createSynapseAcceptor() answers bytes made by hand as the real node did", async () => {
  const bob = createBob();
  for (const { name, bytes, answer: expected } of EDGES) {
    if (HANGING.includes(name)) continue;
    const visit = await new Visit(bob).say(bytes);
    if (name.includes("half-close")) visit.channel.halfClose();
    const [actual] = visit.messages as SynapseResponse[];
    assertEquals(unworded(actual), unworded(decodeFrames(expected)[0] as SynapseResponse), name);
    if (actual.ok) assertEquals(visit.channel.output, expected, name);
    await visit.leave();
  }
});

Deno.test("createSynapseAcceptor() takes its name from the node, where its profile has none", async () => {
  const host = createHost({}, {
    addresses: [{ scheme: "tcp", host: "0.0.0.0", port: 9, path: "" }],
  });
  const acceptor = createSynapseAcceptor(host, { profile: { id: "1" } });
  const { name, address, port, swarm, team } = acceptor.swarm.self();
  assertEquals([name, address, port], ["node", "127.0.0.1", 9]);
  assertEquals([swarm, team], [null, "default"]);
  const [message] = decodeFrames(await answer(acceptor, callFrame("_node.info")));
  assertEquals((message as SynapseResponse).result, {
    name: "node",
    role: "",
    description: "",
    capabilities: [],
  });
});

Deno.test("createSynapseAcceptor() says where it can be reached only if it can be", async () => {
  const acceptor = createSynapseAcceptor(createHost(), { profile: { id: "1" } });
  const [message] = decodeFrames(await answer(acceptor, callFrame("_synapse.info")));
  const { error } = message as SynapseResponse;
  assertEquals(error?.code, "not_supported");
  assertStringIncludes(error!.message, "listens on no TCP address");
});

/** The real node waits for ever: what becomes of these is in `one_call_test.ts`. */
const HANGING = ["edge.partial body, silence"];

/** Every implementation words its errors itself. */
function unworded({ id, ok, result, error }: SynapseResponse): unknown {
  return { id, ok, result, code: error?.code };
}

/** Lists in no order, times left out. */
function unordered({ result }: SynapseResponse): unknown {
  const text = JSON.stringify(result, (key, value) => {
    if (key === "last_seen") return undefined;
    if (!Array.isArray(value) || typeof value[0] !== "object") return value;
    return value.toSorted((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  });
  return JSON.parse(text);
}
