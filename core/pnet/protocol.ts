/**
 * pnet as one of a node's protocols: its functions for pnet's command nodes, and theirs for it.
 *
 * @module
 */
import type { Acceptor, AcceptorHost } from "../acceptor.ts";
import { type Address, formatAddress } from "../address.ts";
import type { Caller, CallOptions } from "../caller.ts";
import { createDeferred, type Deferred } from "../deferred.ts";
import { recognisePnet } from "../dialects/pnet.ts";
import type { EndpointInfo } from "../endpoint_info.ts";
import { TimeoutError, TransportError } from "../errors.ts";
import { withDeadline } from "../deadline.ts";
import type { LinkSession } from "../link.ts";
import type { Kwargs, PeerInfo } from "../message.ts";
import type { Protocol } from "../protocol.ts";
import type { PnetBeacon } from "./beacon.ts";
import { PnetCommandNode } from "./command_node.ts";
import type { PnetMember } from "./member.ts";
import { parsePnetUrl, type PnetUrl } from "./pnet_url.ts";

const NAME = "pnet";
/** Nodes say every 2.5 s that they are there: one advert may be lost. */
const LOOK_MS = 6_000;

/**
 * Publishes a node's functions in a pnet network.
 *
 * @param member The node's place in it. Closed with the node.
 * @param beacon Its adverts. Stopped with the node.
 */
export function createPnetService(member: PnetMember, beacon: PnetBeacon): Protocol {
  return {
    name: NAME,
    serve({ registry, openTrace }: AcceptorHost): Acceptor {
      new PnetCommandNode(member, { registry });
      return {
        name: NAME,
        recognise: recognisePnet,
        accept: (channel, opening) => member.accept(channel, opening, openTrace?.()),
        close: async () => {
          await Promise.all([beacon.stop(), member.close()]);
        },
      };
    },
  };
}

/** A place in a pnet network for as long as a call takes. */
export interface PnetVisit {
  readonly member: PnetMember;
  readonly beacon: PnetBeacon;
}

/**
 * Calls functions of pnet's command nodes, as `pnet://network/name`.
 *
 * @param visit Takes a place in a network.
 */
export function createPnetCalls(visit: (url: PnetUrl) => Promise<PnetVisit>): Protocol {
  return {
    name: NAME,
    schemes: ["pnet"],
    async connect(to, { clock }, { signal }) {
      const url = parsePnetUrl(formatAddress(to));
      const { member, beacon } = await visit(url);
      const session = new PnetSession(url, member, beacon);
      try {
        await beacon.start();
        await withDeadline(
          { clock, timeoutMs: LOOK_MS, signal, operation: `find ${url.name}` },
          (signal) => member.peers.find(url.name, signal),
        );
        return session;
      } catch (error) {
        await session.close();
        throw error instanceof TimeoutError ? unheard(url) : error;
      }
    },
  };
}

/** A command node, as a connection: pnet opens one for each packet. */
class PnetSession implements LinkSession {
  readonly error = undefined;
  readonly #visit: PnetVisit;
  readonly #peer: Caller;
  readonly #closed: Deferred<void> = createDeferred();
  #isOpen = true;

  constructor({ name }: PnetUrl, member: PnetMember, beacon: PnetBeacon) {
    this.#visit = { member, beacon };
    this.#peer = new PnetCommandNode(member).target(name);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  get info(): PeerInfo | undefined {
    return this.#peer.info;
  }

  get address(): Address {
    return this.#peer.address;
  }

  call(method: string, args?: readonly unknown[], options?: CallOptions): Promise<unknown> {
    return this.#peer.call(method, args, options);
  }

  stream(
    method: string,
    args?: readonly unknown[],
    options?: CallOptions,
  ): AsyncIterableIterator<unknown> {
    return this.#peer.stream(method, args, options);
  }

  notify(method: string, args?: readonly unknown[], kwargs?: Kwargs): void {
    this.#peer.notify(method, args, kwargs);
  }

  /** pnet tells the names of functions, and nothing else of them. */
  async methods(options?: CallOptions): Promise<EndpointInfo[]> {
    const names = await this.call("get_funcs", [], options);
    const known = Array.isArray(names) ? names.filter((name) => typeof name === "string") : [];
    return known.map((name) => ({
      name,
      parameters: [{ name: "args", kind: "rest", optional: true }],
      stream: false,
    }));
  }

  /** pnet has no function for it: any answer will do. */
  async ping(options?: CallOptions): Promise<void> {
    await this.call("get_funcs", [], options);
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    const { member, beacon } = this.#visit;
    await Promise.all([beacon.stop(), member.close()]);
    this.#closed.resolve();
  }
}

function unheard({ network, name }: PnetUrl): TransportError {
  return new TransportError(
    "unreachable",
    `pnet://${network}/${name}`,
    `Cannot find ${name} as nobody of that name was heard in the pnet network ${network} within ${LOOK_MS} ms`,
  );
}
