/** pnet over real sockets, and through real files. */
import { assertEquals, assertRejects } from "@std/assert";
import { SynapseError } from "../../core/errors.ts";
import { PnetAdvancedNode } from "../../core/pnet/advanced_node.ts";
import { PnetCommandNode } from "../../core/pnet/command_node.ts";
import { PnetMember, type PnetMemberOptions } from "../../core/pnet/member.ts";
import { FileSpools } from "../../transports/file_spool.ts";
import { nodePnetCrypto } from "../../transports/pnet_crypto.ts";
import { systemClock } from "../../transports/system.ts";
import { TcpTransport } from "../../transports/tcp.ts";

/** A member that listens on TCP, and whom the others know. */
async function join(
  name: string,
  others: readonly PnetMember[] = [],
  options: Partial<PnetMemberOptions> & { spools?: FileSpools } = {},
): Promise<PnetMember> {
  const member = await PnetMember.create(
    { network: "lab", name, keyBits: 512, ...options },
    {
      transport: new TcpTransport(),
      clock: systemClock,
      crypto: nodePnetCrypto,
      spools: options.spools,
    },
  );
  const { address } = await member.listen("tcp://127.0.0.1:0");
  for (const { peers } of others) {
    peers.add({ name, address, publicKeyPem: member.publicKeyPem });
  }
  return member;
}

Deno.test("PnetCommandNode.target() calls over TCP", async () => {
  await using alice = await join("alice");
  await using bob = await join("bob", [alice]);
  new PnetCommandNode(bob).register("add", (a: number, b: number) => a + b);
  assertEquals(await new PnetCommandNode(alice).target("bob").fn.add(1, 2), 3);
});

Deno.test("PnetAdvancedNode carries what is far longer than it may hold in memory", async () => {
  const spools = new FileSpools({ memoryBytes: 1_000 });
  await using alice = await join("alice");
  await using bob = await join("bob", [alice], { spools });
  const length = 500_000;
  const data = new Blob([Uint8Array.from({ length }, (_, at) => at * at)]).stream();
  let held = 0;
  new PnetAdvancedNode(bob).register("double", (_node, _originator, input) => {
    held = spools.usedBytes;
    return input.pipeThrough(
      new TransformStream({
        transform(chunk, controller) {
          controller.enqueue(chunk);
          controller.enqueue(chunk);
        },
      }),
    );
  });
  const result = await new PnetAdvancedNode(alice).send("bob", "double", data);
  let got = 0;
  for await (const chunk of result as ReadableStream<Uint8Array>) got += chunk.length;
  assertEquals([held, got, spools.usedBytes], [length, 2 * length, 0]);
});

Deno.test("PnetMember takes no more than maxConnectionsPerHost from one host", async () => {
  await using alice = await join("alice");
  await using bob = await join("bob", [alice], { limits: { maxConnectionsPerHost: 4 } });
  new PnetCommandNode(bob);
  const { fn } = new PnetCommandNode(alice).target("bob");
  const idle = await Promise.all(
    Array.from({ length: 4 }, () => new TcpTransport().dial(alice.peers.get("bob")!.address)),
  );
  await until(() => bob.connections === 4);
  const error = await assertRejects(() => fn.get_funcs(), SynapseError) as SynapseError;
  assertEquals(error.code, "connection_lost");
  await Promise.all(idle.map((channel) => channel.close(new Error("done"))));
  await until(() => bob.connections === 0);
  assertEquals(await fn.get_funcs(), ["get_peers", "get_funcs"]);
});

/** Lets the network go on until something is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve));
}
