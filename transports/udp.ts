/**
 * Datagrams over UDP, to one or to everybody near: over `node:dgram`, so that the same file runs on Deno, Node
 * and Bun.
 *
 * Two sockets. All processes of a machine share the port where broadcasts are heard, for the system gives each
 * of them its own copy of those; what is sent to one alone would reach any of them, so that each has a second
 * socket of its own, which it also sends from.
 *
 * Each network gets its own broadcasts, to its directed broadcast address; 255.255.255.255 would reach one of
 * them only. 127.255.255.255 reaches the processes of this machine, also where there is no network.
 *
 * @module
 */
import dgram from "node:dgram";
import { networkInterfaces } from "node:os";
import type {
  DatagramAddress,
  DatagramLink,
  DatagramSink,
  DatagramTransport,
} from "../core/channel.ts";
import { TransportError } from "../core/errors.ts";
import { explainSocketError } from "./socket_error.ts";

/** What {@linkcode UdpTransport} takes. */
export interface UdpOptions {
  /** The port that all share. pnet's, 3334, by default. */
  readonly port?: number;
  /** Only these interfaces, by name or by address, besides loopback. All by default; none for an empty list. */
  readonly interfaces?: readonly string[];
}

/** The port where adverts are heard. */
export const DEFAULT_ADVERT_PORT: number = 3334;

/** A network that this machine is in. */
interface Network {
  readonly host: string;
  readonly netmask: string;
}

const LOOPBACK: Network = { host: "127.0.0.1", netmask: "255.0.0.0" };
/** From here on networks have no broadcast address: both ends of a line, or one machine alone. */
const POINT_TO_POINT_MASK = "255.255.255.254";
const ANY_HOST = "0.0.0.0";

/** One node's datagrams. */
export class UdpTransport implements DatagramTransport {
  readonly #port: number;
  readonly #interfaces: readonly string[] | undefined;
  readonly #warned = new Set<string>();
  readonly #pending = new Set<Promise<void>>();
  #sink: DatagramSink | undefined;
  #shared: dgram.Socket | undefined;
  #own: dgram.Socket | undefined;
  #ownPort = 0;
  /** As last looked up. */
  #networks: readonly Network[] = [LOOPBACK];

  /** @param options The port, and the interfaces. */
  constructor(options: UdpOptions = {}) {
    this.#port = options.port ?? DEFAULT_ADVERT_PORT;
    this.#interfaces = options.interfaces;
  }

  /** @inheritdoc */
  async open(sink: DatagramSink, preferredPort: number = 0): Promise<void> {
    this.#sink = sink;
    this.links();
    for (const name of this.#missingInterfaces()) {
      const cause = new Error("this machine has no such interface");
      this.#warn(`use interface ${name}`, "others are found there once it has", cause);
    }
    // The shared port can't be one's own as well.
    const wanted = preferredPort === this.#port ? 0 : preferredPort;
    try {
      this.#own = await this.#bind(wanted, false).catch(() => this.#bind(0, false));
      this.#own.setBroadcast(true);
      this.#ownPort = this.#own.address().port;
    } catch (error) {
      this.#warn("send datagrams", "nobody is found, and nobody finds this node", error);
    }
    try {
      this.#shared = await this.#bind(this.#port, true);
    } catch (error) {
      const consequence = "others are found only once they have found this node";
      this.#warn(`hear broadcasts on UDP port ${this.#port}`, consequence, error);
    }
  }

  /** @inheritdoc */
  links(): readonly DatagramLink[] {
    // Looked up anew each time: cables are pulled, and laptops carried about.
    this.#networks = this.#lookUpNetworks();
    return this.#networks.map(({ host }) => ({ host }));
  }

  /** @inheritdoc */
  send(datagram: Uint8Array, to: DatagramAddress): void {
    const socket = this.#own;
    if (socket === undefined) return;
    const sent = new Promise<void>((resolve) => {
      socket.send(datagram, to.port, to.host, (error) => {
        if (error) this.#warnOfSending(to.host, error);
        this.#pending.delete(sent);
        resolve();
      });
    });
    this.#pending.add(sent);
  }

