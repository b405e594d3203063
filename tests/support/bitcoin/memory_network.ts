/**
 * The internet of Bitcoin nodes, inside one process: `host:port` leads to whoever listens there.
 *
 * @module
 */
import type { Address } from "../../../core/address.ts";
import type { Channel, DialOptions, Listener, Transport } from "../../../core/channel.ts";
import { SynapseError, TransportError } from "../../../core/errors.ts";
import { MemoryTransport } from "../../../transports/memory.ts";

/** What leads to the nodes. */
export class MemoryNetwork implements Transport {
  readonly schemes: readonly string[] = ["tcp"];
  readonly #memory = new MemoryTransport();
  /** Hosts that take a connection and then say nothing at all, not even that there is none. */
  readonly blackHoles = new Set<string>();
  /** Every dial, in order. */
  readonly dialled: string[] = [];

  dial(to: Address, options: DialOptions = {}): Promise<Channel> {
    const name = `${to.host}:${to.port}`;
    this.dialled.push(name);
    if (this.blackHoles.has(name)) {
      return new Promise((_, reject) => {
        options.signal?.addEventListener("abort", () => reject(options.signal?.reason));
      });
    }
    return this.#memory.dial({ scheme: "memory", host: name, port: 0, path: "" }, options)
      .catch((cause) => {
        if (options.signal?.aborted) throw cause;
        const message = `Cannot connect to tcp://${name} as nothing listens there`;
        throw new TransportError("unreachable", `tcp://${name}`, message, { cause });
      });
  }

  listen(_at: Address, _accept: (channel: Channel) => void): Promise<Listener> {
    throw new SynapseError("not_supported", "Cannot listen as a client");
  }

  /** For nodes. */
  serve(name: string, accept: (channel: Channel) => void): Promise<Listener> {
    return this.#memory.listen({ scheme: "memory", host: name, port: 0, path: "" }, accept);
  }
}
