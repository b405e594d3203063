/**
 * A node's place in one pnet network: its keys, the others that it knows, the port where it is asked, and
 * how it asks. What is said in messages is up to the kind of node: basic, advanced or command.
 *
 * pnet's cryptography is weak: adverts prove nothing, messages aren't signed, and RSA keys have 512 bits unless
 * somebody chose more. It keeps out the curious, no more.
 *
 * @module
 */
import type { Conversation } from "../acceptor.ts";
import { type Address, parseAddress } from "../address.ts";
import { DEFAULT_CALL_TIMEOUT_MS } from "../caller.ts";
import type { Channel, Clock, Listener, Transport } from "../channel.ts";
import {
  checkPnetName,
  formatPnetPlace,
  isIpv4,
  MAX_ADVERT_BYTES,
  parsePnetPlace,
  type PnetPlace,
} from "../codecs/pnet_advert.ts";
import { formatPipePacket, type PipePacket } from "../codecs/pipe_packet.ts";
import { parsePnetContent } from "../codecs/pnet_content.ts";
import { parseFernetKey } from "../codecs/pnet_fernet.ts";
import { formatKeyField, parseKeyField } from "../codecs/pnet_public_key.ts";
import type { PnetValue } from "../codecs/pnet_value.ts";
import { withDeadline } from "../deadline.ts";
import { readPnetAnswer } from "../dialects/pnet.ts";
import { DecodeError, EncodeError, SynapseError } from "../errors.ts";
import type { Trace } from "../trace.ts";
import { resolveBounds } from "../limits.ts";
import { Budget } from "../budget.ts";
import { PnetConnection, type PnetHandler } from "./connection.ts";
import type { PnetCrypto, PnetPrivateKey, PnetPublicKey } from "./crypto.ts";
import { exchangePacket } from "./exchange.ts";
import { DEFAULT_PNET_LIMITS, type PnetLimits } from "./limits.ts";
import { type PnetMergeOutcome, type PnetPeer, PnetPeers } from "./peers.ts";
import { PnetSealer } from "./sealer.ts";
import { MemorySpools, type PnetSpools } from "./spool.ts";
import { Tally } from "./tally.ts";

/** What {@linkcode PnetMember.create} takes. */
export interface PnetMemberOptions {
  /** The network's name. All of its nodes have the same. */
  readonly network: string;
  /** The node's name in it. */
  readonly name: string;
  /** The network's own Fernet key, 44 characters, where it has one. */
  readonly networkKey?: string;
  /** Its private key as PKCS#1 PEM. A new one is drawn where it is left out. */
  readonly privateKeyPem?: string;
  /** Bits of a new key, 2048 by default; real nodes draw 512 and take any. */
  readonly keyBits?: number;
  /** Bounds that differ from the defaults. */
  readonly limits?: Partial<PnetLimits>;
  /** Told of every packet that is not taken, with the reason. */
  readonly onRefused?: (error: unknown, address: Address) => void;
}

/** What a pnet node needs of the world. */
export interface PnetWorld {
  /** How others are reached. */
  readonly transport: Transport;
  readonly clock: Clock;
  readonly crypto: PnetCrypto;
  /** Where transfers wait until they are whole; in memory by default. */
  readonly spools?: PnetSpools;
}

/** What every question to another node takes. */
export interface PnetAskOptions {
  /** Gives up. */
  readonly signal?: AbortSignal;
  /** Milliseconds for one packet and its answer, 30,000 by default. Infinity waits for ever. */
  readonly timeoutMs?: number;
}

const DEFAULT_KEY_BITS = 2_048;
/** Reading a key costs microseconds, but twice for every packet. */
const MAX_CACHED_KEYS = 256;
const CLOSING = new SynapseError("cancelled", "Cannot go on as the pnet node is closed");
const NETWORK = /^[^\p{C}|]{1,64}$/u;

/** One node in one network. */
export class PnetMember implements AsyncDisposable {
  /** The network's name. */
  readonly network: string;
  /** The node's name in it. */
  readonly name: string;
  /** The others that are known. */
  readonly peers: PnetPeers;
  /** The bounds that it keeps. */
  readonly limits: PnetLimits;
  /** Time. */
  readonly clock: Clock;
  /** Where transfers wait. */
  readonly spools: PnetSpools;
  readonly #crypto: PnetCrypto;
  readonly #transport: Transport;
  readonly #privateKey: PnetPrivateKey;
  readonly #keyField: string;
  readonly #sealer: PnetSealer;
  readonly #onRefused: (error: unknown, address: Address) => void;
  readonly #tally: Tally;
  readonly #budget: Budget;
  readonly #connections = new Map<PnetConnection, string>();
  readonly #listeners = new Set<Listener>();
  readonly #keys = new Map<string, PnetPublicKey>();
  readonly #closing: (() => void)[] = [];
  #handler: PnetHandler | undefined;
  #isClosed = false;