  /** @inheritdoc */
  broadcast(datagram: Uint8Array, link: DatagramLink): void {
    const network = this.#networks.find(({ host }) => host === link.host);
    if (network === undefined) return;
    this.send(datagram, { host: broadcastAddress(network), port: this.#port });
  }

  /** @inheritdoc */
  async close(): Promise<void> {
    this.#sink = undefined;
    // Deno drops what is under way when its socket is closed.
    await Promise.all(this.#pending);
    const sockets = [this.#shared, this.#own].filter((socket) => socket !== undefined);
    this.#shared = this.#own = undefined;
    await Promise.all(sockets.map(closeSocket));
  }

  async #bind(port: number, isShared: boolean): Promise<dgram.Socket> {
    const socket = dgram.createSocket({ type: "udp4", reuseAddr: isShared, lookup: lookUpNothing });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once("error", reject);
        socket.bind({ port, address: ANY_HOST, exclusive: true }, resolve);
      });
    } catch (error) {
      await closeSocket(socket);
      throw error;
    }
    socket.removeAllListeners("error");
    socket.on("error", (error) => this.#warn("receive datagrams", "some are lost", error));
    socket.on("message", (datagram, { address, port }) => {
      if (this.#isOwn(address, port) || !this.#isNear(address)) return;
      const bytes = new Uint8Array(datagram.buffer, datagram.byteOffset, datagram.byteLength);
      this.#sink?.receive(bytes, { host: address, port });
    });
    return socket;
  }

  /** Broadcasts come back to whoever sends them. */
  #isOwn(host: string, port: number): boolean {
    return port === this.#ownPort && this.#networks.some((network) => network.host === host);
  }

  /** The shared port hears every network; only some may be meant. */
  #isNear(host: string): boolean {
    return this.#interfaces === undefined ||
      this.#networks.some((network) => isInNetwork(host, network));
  }

  #lookUpNetworks(): Network[] {
    const networks = [LOOPBACK];
    if (this.#interfaces?.length === 0) return networks;
    try {
      for (const [name, addresses] of Object.entries(networkInterfaces())) {
        for (const { family, internal, address, netmask } of addresses ?? []) {
          if (family !== "IPv4" || internal || !this.#isWanted(name, address)) continue;
          if (toBits(netmask) < toBits(POINT_TO_POINT_MASK)) {
            networks.push({ host: address, netmask });
          }
        }
      }
    } catch (error) {
      this.#warn("list network interfaces", "only this machine is reached", error);
    }
    return networks;
  }

  /** Those that were named, and are not there now. */
  #missingInterfaces(): readonly string[] {
    if (this.#interfaces === undefined || this.#interfaces.length === 0) return [];
    try {
      const present = Object.entries(networkInterfaces())
        .flatMap(([name, addresses = []]) => [name, ...addresses.map(({ address }) => address)]);
      return this.#interfaces.filter((name) => !present.includes(name));
    } catch {
      // Looking them up has said so already.
      return [];
    }
  }

  #isWanted(name: string, address: string): boolean {
    return this.#interfaces === undefined || this.#interfaces.includes(name) ||
      this.#interfaces.includes(address);
  }

  /**
   * Once for each network of ours, and once for all others: who advertises where nobody can be reached must not
   * have a word for each address.
   */
  #warnOfSending(host: string, error: unknown): void {
    const isOurs = this.#networks.some((network) => broadcastAddress(network) === host);
    const about = isOurs ? host : "one peer";
    this.#warn(`send datagrams to ${host}`, "they are lost", error, about);
  }

  /** Once for each attempt: networks come and go, and nobody wants to read of it every few seconds. */
  #warn(attempt: string, consequence: string, error: unknown, about: string = attempt): void {
    if (this.#warned.has(about)) return;
    this.#warned.add(about);
    this.#sink?.warn(
      new TransportError(
        "unreachable",
        `udp://${ANY_HOST}:${this.#port}`,
        `Cannot ${attempt} as ${explainSocketError(error)} (${consequence})`,
        { cause: error },
      ),
    );
  }
}

/**
 * Addresses are numbers here. Answered at once, so that Deno throws into `bind` when a permission is missing,
 * instead of where nobody can catch it.
 */
function lookUpNothing(
  hostname: string,
  _options: unknown,
  callback: (error: null, address: string, family: number) => void,
): void {
  callback(null, hostname, 4);
}

function closeSocket(socket: dgram.Socket): Promise<void> {
  return new Promise((resolve) => socket.close(() => resolve()));
}

/** All bits set that the mask leaves free. */
function broadcastAddress({ host, netmask }: Network): string {
  const bits = toBits(host) | ~toBits(netmask);
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join(".");
}

function isInNetwork(host: string, network: Network): boolean {
  const mask = toBits(network.netmask);
  return ((toBits(host) ^ toBits(network.host)) & mask) === 0;
}

function toBits(address: string): number {
  return address.split(".").reduce((bits, byte) => bits * 256 + Number(byte), 0);
}
