/**
 * pnet nodes of one process, and raw connections to them.
 *
 * @module
 */
import { parseAddress } from "../../core/address.ts";
import type { Channel, Clock } from "../../core/channel.ts";
import type { PnetCrypto } from "../../core/pnet/crypto.ts";
import { PnetMember, type PnetMemberOptions } from "../../core/pnet/member.ts";
import type { PnetSpools } from "../../core/pnet/spool.ts";
import { MemoryTransport } from "../../transports/memory.ts";
import { nodePnetCrypto } from "../../transports/pnet_crypto.ts";
import { FakeClock } from "./fake_clock.ts";
import { NETWORK, NETWORK_KEY, type Person, privateKeyOf } from "./pnet_vectors.ts";

/** What a member of the test's network may be given. */
export interface TestMemberOptions extends Partial<PnetMemberOptions> {
  readonly keyed?: boolean;
  readonly crypto?: PnetCrypto;
  readonly spools?: PnetSpools;
}

/** A network in memory, on a clock that stands still. */
export class TestNetwork {
  readonly transport = new MemoryTransport();
  readonly clock: FakeClock;
  readonly members: PnetMember[] = [];

  constructor(clock: FakeClock = new FakeClock()) {
    this.clock = clock;
  }

  /** Adds somebody, listening, whom all the others know, and who knows them. */
  async join(person: Person, options: TestMemberOptions = {}): Promise<PnetMember> {
    const { keyed = true, crypto = nodePnetCrypto, spools } = options;
    const world = { transport: this.transport, clock: this.clock as Clock, crypto, spools };
    const member = new PnetMember(
      {
        network: NETWORK,
        name: person,
        networkKey: keyed ? NETWORK_KEY : undefined,
        ...options,
      },
      world,
      privateKeyOf(person),
    );
    await member.listen(`memory://${person}`);
    for (const other of this.members) {
      other.peers.add(peerOf(member));
      member.peers.add(peerOf(other));
    }
    this.members.push(member);
    return member;
  }

  /** Connects without being a node. */
  dial(person: string): Promise<Channel> {
    return this.transport.dial(parseAddress(`memory://${person}`));
  }

  /** Writes bytes, and waits for all that comes back until the other side closes. */
  async say(person: string, text: string | Uint8Array): Promise<string> {
    const channel = await this.dial(person);
    const { promise, resolve } = Promise.withResolvers<string>();
    const decoder = new TextDecoder();
    let answer = "";
    channel.open({
      data: (chunk) => answer += decoder.decode(chunk, { stream: true }),
      drain() {},
      end: () => void channel.close(),
      close: () => resolve(answer),
    });
    channel.writer.bytes(typeof text === "string" ? new TextEncoder().encode(text) : text);
    channel.flush();
    return promise;
  }

  async close(): Promise<void> {
    await Promise.all(this.members.map((member) => member.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function peerOf(member: PnetMember) {
  return {
    name: member.name,
    address: parseAddress(`memory://${member.name}`),
    publicKeyPem: member.publicKeyPem,
  };
}

/**
 * Stands in for a real server: gives recorded answers, one a connection, whatever is asked.
 *
 * @param network Where.
 * @param person As whom it listens.
 * @param answers In their order; an empty one closes without a word.
 * @returns The lines that came.
 */
export async function playBack(
  network: TestNetwork,
  person: Person,
  answers: readonly string[],
): Promise<string[]> {
  const requests: string[] = [];
  const left = [...answers];
  await network.transport.listen(parseAddress(`memory://${person}`), (channel) => {
    const decoder = new TextDecoder();
    let line = "";
    channel.open({
      data(chunk) {
        line += decoder.decode(chunk, { stream: true });
        if (!line.endsWith("\n")) return;
        requests.push(line);
        const answer = left.shift();
        if (answer !== undefined) channel.writer.bytes(new TextEncoder().encode(answer));
        channel.close();
      },
      drain() {},
      end() {},
      close() {},
    });
  });
  for (const member of network.members) {
    member.peers.add({
      name: person,
      address: parseAddress(`memory://${person}`),
      publicKeyPem: privateKeyOf(person).publicKey.pem,
    });
  }
  return requests;
}
