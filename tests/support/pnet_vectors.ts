/**
 * Packets of real pnet nodes, with the keys to read them.
 *
 * @module
 */
import type { FernetKey } from "../../core/codecs/pnet_fernet.ts";
import { parseFernetKey } from "../../core/codecs/pnet_fernet.ts";
import { parsePnetContent } from "../../core/codecs/pnet_content.ts";
import { parsePipePacket, type PipePacket } from "../../core/codecs/pipe_packet.ts";
import type { PnetValue } from "../../core/codecs/pnet_value.ts";
import type { PnetPrivateKey } from "../../core/pnet/crypto.ts";
import { PnetSealer } from "../../core/pnet/sealer.ts";
import { nodePnetCrypto } from "../../transports/pnet_crypto.ts";
import { FakeClock } from "./fake_clock.ts";
import recorded from "../vectors/pnet.json" with { type: "json" };

/** One packet. */
export interface PnetVector {
  readonly name: string;
  readonly direction: string;
  readonly text: string;
  readonly decoded?: {
    readonly session_key?: string;
    readonly universal?: string;
    readonly universal_decoded?: { readonly $bytes_hex: string };
    readonly format?: string;
    readonly text?: string;
    readonly plain?: string;
    readonly code?: string | null;
    readonly quirk?: string;
  };
}

export const NETWORK = "labnet";
export const NETWORK_KEY: string = recorded.secrets.network_key;
export const VECTORS: readonly PnetVector[] = recorded.vectors;

export type Person = "alice" | "bob" | "carol" | "dave";

/** Somebody's private key. */
export function privateKeyOf(person: Person): PnetPrivateKey {
  return nodePnetCrypto.readPrivateKey(recorded.secrets[person].private_pem);
}

/** The packets of a name, `{name}.{number}.request` and `.response`, in their order. */
export function conversation(name: string): { request: PnetVector; response?: PnetVector }[] {
  const found: { request: PnetVector; response?: PnetVector }[] = [];
  for (let number = 1;; number++) {
    const request = VECTORS.find((vector) => vector.name === `${name}.${number}.request`);
    if (request === undefined) return found;
    const response = VECTORS.find((vector) => vector.name === `${name}.${number}.response`);
    found.push({ request, response });
  }
}

/** Finds one packet. */
export function vectorOf(name: string): PnetVector {
  const vector = VECTORS.find((vector) => vector.name === name);
  if (vector === undefined) throw new Error(`no vector ${name}`);
  return vector;
}

/** Whether it is of the network that has a key. */
export function isKeyed(vector: PnetVector): boolean {
  return !vector.name.startsWith("nokey") && !vector.name.startsWith("adv.plain");
}

export function packetOf(vector: PnetVector): PipePacket {
  const packet = parsePipePacket(vector.text.trimEnd());
  if (packet === undefined) throw new Error(`${vector.name} is no packet`);
  return packet;
}

/** Everybody's keys at work, with the world's randomness. */
export function sealerOf(person: Person, networkKey?: FernetKey): PnetSealer {
  return new PnetSealer({
    crypto: nodePnetCrypto,
    clock: new FakeClock(),
    privateKey: privateKeyOf(person),
    networkKey,
  });
}

/** Reads the value in a packet. */
export function openPacket(text: string, person: Person, options: { keyed: boolean }): PnetValue {
  const sealer = sealerOf(person, options.keyed ? parseFernetKey(NETWORK_KEY) : undefined);
  const packet = parsePipePacket(text.trimEnd());
  if (packet === undefined) throw new Error(`no packet: ${text.slice(0, 80)}`);
  return sealer.open(parsePnetContent(sealer.openFromNetwork(packet.content)));
}

/** Who can read a packet. */
export function receiverOf(vector: PnetVector): Person {
  return vector.direction === "client->server" ? "bob" : "alice";
}
