/**
 * A client of the Bitcoin network on this machine's transports: TCP or a SOCKS5 proxy, DNS, a file for addresses.
 *
 * @module
 */
import { Conduit as CoreConduit } from "../core/bitcoin/conduit.ts";
import type {
  AddressStorage,
  ConduitOptions as CoreConduitOptions,
  ConduitWorld,
} from "../core/bitcoin/conduit_options.ts";
import {
  BITCOIN_NETWORKS,
  type BitcoinNetwork,
  findNetwork,
} from "../core/codecs/bitcoin/networks.ts";
import { AddressBookFile } from "./address_book_file.ts";
import { resolveDnsSeed } from "./dns_seeds.ts";
import { Socks5Transport } from "./socks5.ts";
import { systemClock, systemRandom, systemRandomBytes } from "./system.ts";
import { TcpTransport } from "./tcp.ts";

/** What a {@linkcode Conduit} takes. */
export interface ConduitOptions extends Omit<CoreConduitOptions, "network" | "addressBook"> {
  /** Which network, or its name: `main`, `testnet4`, `regtest`, `bsv-main` and so on. */
  readonly network: BitcoinNetwork | string;
  /** `socks5://host:port`, to reach everybody through it. Names are then resolved there, and DNS isn't asked. */
  readonly proxy?: string;
  /** Where addresses are kept, or the path of the file for them; nowhere where left out. */
  readonly addressBook?: AddressStorage | string;
}

/** One client of one network. Dials nobody before it is asked for something. */
export class Conduit extends CoreConduit {
  /**
   * @param options Which network, and which nodes.
   * @param world Another transport, or another clock.
   * @throws {TypeError} When a peer, the proxy or the network's name can't be read.
   */
  constructor(options: ConduitOptions, world: Partial<ConduitWorld> = {}) {
    const { network, proxy, addressBook, ...others } = options;
    const transport = world.transport ?? new TcpTransport();
    super({
      ...others,
      network: typeof network === "string" ? requireNetwork(network) : network,
      addressBook: typeof addressBook === "string" ? new AddressBookFile(addressBook) : addressBook,
    }, {
      clock: systemClock,
      random: systemRandom,
      randomBytes: systemRandomBytes,
      // Whoever takes a proxy doesn't want DNS servers to know.
      resolveSeed: proxy === undefined ? resolveDnsSeed : undefined,
      ...world,
      transport: proxy === undefined ? transport : new Socks5Transport(proxy, transport),
    });
  }
}

/**
 * Finds a network.
 *
 * @param name Such as `main`.
 * @throws {TypeError} When there is none of that name: the message says which there are.
 */
export function requireNetwork(name: string): BitcoinNetwork {
  const network = findNetwork(name);
  if (network !== undefined) return network;
  const names = BITCOIN_NETWORKS.map(({ name }) => name).join(", ");
  throw new TypeError(
    `Cannot find network as there are ${names}: got ${JSON.stringify(name.slice(0, 40))}`,
  );
}
