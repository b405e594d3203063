import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Address } from "../../core/address.ts";
import type { Channel } from "../../core/channel.ts";
import { TransportError } from "../../core/errors.ts";
import { TcpTransport } from "../../transports/tcp.ts";
import { testBounded } from "../conformance/test_bounded.ts";

const transport = new TcpTransport();
const ignore = (_channel: Channel): void => {};

/** Runs with a path that is free, in a folder of its own. */
async function withPath(run: (address: Address) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ dir: "/tmp", prefix: "synapse-" });
  try {
    await run({ scheme: "unix", host: "", port: 0, path: `${folder}/a.sock` });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What a process leaves behind that is killed while it listens: a listener removes the path that it knows. */
async function abandonSocket(address: Address): Promise<void> {
  const elsewhere = { ...address, path: `${address.path}.old` };
  const listener = await transport.listen(elsewhere, ignore);
  await Deno.rename(elsewhere.path, address.path);
  await listener.close();
  assert((await Deno.lstat(address.path)).isSocket);
}

testBounded(
  "a Unix socket's file goes when its listener closes",
  () =>
    withPath(async (address) => {
      const listener = await transport.listen(address, ignore);
      assertEquals(listener.address, address);
      assert((await Deno.lstat(address.path)).isSocket);
      await listener.close();
      await assertRejects(() => Deno.lstat(address.path), Deno.errors.NotFound);
    }),
);

testBounded(
  "TcpTransport.listen() takes over a Unix socket's file that nobody listens on",
  () =>
    withPath(async (address) => {
      await abandonSocket(address);
      const accepted = Promise.withResolvers<Channel>();
      await using _listener = await transport.listen(address, accepted.resolve);
      const near = await transport.dial(address);
      await Promise.all([near.close(), (await accepted.promise).close()]);
    }),
);

testBounded(
  "TcpTransport.listen() leaves a Unix socket alone that somebody listens on",
  () =>
    withPath(async (address) => {
      const accepted: Channel[] = [];
      await using _listener = await transport.listen(
        address,
        (channel) => void accepted.push(channel),
      );
      const error = await assertRejects(() => transport.listen(address, ignore), TransportError);
      assertEquals(
        error.message,
        `Cannot listen on unix://${address.path} as the address is taken: choose another`,
      );
      const near = await transport.dial(address);
      await near.close(new Error("The test is over"));
      await Promise.all(accepted.map((channel) => channel.close(new Error("The test is over"))));
    }),
);

testBounded(
  "TcpTransport.listen() leaves a file alone that is no socket",
  () =>
    withPath(async (address) => {
      await Deno.writeTextFile(address.path, "precious");
      const error = await assertRejects(() => transport.listen(address, ignore), TransportError);
      assertEquals(error.code, "unreachable");
      assertEquals(await Deno.readTextFile(address.path), "precious");
    }),
);

testBounded(
  "TcpTransport.dial() says that a Unix socket isn't there, or that nobody listens",
  () =>
    withPath(async (address) => {
      await assertRejects(
        () => transport.dial(address),
        TransportError,
        `Cannot connect to unix://${address.path} as there is no such path`,
      );
      await abandonSocket(address);
      await assertRejects(
        () => transport.dial(address),
        TransportError,
        `Cannot connect to unix://${address.path} as nothing listens there`,
      );
    }),
);

testBounded(
  "TcpTransport refuses a Unix socket's path that is too long, in one line",
  () =>
    withPath(async (address) => {
      const tooLong = { ...address, path: address.path + "x".repeat(200) };
      for (
        const attempt of [() => transport.dial(tooLong), () => transport.listen(tooLong, ignore)]
      ) {
        const error = await assertRejects(attempt, TransportError);
        assertEquals(error.code, "unreachable");
        assert(error.message.endsWith(`${tooLong.path} as the system refuses that address`));
      }
    }),
);
