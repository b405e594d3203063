/**
 * Requests to whichever peer comes first, made before there is one.
 *
 * @module
 */
import type { Clock } from "../channel.ts";
import { blockHash } from "../codecs/bitcoin/block_header.ts";
import { formatHash } from "../codecs/bitcoin/hash.ts";
import { decodeMessage, encodeMessage, isBitcoinCommand } from "../codecs/bitcoin/messages.ts";
import type { BitcoinMessage } from "../codecs/bitcoin/messages.ts";
import { SERVICES } from "../codecs/bitcoin/services.ts";
import { transactionId, witnessTransactionId } from "../codecs/bitcoin/transaction.ts";
import { withDeadline } from "../deadline.ts";
import { SynapseError } from "../errors.ts";
import { ask } from "./ask.ts";
import { inTurn } from "./in_turn.ts";
import type { BitcoinPeer } from "./peer.ts";

/** What a request carries: the fields of its message, or bytes. */
export type RequestPayload = Uint8Array | Readonly<Record<string, unknown>>;

/** What a request takes besides. */
export interface RequestOptions {
  /** How long it may take in all, in milliseconds. 30,000 by default. */
  readonly timeoutMs?: number;
  /** Gives up. */
  readonly signal?: AbortSignal;
}

/** A request that is ready to go. */
export interface Request {
  readonly command: string;
  readonly payload: Uint8Array;
}

/** What came of a request. */
export interface RequestAnswer {
  /** Who answered: `host:port`. */
  readonly peer: string;
  /** What was requested. */
  readonly command: string;
  /** The answer; undefined for what has none: the peer has looked at it, as a pong shows. */
  readonly message: BitcoinMessage | undefined;
  /** How long it took in milliseconds. */
  readonly ms: number;
}

/** Commands that are answered by others, and which. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  getaddr: ["addr", "addrv2"],
  getheaders: ["headers"],
  getblocks: ["inv"],
  getdata: ["tx", "block", "notfound"],
  mempool: ["inv"],
};

/** What is asked of whoever doesn't offer it costs the connection. */
const NEEDED_SERVICES: Readonly<Record<string, bigint>> = { mempool: SERVICES.bloom };

/**
 * Makes a request.
 *
 * @param command Such as `getheaders`.
 * @param payload The fields of its message, or bytes for commands that are not known here.
 * @throws {TypeError} When fields are given for a command that is not known.
 * @throws {RangeError} When a field doesn't fit.
 */
export function createRequest(command: string, payload: RequestPayload = {}): Request {
  if (payload instanceof Uint8Array) return { command, payload };
  if (isBitcoinCommand(command)) {
    return { command, payload: encodeMessage({ ...payload, command } as BitcoinMessage) };
  }
  if (Object.keys(payload).length === 0) return { command, payload: new Uint8Array(0) };
  throw new TypeError(
    `Cannot request ${JSON.stringify(command)} with fields as it is not known here: give it bytes`,
  );
}

/**
 * Sends a request, and waits for the answer.
 *
 * @param peer Whom to.
 * @param request What.
 * @param clock The time.
 * @param options How long.
 * @throws {SynapseError} `not_supported`, when the peer would hang up on it.
 * @throws {DecodeError} When it is a `getdata` in bytes that are none.
 */
export async function sendRequest(
  peer: BitcoinPeer,
  request: Request,
  clock: Clock,
  options: RequestOptions & { readonly timeoutMs: number },
): Promise<RequestAnswer> {
  const { command } = request;
  const needed = NEEDED_SERVICES[command] ?? 0n;
  if ((peer.info!.services & needed) !== needed) {
    throw new SynapseError(
      "not_supported",
      `Cannot send ${command} to ${peer.name} as it doesn't offer that`,
    );
  }
  const startMs = clock.now();
  const message = await (command in ANSWERS ? asked : pinged)(peer, request, clock, options);
  return { peer: peer.name, command, message, ms: clock.now() - startMs };
}

function asked(
  peer: BitcoinPeer,
  { command, payload }: Request,
  clock: Clock,
  options: RequestOptions & { readonly timeoutMs: number },
): Promise<BitcoinMessage> {
  const wanted = command === "getdata" ? hashesIn(payload) : undefined;
  const isAnswer = (message: BitcoinMessage): boolean =>
    ANSWERS[command].includes(message.command) &&
    (wanted === undefined || hashesOf(message).some((hash) => wanted.has(formatHash(hash))));
  const question = (signal?: AbortSignal): Promise<BitcoinMessage> =>
    ask(peer, {
      ...options,
      signal,
      clock,
      operation: `get answer to ${command}`,
      send: (peer) => peer.sendPayload(command, payload),
      accept: (message) => isAnswer(message) ? message : undefined,
      // bcoin doesn't say that there are no more, and others wait for their turn.
      silence: command === "getheaders" ? () => refuseSilence(peer) : undefined,
    });
  if (wanted !== undefined) return question(options.signal);
  const operation = `get answer to ${command} from ${peer.name}`;
  return withDeadline(
    { ...options, clock, operation },
    (signal) => inTurn(peer, command, () => question(signal)),
  );
}

function refuseSilence({ name }: BitcoinPeer): never {
  throw new SynapseError("not_found", `Cannot get headers as ${name} has none to give`);
}

/** What a `getdata` asks for. */
function hashesIn(payload: Uint8Array): ReadonlySet<string> {
  const { items } = decodeMessage("getdata", payload);
  return new Set(items.map(({ hash }) => formatHash(hash)));
}

/** By what it may have been asked for. */
function hashesOf(message: BitcoinMessage): readonly Uint8Array[] {
  switch (message.command) {
    case "tx":
      return [transactionId(message.transaction), witnessTransactionId(message.transaction)];
    case "block":
      return [blockHash(message.block.header)];
    case "notfound":
      return message.items.map(({ hash }) => hash);
    default:
      return [];
  }
}

async function pinged(
  peer: BitcoinPeer,
  { command, payload }: Request,
  clock: Clock,
  options: RequestOptions & { readonly timeoutMs: number },
): Promise<undefined> {
  await withDeadline({ ...options, clock, operation: `send ${command} to ${peer.name}` }, () => {
    if (command !== "ping") peer.sendPayload(command, payload);
    return peer.ping();
  });
}
