import { assertEquals, assertRejects } from "@std/assert";
import type { EasyrpcCredentials } from "../../../core/easyrpc/credentials.ts";
import { createEasyrpcCalls } from "../../../core/easyrpc/protocol.ts";
import { RemoteError, SynapseError } from "../../../core/errors.ts";
import type { ConnectOptions } from "../../../core/node_options.ts";
import { MemoryTransport } from "../../../transports/memory.ts";
import { EasyrpcLab } from "../../support/easyrpc_lab.ts";
import { SECRET } from "../../support/easyrpc_vectors.ts";
import { MemoryTexts } from "../../support/memory_texts.ts";
import { createNode } from "../../support/pair.ts";
import { collect } from "../../support/streams.ts";

const URL = "easyrpc://127.0.0.1:8090/ws/lab";

/** A node that calls a server by easyrpc. */
function open(defaults: EasyrpcCredentials = {}) {
  const lab = new EasyrpcLab({
    sum: (a: number, b = 1) => a + b,
    count: (n: number) => Array.from({ length: n }, (_, i) => i).values(),
  });
  const dialled: MemoryTexts[] = [];
  let ids = 0;
  const node = createNode(new MemoryTransport(), lab.clock).speak(createEasyrpcCalls({
    ...defaults,
    dial: () => {
      const [near, far] = MemoryTexts.pair();
      lab.server.accept(far);
      dialled.push(near);
      return Promise.resolve(near);
    },
    createId: () => String(ids++),
  }));
  const connect = (options: ConnectOptions & EasyrpcCredentials = {}) => node.connect(URL, options);
  return { lab, node, dialled, connect };
}

Deno.test("createEasyrpcCalls() lets a node call an easyrpc server as any other", async () => {
  const { lab, node, connect } = open();
  const remote = await connect({ secret: SECRET });
  assertEquals(await remote.call("sum", [1, 2]), 3);
  assertEquals(await remote.fn.sum(1), 2);
  assertEquals(await collect(remote.stream("count", [2])), [0, 1]);
  assertEquals((await remote.methods()).map(({ name }) => name), ["count", "sum"]);
  assertEquals(await remote.ping(), 0);
  await assertRejects(() => remote.fn.sum() as Promise<unknown>, SynapseError, "a is missing");
  await assertRejects(() => remote.call("sun"), RemoteError, "did you mean sum?");
  await remote.close();
  await node.close();
  assertEquals([lab.server.connections, lab.clock.pendingTimers], [0, 0]);
});

Deno.test("createEasyrpcCalls() takes the caller's credentials, then its own, and none without a secret", async () => {
  const without = open();
  const error = await assertRejects(() => without.connect(), SynapseError, "no secret is given");
  assertEquals([error.code, without.dialled.length], ["unauthorized", 0]);
  const withDefaults = open({ secret: SECRET });
  const remote = await withDefaults.connect({ secret: undefined });
  assertEquals(await remote.call("sum", [1]), 2);
  await assertRejects(() => withDefaults.connect({ secret: "x" }), SynapseError, "decode auth");
  const other = await withDefaults.connect({ namespace: "other" });
  assertEquals(await other.methods(), []);
  await withDefaults.node.close();
  await without.node.close();
});

Deno.test("createEasyrpcCalls() comes back when the connection breaks", async () => {
  const { lab, node, dialled, connect } = open({ secret: SECRET });
  const remote = await connect({ reconnect: true });
  dialled[0].cut();
  await lab.clock.runMicrotasks();
  const call = remote.call("sum", [1, 2]);
  await lab.clock.advance(1_000);
  assertEquals([await call, dialled.length], [3, 2]);
  await node.close();
});
