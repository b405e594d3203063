import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { parseAddress } from "../../core/address.ts";
import type { Channel } from "../../core/channel.ts";
import { TransportError } from "../../core/errors.ts";
import { MemoryTransport } from "../../transports/memory.ts";

const ignore = (_channel: Channel): void => {};

Deno.test("MemoryTransport gives a name to who asks for any", async () => {
  const transport = new MemoryTransport();
  const first = await transport.listen(parseAddress("memory://"), ignore);
  const second = await transport.listen(parseAddress("memory://"), ignore);
  assertNotEquals(first.address.host, "");
  assertNotEquals(first.address.host, second.address.host);
});

Deno.test("MemoryTransport instances are worlds apart", async () => {
  const at = parseAddress("memory://alice");
  await new MemoryTransport().listen(at, ignore);
  const other = new MemoryTransport();
  await assertRejects(
    () => other.dial(at),
    TransportError,
    "Cannot connect to memory://alice as nothing listens there",
  );
  await other.listen(at, ignore);
});

Deno.test("MemoryTransport tells those who dial apart", async () => {
  const transport = new MemoryTransport();
  const at = parseAddress("memory://alice");
  const remotes: string[] = [];
  await transport.listen(at, (channel) => remotes.push(channel.remote.host));
  await transport.dial(at);
  await transport.dial(at);
  assertEquals(new Set(remotes).size, 2);
});

Deno.test("MemoryTransport needs no timers: a conversation is over within microtasks", async () => {
  const transport = new MemoryTransport();
  const at = parseAddress("memory://alice");
  await transport.listen(at, (channel) => {
    channel.open({
      data(chunk) {
        channel.writer.bytes(chunk);
        channel.flush();
      },
      drain() {},
      end: () => void channel.close(),
      close() {},
    });
  });
  const channel = await transport.dial(at);
  const said: string[] = [];
  channel.open({
    data: (chunk) => said.push(new TextDecoder().decode(chunk)),
    drain() {},
    end() {},
    close: () => said.push("closed"),
  });
  channel.writer.bytes(new TextEncoder().encode("hello"));
  channel.flush();
  for (let i = 0; i < 10; i++) await Promise.resolve();
  assertEquals(said, ["hello"]);
  channel.close();
  for (let i = 0; i < 10; i++) await Promise.resolve();
  assertEquals(said, ["hello", "closed"]);
});
