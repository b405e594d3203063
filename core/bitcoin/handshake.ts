/**
 * The handshake of whoever dials: version, features, verack, and the same from the other side.
 *
 * A peer speaks of features with messages, never by its version alone: BSV's 70016 means something else than Bitcoin
 * Core's. Pure: what it is given it judges, and says what to answer.
 *
 * @module
 */
import type { BitcoinMessage } from "../codecs/bitcoin/messages.ts";
import type { BitcoinNetwork } from "../codecs/bitcoin/networks.ts";
import { SERVICES } from "../codecs/bitcoin/services.ts";
import { UNKNOWN_ADDRESS, type VersionMessage } from "../codecs/bitcoin/version.ts";
import { SynapseError } from "../errors.ts";
import { printable } from "./printable.ts";

/** What we say of ourselves. */
export interface Announcement {
  /** As BIP 14 has it, such as `/synapse:1.2.3/`. */
  readonly agent: string;
  /** Bits; with that of witnesses Core asks for transactions with theirs. */
  readonly services: bigint;
  /** The best block that we know of. */
  readonly height: number;
  /** Whether we want to hear of transactions. Whoever doesn't can't ask for any either. */
  readonly relay: boolean;
}

/** What a peer says of itself. */
export interface PeerInfo {
  readonly version: number;
  readonly services: bigint;
  /** Made printable. */
  readonly agent: string;
  readonly height: number;
  /** Whether it wants to hear of transactions. Whoever tells one that doesn't is hung up on. */
  readonly relay: boolean;
  /** Whether both sides name transactions by `wtxid` (BIP 339). */
  readonly wtxidRelay: boolean;
  /** Whether it takes addresses as `addrv2` (BIP 155). */
  readonly addrV2: boolean;
}

/** What a {@linkcode Handshake} takes. */
export interface HandshakeOptions {
  readonly network: BitcoinNetwork;
  readonly announcement: Announcement;
  /** Ours for this connection. */
  readonly nonce: bigint;
  /** Whether a nonce is of one of our own connections: then we have dialled ourselves. */
  readonly isOwnNonce: (nonce: bigint) => boolean;
  /** Milliseconds since 1970. */
  readonly unixMs: number;
}

/** What comes of a message. */
export interface HandshakeStep {
  /** What to send now. */
  readonly replies: readonly BitcoinMessage[];
  /** Whether the message had no place there. */
  readonly isUnexpected?: boolean;
  /** Set when the handshake is through. */
  readonly info?: PeerInfo;
}

/** The version that we speak: BIP 339's. 70017 would bring `feature` messages (BIP 434), of which we have none. */
export const PROTOCOL_VERSION: number = 70016;
/** The least that is spoken with: BIP 37's, which knows of `relay`. */
const MIN_VERSION = 70001;
/** Whoever speaks this or more doesn't mind messages that it doesn't know before `verack`. */
const FEATURES_VERSION = 70016;
/** What a light client can do: take witnesses. */
export const OUR_SERVICES: bigint = SERVICES.witness;

/** What we call ourselves. */
export const DEFAULT_AGENT: string = "/synapse:0.1.0/";

const MAX_AGENT_LENGTH = 256;
/** BSV nodes ban for a day whoever has one of those in their agent. */
const BANNED_PATTERN = /abc|cash|bch/i;
const AGENT_PATTERN = /^[\x20-\x7e]*$/;

/**
 * Checks what we call ourselves.
 *
 * @param agent As BIP 14 has it, such as `/synapse:1.2.3/`.
 * @returns The same.
 * @throws {TypeError} When some nodes would hang up on it.
 */
export function checkAgent(agent: string): string {
  const problem = agent.length > MAX_AGENT_LENGTH
    ? `it is longer than ${MAX_AGENT_LENGTH} bytes`
    : !AGENT_PATTERN.test(agent)
    ? "it is not ASCII"
    : BANNED_PATTERN.test(agent)
    ? "nodes of BSV ban abc, cash and bch"
    : undefined;
  if (problem === undefined) return agent;
  throw new TypeError(
    `Cannot use agent as ${problem}: got ${JSON.stringify(agent.slice(0, 300))}`,
  );
}

const NOTHING: HandshakeStep = { replies: [] };
const UNEXPECTED: HandshakeStep = { replies: [], isUnexpected: true };

/** One handshake. */
export class Handshake {
  readonly #options: HandshakeOptions;
  #version: VersionMessage | undefined;
  #wtxidRelay = false;
  #addrV2 = false;

  /** @param options The network, and who we are. */
  constructor(options: HandshakeOptions) {
    this.#options = options;
  }

  /** What is sent first. */
  begin(): VersionMessage {
    const { announcement: { agent, services, height, relay }, nonce, unixMs } = this.#options;
    return {
      command: "version",
      version: PROTOCOL_VERSION,
      services,
      timeSec: BigInt(Math.floor(unixMs / 1_000)),
      // Core leaves both empty too: the other side knows better where we are.
      receiver: UNKNOWN_ADDRESS,
      sender: UNKNOWN_ADDRESS,
      nonce,
      agent,
      height,
      relay,
    };
  }

  /**
   * Takes what the peer says.
   *
   * @param message The next one.
   * @throws {SynapseError} When the connection is no use: `not_supported` or `protocol_error`.
   */
  take(message: BitcoinMessage): HandshakeStep {
    switch (message.command) {
      case "version":
        return this.#version === undefined ? this.#answer(message) : UNEXPECTED;
      case "wtxidrelay":
        this.#wtxidRelay = this.#version !== undefined && this.#offersFeatures;
        return NOTHING;
      case "sendaddrv2":
        this.#addrV2 = this.#version !== undefined && this.#offersFeatures;
        return NOTHING;
      case "verack":
        return this.#finish();
      default:
        // Core ignores what comes before its time, and so do we.
        return UNEXPECTED;
    }
  }

  get #offersFeatures(): boolean {
    return this.#options.network.chain === "btc" && this.#version!.version >= FEATURES_VERSION;
  }

  #answer(version: VersionMessage): HandshakeStep {
    if (version.nonce !== undefined && this.#options.isOwnNonce(version.nonce)) {
      throw new SynapseError("not_supported", "Cannot use Bitcoin peer as it is ourselves");
    }
    if (version.version < MIN_VERSION) {
      throw new SynapseError(
        "not_supported",
        `Cannot use Bitcoin peer as its version is under ${MIN_VERSION}: got ${version.version}`,
      );
    }
    this.#version = version;
    const features: BitcoinMessage[] = this.#offersFeatures
      ? [{ command: "wtxidrelay" }, { command: "sendaddrv2" }]
      : [];
    return { replies: [...features, { command: "verack" }] };
  }

  #finish(): HandshakeStep {
    if (this.#version === undefined) return UNEXPECTED;
    const { version, services, agent = "", height = 0, relay = true } = this.#version;
    const info: PeerInfo = {
      version,
      services,
      agent: printable(agent),
      height,
      relay,
      wtxidRelay: this.#wtxidRelay,
      addrV2: this.#addrV2,
    };
    return { replies: [], info };
  }
}