  /**
   * Makes one, and draws its key where none is given.
   *
   * @param options Who it is.
   * @param world What it needs.
   * @throws {EncodeError} `not_supported` for a name that pnet can't carry.
   * @throws {DecodeError} `malformed` for a key that is none.
   * @throws {RangeError} When a limit is not a positive whole number.
   */
  static async create(options: PnetMemberOptions, world: PnetWorld): Promise<PnetMember> {
    const { privateKeyPem, keyBits = DEFAULT_KEY_BITS } = options;
    const privateKey = privateKeyPem === undefined
      ? await world.crypto.generateKey(keyBits)
      : world.crypto.readPrivateKey(privateKeyPem);
    return new PnetMember(options, world, privateKey);
  }

  /**
   * @param options Who it is; what they say of the private key is not looked at.
   * @param world What it needs.
   * @param privateKey Its key.
   */
  constructor(options: PnetMemberOptions, world: PnetWorld, privateKey: PnetPrivateKey) {
    checkPnetName(options.name);
    checkNetwork(options.network);
    this.network = options.network;
    this.name = options.name;
    this.limits = resolveBounds(DEFAULT_PNET_LIMITS, options.limits ?? {});
    this.clock = world.clock;
    this.spools = world.spools ?? new MemorySpools();
    this.peers = new PnetPeers({ self: options.name, clock: world.clock, ...this.limits });
    this.#crypto = world.crypto;
    this.#transport = world.transport;
    this.#privateKey = privateKey;
    this.#keyField = formatKeyField(privateKey.publicKey.pem);
    this.#sealer = new PnetSealer({
      crypto: world.crypto,
      clock: world.clock,
      privateKey,
      networkKey: options.networkKey === undefined ? undefined : parseFernetKey(options.networkKey),
    });
    this.#onRefused = options.onRefused ?? (() => {});
    this.#tally = new Tally(this.limits.maxConnections, this.limits.maxConnectionsPerHost);
    this.#budget = new Budget(this.limits.maxBufferedBytes);
  }

  /** Its public key as PKCS#1 PEM. */
  get publicKeyPem(): string {
    return this.#privateKey.publicKey.pem;
  }

  /** Its private key as PKCS#1 PEM, to be the same node the next time. A secret. */
  get privateKeyPem(): string {
    return this.#privateKey.pem;
  }

  /** Connections being served. */
  get connections(): number {
    return this.#tally.total;
  }

  /** Draws bytes that nobody can guess. */
  randomBytes(length: number): Uint8Array {
    return this.#crypto.randomBytes(length);
  }

  /**
   * Says what is done with messages; for the kinds of node.
   *
   * @param handler What.
   * @param onClose Called when the member closes.
   */
  serve(handler: PnetHandler, onClose: () => void = () => {}): void {
    this.#handler = handler;
    this.#closing.push(onClose);
  }

  /**
   * Takes connections of its own.
   *
   * @param address Such as `tcp://127.0.0.1:0`.
   * @throws {TransportError} `unreachable`, when the address is taken or not ours.
   */
  async listen(address: string): Promise<Listener> {
    this.#checkOpen();
    const listener = await this.#transport.listen(
      parseAddress(address),
      (channel) => this.accept(channel),
    );
    this.#listeners.add(listener);
    return listener;
  }

  /**
   * Serves a connection that somebody else has accepted.
   *
   * @param channel Newly accepted, or opened only to find out what it speaks.
   * @param opening What has been read of it.
   * @param trace Is told of the packet and its answer.
   */
  accept(channel: Channel, opening?: Uint8Array, trace?: Trace): Conversation {
    const address = channel.remote;
    const { host } = address;
    const handler = this.#handler;
    if (this.#isClosed || handler === undefined || !this.#tally.add(host)) {
      const error = new SynapseError(
        "limit_exceeded",
        `Cannot accept pnet connection as there are too many: got ${this.#tally.total}`,
      );
      this.#onRefused(error, address);
      return { address, closed: channel.close(error), close: () => Promise.resolve() };
    }
    const connection = new PnetConnection(channel, {
      network: this.network,
      limits: this.limits,
      clock: this.clock,
      sealer: this.#sealer,
      peers: this.peers,
      budget: this.#budget,
      handler,
      trace,
      readPublicKey: (pem) => this.#readPublicKey(pem),
      format: (type, content, withKey) =>
        formatPipePacket({
          network: this.network,
          type,
          content,
          key: withKey ? this.#keyField : "",
        }),
      refused: this.#onRefused,
      closed: (connection) => {
        this.#connections.delete(connection);
        this.#tally.remove(host);
      },
    });
    this.#connections.set(connection, host);
    if (opening !== undefined) connection.data(opening);
    return { address, closed: connection.over, close: () => connection.cut(CLOSING) };
  }

  /**
   * Sends a message to another node and waits for its answer.
   *
   * @param peer The node, or its name: then it is waited for until an advert tells where it is.
   * @param value Text or bytes.
   * @param options Signal, deadline.
   * @returns What it has answered.
   * @throws {TimeoutError} `deadline_exceeded`, also when no such node was heard of.
   * @throws {TransportError} `unreachable`, `connection_lost`.
   * @throws {RemoteError} When it refuses the packet, with its own code.
   * @throws {SynapseError} `not_supported` when the answer is pickled; `connection_lost` when there is none.
   */
  async ask(
    peer: string | PnetPeer,
    value: PnetValue,
    options: PnetAskOptions = {},
  ): Promise<PnetValue> {
    this.#checkOpen();
    const { timeoutMs = DEFAULT_CALL_TIMEOUT_MS, signal } = options;
    const operation = `ask ${typeof peer === "string" ? peer : peer.name}`;
    return await withDeadline(
      { clock: this.clock, timeoutMs, signal, operation },
      async (signal) => {
        const to = typeof peer === "string" ? await this.peers.find(peer, signal) : peer;
        const packet = formatPipePacket({
          network: this.network,
          type: "msg",
          content: this.#sealer.seal(value, this.#readPublicKey(to.publicKeyPem)),
          key: this.#keyField,
        });
        const line = await exchangePacket(to.address, packet, {
          transport: this.#transport,
          clock: this.clock,
          maxPacketBytes: this.limits.maxPacketBytes,
          timeoutMs: Infinity,
          signal,
          operation,
        });
        const content = readPnetAnswer(line, this.network, operation);
        return this.#sealer.open(parsePnetContent(this.#sealer.openFromNetwork(content)));
      },
    );
  }

  /**
   * Writes an advert for UDP.
   *
   * @param place Where this node takes connections.
   * @returns One packet.
   * @throws {EncodeError} `not_supported` for an address that isn't IPv4; `limit_exceeded` when it is too long
   * for real nodes, as with a key of 4096 bits.
   */
  advert(place: Omit<PnetPlace, "name">): string {
    const text = formatPnetPlace({ ...place, name: this.name });
    const packet = formatPipePacket({
      network: this.network,
      type: "adv",
      content: this.#sealer.sealForNetwork(text),
      key: this.#keyField,
    });
    if (packet.length > MAX_ADVERT_BYTES) {
      throw new EncodeError(
        "limit_exceeded",
        `Cannot advertise in pnet as an advert may have ${MAX_ADVERT_BYTES} bytes: got ${packet.length}`,
      );
    }
    return packet;
  }

  /**
   * Takes in an advert from UDP, where a node may be on `localhost`.
   *
   * @param packet What came.
   * @returns What is new.
   * @throws {DecodeError} `malformed` when it is no advert of this network.
   */
  hear(packet: PipePacket): PnetMergeOutcome {
    if (packet.network !== this.network || packet.type !== "adv") {
      throw new DecodeError("malformed", "Cannot take pnet advert as it is of another network");
    }
    const place = parsePnetPlace(this.#sealer.openFromNetwork(packet.content));
    if (place.host !== "localhost" && !isIpv4(place.host)) {
      throw new DecodeError("malformed", "Cannot take pnet advert as its address is not IPv4");
    }
    return this.peers.merge({ ...place, publicKeyPem: parseKeyField(packet.key) });
  }

  /** Ends it: no more connections, those being served are cut. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#listeners].map((listener) => listener.close()));
    await Promise.all([...this.#connections.keys()].map((connection) => connection.cut(CLOSING)));
    for (const close of this.#closing) close();
  }

  /** Ends it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #readPublicKey(pem: string): PnetPublicKey {
    const known = this.#keys.get(pem);
    if (known !== undefined) return known;
    const key = this.#crypto.readPublicKey(pem);
    const [oldest] = this.#keys.keys();
    if (this.#keys.size >= MAX_CACHED_KEYS) this.#keys.delete(oldest);
    this.#keys.set(pem, key);
    return key;
  }

  #checkOpen(): void {
    if (this.#isClosed) {
      throw new SynapseError("cancelled", "Cannot use pnet node as it is closed");
    }
  }
}

function checkNetwork(network: string): void {
  if (NETWORK.test(network)) return;
  throw new EncodeError(
    "not_supported",
    `Cannot use network name in pnet as it must have 1 to 64 characters and no |: got ${
      JSON.stringify(network.slice(0, 80))
    }`,
  );
}
