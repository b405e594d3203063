import { assertEquals, assertRejects } from "@std/assert";
import dgram from "node:dgram";
import { resolveDnsSeed } from "../../transports/dns_seeds.ts";

const A = 1;
const AAAA = 28;
const NXDOMAIN = 3;

/** A DNS server that knows what it is told: addresses by type, or nothing of the name. */
class ScriptedDns implements AsyncDisposable {
  readonly #socket = dgram.createSocket("udp4");
  readonly #records: ReadonlyMap<number, readonly (readonly number[])[]>;
  asked = 0;

  constructor(records: ReadonlyMap<number, readonly (readonly number[])[]>) {
    this.#records = records;
    this.#socket.on("message", (question, { port, address }) => {
      this.asked++;
      this.#socket.send(this.#answer(new Uint8Array(question)), port, address);
    });
  }

  static async start(
    ...records: (readonly [number, readonly (readonly number[])[]])[]
  ): Promise<ScriptedDns> {
    const dns = new ScriptedDns(new Map(records));
    await new Promise<void>((resolve) => dns.#socket.bind(0, "127.0.0.1", resolve));
    return dns;
  }

  get servers(): string[] {
    return [`127.0.0.1:${this.#socket.address().port}`];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  /** The question, and records that point back to its name at byte 12. */
  #answer(query: Uint8Array): Uint8Array {
    const end = query.indexOf(0, 12) + 5;
    const type = query[end - 3];
    const records = this.#records.get(type);
    const answers = (records ?? []).flatMap((address) => [
      ...[0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, address.length],
      ...address,
    ]);
    const flags = [0x81, 0x80 | (records === undefined ? NXDOMAIN : 0)];
    const counts = [0, 1, 0, records?.length ?? 0, 0, 0, 0, 0];
    return Uint8Array.from([
      ...query.subarray(0, 2),
      ...flags,
      ...counts,
      ...query.subarray(12, end),
      ...answers,
    ]);
  }
}

const IPV6 = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

Deno.test("resolveDnsSeed() gives addresses of both kinds", async () => {
  await using dns = await ScriptedDns.start([A, [[10, 0, 0, 1], [10, 0, 0, 2]]], [AAAA, [IPV6]]);
  const addresses = await resolveDnsSeed("seed.example", undefined, dns.servers);
  assertEquals(addresses.toSorted(), ["10.0.0.1", "10.0.0.2", "2001:db8::1"]);
});

Deno.test("resolveDnsSeed() is content with one kind", async () => {
  await using dns = await ScriptedDns.start([A, [[10, 0, 0, 1]]]);
  assertEquals(await resolveDnsSeed("seed.example", undefined, dns.servers), ["10.0.0.1"]);
});

Deno.test("resolveDnsSeed() rejects when there is nothing of either", async () => {
  await using dns = await ScriptedDns.start();
  await assertRejects(() => resolveDnsSeed("seed.example", undefined, dns.servers));
});

Deno.test("resolveDnsSeed() gives up with its signal", async () => {
  await using dns = await ScriptedDns.start();
  const reason = new Error("no longer wanted");
  const signal = AbortSignal.abort(reason);
  assertEquals(
    await assertRejects(() => resolveDnsSeed("seed.example", signal, dns.servers)),
    reason,
  );
  assertEquals(dns.asked, 0);
});
