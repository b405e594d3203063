import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Address, parseAddress } from "../../../core/address.ts";
import type { Transport } from "../../../core/channel.ts";
import { DecodeError, RemoteError, SynapseError, TransportError } from "../../../core/errors.ts";
import type { Node } from "../../../core/node.ts";
import {
  createSynapseProtocol,
  SYNAPSE_BARE_PROTOCOL,
  SYNAPSE_CALLS,
} from "../../../core/synapse/protocol.ts";
import { MemoryTransport } from "../../../transports/memory.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { createNode, type Endpoints } from "../../support/pair.ts";
import { encodeFrame } from "../../support/synapse_host.ts";

/** Memory that goes by the name of TCP, whose addresses the older protocols use. */
function createWires(): Transport {
  const memory = new MemoryTransport();
  const named = ({ host, port }: Address) => parseAddress(`memory://${host}-${port}`);
  return {
    schemes: ["tcp"],
    dial: (to, options) => memory.dial(named(to), options),
    async listen(at, accept) {
      const { close } = await memory.listen(named(at), accept);
      return { address: at, close, [Symbol.asyncDispose]: close };
    },
  };
}

/** A server that speaks everything on one port, and a client that does. */
class Town implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly protocol = createSynapseProtocol({ profile: { id: "bob-id" } });
  readonly server: Node;
  readonly client: Node;
  readonly #wires = createWires();

  constructor(endpoints: Endpoints = {}) {
    const wires = this.#wires;
    this.server = createNode(wires, this.clock, { name: "bob" }, endpoints);
    this.server.speak(this.protocol).speak(SYNAPSE_BARE_PROTOCOL);
    this.client = createNode(wires, this.clock);
    this.client.speak(SYNAPSE_CALLS).speak(SYNAPSE_BARE_PROTOCOL);
  }

  static async open(endpoints?: Endpoints): Promise<Town> {
    const town = new Town(endpoints);
    await town.server.listen("tcp://server:1");
    return town;
  }

  /** Listens at `raw:1`, and answers whatever comes with the same bytes; never, where there are none. */
  async playBack(bytes?: Uint8Array): Promise<void> {
    await this.#wires.listen(parseAddress("tcp://raw:1"), (channel) => {
      const data = (): void => {
        if (bytes === undefined) return;
        channel.writer.bytes(bytes);
        void channel.close();
      };
      channel.open({ data, drain() {}, end() {}, close() {} });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.client.close(0), this.server.close(0)]);
  }
}

const SUM: Endpoints = { sum: [{ description: "Adds" }, (a: number, b: number) => a + b] };

Deno.test("One port answers native callers and those of both older protocols", async () => {
  await using town = await Town.open(SUM);
  assertEquals(town.server.dialects, ["msgpack-rpc", "synapse", "synapse-v0"]);
  const results = ["tcp", "synapse", "synapse-v0"].map((scheme) =>
    town.client.call(`${scheme}://server:1`, "sum", [1, 2])
  );
  assertEquals(await Promise.all(results), [3, 3, "3"]);
});

Deno.test("A remote on synapse:// calls, is pinged, and lists what is published", async () => {
  await using town = await Town.open(SUM);
  const remote = await town.client.connect("synapse://server:1");
  assertEquals(remote.isConnected, true);
  assertEquals(await remote.call("sum", [1], { kwargs: { b: 2 } }), 3);
  assertEquals(await remote.fn.sum(1, 2), 3);
  assertEquals(await remote.ping(), 0);
  const parameters = [{ name: "args", kind: "rest" as const, optional: true }];
  assertEquals(await remote.methods(), [
    { name: "sum", parameters, stream: false, description: "Adds" },
  ]);
  assertEquals(await Array.fromAsync(remote.stream("sum", [1, 2])), [3]);
  assertThrows(() => remote.notify("sum", [1, 2]), SynapseError, "notify sum by synapse");
  await remote.close();
  assertEquals(remote.isConnected, false);
});

Deno.test("A remote on synapse-v0:// calls and is pinged, and can't list anything", async () => {
  await using town = await Town.open(SUM);
  const remote = await town.client.connect("synapse-v0://server:1");
  assertEquals(await remote.call("sum", [1, 2]), "3");
  assertEquals(await remote.fn.sum(1, 2), "3");
  assertEquals(await remote.ping(), 0);
  const error = await assertRejects(() => remote.methods(), RemoteError);
  assertEquals(error.code, "not_supported");
});

Deno.test("A refused ping of synapse-v0:// is a sign of life, and no answer is none", async () => {
  await using town = new Town();
  const remote = await town.client.connect("synapse-v0://raw:1");
  await assertRejects(() => remote.ping(), TransportError);
  await town.playBack(new TextEncoder().encode("400"));
  await remote.ping();
});

Deno.test("A list of functions that is none is refused", async () => {
  for (const result of ["none", [5], [{ publish: true }]]) {
    await using town = new Town();
    await town.playBack(encodeFrame({ type: "response", id: "1", ok: true, result, error: null }));
    const remote = await town.client.connect("synapse://raw:1");
    await assertRejects(() => remote.methods(), DecodeError, "Cannot read published functions");
  }
});

Deno.test("Nobody is dialled before a call is made", async () => {
  await using town = new Town();
  const remote = await town.client.connect("synapse://nobody:1");
  await assertRejects(() => remote.call("sum"), TransportError, "nothing listens there");
});

Deno.test("Closing a remote waits for its calls, and then no longer", async () => {
  const answer = Promise.withResolvers<string>();
  await using town = await Town.open({ later: () => answer.promise });
  const remote = await town.client.connect("synapse://server:1");
  const patient = remote.call("later");
  await town.clock.runMicrotasks();
  const closed = remote.close(1_000);
  answer.resolve("now");
  assertEquals(await patient, "now");
  await closed;

  const other = await town.client.connect("synapse-v0://raw:1");
  await town.playBack();
  const stuck = assertRejects(() => other.call("later"), SynapseError, "session is closed");
  await town.clock.runMicrotasks();
  const gone = other.close(1_000);
  await town.clock.advance(1_000);
  await Promise.all([gone, stuck]);
});

Deno.test("A call of a remote is given up when its caller says so", async () => {
  await using town = new Town();
  await town.playBack();
  const remote = await town.client.connect("synapse://raw:1");
  const controller = new AbortController();
  const call = remote.call("sum", [], { signal: controller.signal });
  await town.clock.runMicrotasks();
  controller.abort(new Error("enough"));
  await assertRejects(() => call, Error, "enough");
});

Deno.test("createSynapseProtocol() has a swarm once a node serves it", async () => {
  const protocol = createSynapseProtocol({ profile: { id: "1" } });
  const error = assertThrows(() => protocol.swarm, SynapseError);
  assertEquals(error.code, "not_supported");
  await using town = await Town.open();
  assertEquals(town.protocol.swarm.self().address, "server");
});
