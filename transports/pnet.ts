/**
 * pnet on this machine: its packets over TCP, its adverts over UDP, its keys from `node:crypto`.
 *
 * @module
 */
import type { Node } from "../core/node.ts";
import type { DatagramOptions } from "../core/node_options.ts";
import { PnetBeacon } from "../core/pnet/beacon.ts";
import { PnetMember, type PnetMemberOptions } from "../core/pnet/member.ts";
import { createPnetCalls, createPnetService } from "../core/pnet/protocol.ts";
import type { Protocol } from "../core/protocol.ts";
import { FileSpools } from "./file_spool.ts";
import { nodePnetCrypto } from "./pnet_crypto.ts";
import { systemClock, systemRandom } from "./system.ts";
import { TcpTransport } from "./tcp.ts";
import { UdpTransport } from "./udp.ts";

/** What {@linkcode servePnet} takes: the node's namespace is the network, its name the name. */
export interface ServePnetOptions
  extends DatagramOptions, Omit<PnetMemberOptions, "network" | "name"> {
  /** Something can't be had, and is done without. */
  readonly onWarning?: (error: Error) => void;
}

/** What {@linkcode pnetCalls} takes. */
export interface PnetCallsOptions extends DatagramOptions {
  /** The network's own Fernet key, 44 characters, where it has one. */
  readonly networkKey?: string;
}

/** A caller's key protects the answer to one call; real nodes have 512 bits. */
const CALLER_KEY_BITS = 1_024;

/**
 * Publishes a node's functions to the pnet network of the node's namespace, on the node's own listeners, and says
 * there that it is there. To be called before the node listens.
 *
 * pnet's cryptography is weak: adverts prove nothing, messages aren't signed.
 *
 * @param node Has a namespace and a name. When it closes, this ends.
 * @param options Network key, UDP port and interfaces.
 * @returns The node's place in the network: who else is there.
 * @throws {EncodeError} `not_supported` for a name that pnet can't carry.
 * @throws {DecodeError} `malformed` for a key that is none.
 */
export async function servePnet(node: Node, options: ServePnetOptions = {}): Promise<PnetMember> {
  const { port, interfaces, onWarning, ...memberOptions } = options;
  const member = await PnetMember.create(
    { ...memberOptions, network: node.homeNamespace, name: node.name },
    { ...WORLD, spools: new FileSpools() },
  );
  const beacon = new PnetBeacon({
    ...WORLD,
    member,
    transport: new UdpTransport({ port, interfaces }),
    random: systemRandom,
    listening: () => node.addresses.find(({ scheme }) => scheme === "tcp"),
    warn: (error) => onWarning?.(error),
  });
  node.speak(createPnetService(member, beacon));
  await beacon.start();
  return member;
}

/**
 * Lets a node call functions of pnet's command nodes: `node.speak(pnetCalls())`, then
 * `node.connect("pnet://network/name")`.
 *
 * @param options Network key, UDP port and interfaces.
 */
export function pnetCalls(options: PnetCallsOptions = {}): Protocol {
  const { port, interfaces, networkKey } = options;
  return createPnetCalls(async ({ network }) => {
    const name = `caller-${crypto.randomUUID().slice(0, 8)}`;
    const member = await PnetMember.create(
      { network, name, networkKey, keyBits: CALLER_KEY_BITS },
      { ...WORLD, spools: new FileSpools() },
    );
    const beacon = new PnetBeacon({
      ...WORLD,
      member,
      transport: new UdpTransport({ port, interfaces }),
      random: systemRandom,
      listening: () => undefined,
      warn: () => {},
    });
    return { member, beacon };
  });
}

const WORLD = { transport: new TcpTransport(), clock: systemClock, crypto: nodePnetCrypto };
