import { assertEquals } from "@std/assert";
import type { SynapseMessage, SynapseRequest } from "../../../core/codecs/synapse_message.ts";
import { createSynapseAcceptor } from "../../../core/synapse/acceptor.ts";
import type { Swarm } from "../../../core/synapse/swarm.ts";
import { parseSwarmPeer } from "../../../core/synapse/swarm_peer.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { peerMap } from "../../support/swarm_lab.ts";
import { createHost, decodeFrames } from "../../support/synapse_host.ts";
import { StubChannel } from "../../support/stub_channel.ts";
import { FRAMES, vectorOf } from "../../support/synapse_vectors.ts";

/** Lets whoever a peer map tells of do something in a swarm. @returns What it writes, heartbeats left out. */
async function overhear(
  self: unknown,
  act: (swarm: Swarm) => Promise<unknown>,
): Promise<SynapseMessage[]> {
  const clock = new FakeClock();
  const channels: StubChannel[] = [];
  const { id, port, swarm, name, capabilities } = parseSwarmPeer(self, 0);
  const host = createHost({}, {
    clock,
    addresses: [{ scheme: "tcp", host: "127.0.0.1", port, path: "" }],
    dial: () => {
      const channel = new StubChannel();
      channels.push(channel);
      return Promise.resolve(channel);
    },
  });
  const acceptor = createSynapseAcceptor(host, {
    profile: { id, swarm, name, capabilities: capabilities.map((name) => ({ name })) },
  });
  acceptor.swarm.hear(peerMap("other", { swarm }));
  const acted = act(acceptor.swarm).catch(() => {});
  await clock.runMicrotasks();
  await acceptor.close!();
  await acted;
  return channels.map((channel) => decodeFrames(channel.output)[0]);
}

/** What differs each time is left out; the order of fields isn't. */
function stable(message: unknown): string {
  return JSON.stringify(message, (key, value) => {
    if (key === "last_seen" || key === "nonce" || key === "id" && /^\w{1,64}$/.test(value)) {
      return 0;
    }
    return typeof value === "string" && /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(value) ? "nonce" : value;
  });
}

function find(messages: readonly SynapseMessage[], endpoint: string): SynapseMessage | undefined {
  return messages.find((message) => message.type === "request" && message.endpoint === endpoint);
}

/** In the order of the wire, which the decoder doesn't keep. */
function fields({ endpoint, id, args, kwargs = {}, type }: SynapseRequest): unknown {
  return { endpoint, id, args, kwargs, type };
}

function requestOf(name: string): SynapseRequest {
  return vectorOf(FRAMES, `${name}.request`).decoded as SynapseRequest;
}

Deno.test("Swarm says to others what real members say", async () => {
  const broadcast = requestOf("broadcast.alice_to_bob.1");
  const { origin } = broadcast.kwargs!.broadcast as { origin: unknown };
  const reply = requestOf("broadcast.bob_to_alice.1");
  const asked = {
    nonce: reply.args[0] as string,
    origin: parseSwarmPeer(origin, 0),
    endpoint: "team.question",
  };
  const seed = { scheme: "tcp", host: "seed", port: 1, path: "" };
  const cases: readonly (readonly [SynapseRequest, unknown, (swarm: Swarm) => Promise<unknown>])[] =
    [
      [broadcast, origin, (swarm) => swarm.broadcast("team.question", ["why?"])],
      [
        requestOf("ask.alice_to_bob.1"),
        origin,
        (swarm) => swarm.broadcast("synapse.ask", ["review"], { context: { d: 1 } }),
      ],
      [reply, reply.args[1], (swarm) => swarm.reply(asked, reply.kwargs!.result)],
      [requestOf("join"), requestOf("join").args[0], (swarm) => swarm.join(seed)],
      [
        requestOf("heartbeat"),
        requestOf("heartbeat").args[0],
        () => Promise.resolve(),
      ],
    ];
  for (const [expected, self, act] of cases) {
    const said = find(await overhear(self, act), expected.endpoint) as SynapseRequest;
    assertEquals(stable(fields(said)), stable(fields(expected)), expected.endpoint);
  }
});

Deno.test("Swarm.broadcast() keeps the name broadcast for itself", async () => {
  const { args: [self] } = requestOf("join");
  const said = await overhear(
    self,
    (swarm) => swarm.broadcast("play", [], { broadcast: "radio", loud: true }),
  );
  const { kwargs } = find(said, "play") as SynapseRequest;
  assertEquals(Object.keys(kwargs!), ["broadcast", "loud"]);
  assertEquals(typeof kwargs!.broadcast, "object");
});
