/**
 * Asks peers for headers, blocks and transactions, and believes none of it unchecked.
 *
 * @module
 */
import type { Clock } from "../channel.ts";
import type { Block } from "../codecs/bitcoin/block.ts";
import { checkBlock } from "../codecs/bitcoin/block_check.ts";
import { blockHash, type BlockHeader, hasProofOfWork } from "../codecs/bitcoin/block_header.ts";
import { formatHash, parseHash } from "../codecs/bitcoin/hash.ts";
import { INVENTORY_TYPES, type InventoryItem } from "../codecs/bitcoin/inventory.ts";
import type { BitcoinMessage } from "../codecs/bitcoin/messages.ts";
import type { BitcoinNetwork } from "../codecs/bitcoin/networks.ts";
import { type Transaction, transactionId } from "../codecs/bitcoin/transaction.ts";
import { DecodeError, SynapseError } from "../errors.ts";
import { ask } from "./ask.ts";
import { PROTOCOL_VERSION } from "./handshake.ts";
import { inTurn } from "./in_turn.ts";
import type { BitcoinPeer } from "./peer.ts";
import { maxTargetOf, mustHaveWitnesses } from "./work_limits.ts";

/** What every one of them takes. */
export interface ChainRequest {
  readonly network: BitcoinNetwork;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Blocks that a peer is asked for just now: what answers another question is no offence. */
const AWAITED = new WeakMap<BitcoinPeer, string[]>();

/** Further ahead no clock is. */
const MAX_SKEW_SEC = 2 * 60 * 60;

/**
 * Asks for the headers that follow a block, 2000 at most.
 *
 * @param peer Whom.
 * @param after The block's hash, in the order of the wire.
 * @param request Which network, and how long.
 * @returns In order. Each continues the one before, the first the block; each has the work that it claims.
 * @throws {DecodeError} When they don't: the peer is hung up on.
 * @throws {SynapseError} `not_found`, when the peer doesn't know the block.
 */
export function requestHeaders(
  peer: BitcoinPeer,
  after: Uint8Array,
  request: ChainRequest,
): Promise<readonly BlockHeader[]> {
  return inTurn(peer, "getheaders", () => askForHeaders(peer, after, request));
}

function askForHeaders(
  peer: BitcoinPeer,
  after: Uint8Array,
  request: ChainRequest,
): Promise<readonly BlockHeader[]> {
  return blame(peer, () =>
    ask(peer, {
      ...request,
      operation: "get headers",
      send: (peer) =>
        peer.send({
          command: "getheaders",
          version: PROTOCOL_VERSION,
          locator: [after],
          stopHash: new Uint8Array(32),
        }),
      accept: (message) => {
        if (message.command !== "headers") return undefined;
        checkHeaders(message.headers, after, request);
        return message.headers;
      },
      // bcoin doesn't say that there are no more.
      silence: () => [],
    }));
}

/**
 * Asks for a block.
 *
 * @param peer Whom.
 * @param hash The block's, in hex.
 * @param request Which network, and how long.
 * @returns The block, and the ids of its transactions.
 * @throws {DecodeError} When it is not the block, or not whole: the peer is hung up on.
 * @throws {SynapseError} `not_found`, when the peer says so, or says nothing: Core does.
 */
export function requestBlock(
  peer: BitcoinPeer,
  hash: string,
  request: ChainRequest,
): Promise<{ readonly block: Block; readonly txids: readonly Uint8Array[] }> {
  const { network } = request;
  const type = network.hasSegwit ? INVENTORY_TYPES.witnessBlock : INVENTORY_TYPES.block;
  const item: InventoryItem = { type, hash: parseHash(hash) };
  const id = formatHash(item.hash);
  const awaited = AWAITED.get(peer) ?? [];
  AWAITED.set(peer, awaited);
  awaited.push(id);
  return blame(peer, () =>
    ask(peer, {
      ...request,
      operation: `get block ${hash}`,
      send: (peer) => peer.send({ command: "getdata", items: [item] }),
      accept: (message) => {
        refuseNotFound(message, item, `block ${hash}`);
        if (message.command !== "block") return undefined;
        const { block } = message;
        const found = blockHash(block.header);
        if (!isSame(found, item.hash)) {
          // The first who waits complains for all.
          if (awaited[0] === id && !awaited.includes(formatHash(found))) peer.note("unexpected");
          return undefined;
        }
        const txids = checkBlock(block, network, {
          hash: item.hash,
          maxTarget: maxTargetOf(network),
          isWitnessRequired: mustHaveWitnesses(block.transactions[0], network),
        });
        return { block, txids };
      },
      silence: () => {
        throw notFound(`block ${hash}`);
      },
    })).finally(() => awaited.splice(awaited.indexOf(id), 1));
}

/**
 * Asks for a transaction: one of a mempool, or of the newest block.
 *
 * @param peer Whom.
 * @param txid The transaction's, in hex.
 * @param request Which network, and how long.
 * @throws {SynapseError} `not_found`, when the peer says so.
 */
export function requestTransaction(
  peer: BitcoinPeer,
  txid: string,
  request: ChainRequest,
): Promise<Transaction> {
  const type = request.network.hasSegwit
    ? INVENTORY_TYPES.witnessTransaction
    : INVENTORY_TYPES.transaction;
  const item: InventoryItem = { type, hash: parseHash(txid) };
  return ask(peer, {
    ...request,
    operation: `get transaction ${txid}`,
    send: (peer) => peer.send({ command: "getdata", items: [item] }),
    accept: (message) => {
      refuseNotFound(message, item, `transaction ${txid}`);
      if (message.command !== "tx") return undefined;
      return formatHash(transactionId(message.transaction)) === txid.toLowerCase()
        ? message.transaction
        : undefined;
    },
  });
}

function checkHeaders(
  headers: readonly BlockHeader[],
  after: Uint8Array,
  { network, clock }: ChainRequest,
): void {
  const maxTarget = maxTargetOf(network);
  const latestSec = clock.unixMs() / 1_000 + MAX_SKEW_SEC;
  let previous = after;
  if (headers.length > 0 && !isSame(headers[0].previousHash, after)) {
    // It begins where the chain does, or with what it knows itself.
    throw notFound(`block ${formatHash(after)}`);
  }
  headers.forEach((header, i) => {
    if (!isSame(header.previousHash, previous)) {
      throw refused(`header ${i} does not continue ${formatHash(previous)}`);
    }
    if (!hasProofOfWork(header, maxTarget)) throw refused(`header ${i} lacks the work it claims`);
    if (header.timeSec > latestSec) throw refused(`header ${i} is from a time to come`);
    previous = blockHash(header);
  });
}

function refuseNotFound(message: BitcoinMessage, item: InventoryItem, what: string): void {
  if (message.command !== "notfound") return;
  if (!message.items.some(({ hash }) => isSame(hash, item.hash))) return;
  throw notFound(what);
}

/** Hangs up on whoever answers with what can't be true. */
async function blame<T>(peer: BitcoinPeer, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof DecodeError) peer.close(error.message, true);
    throw error;
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.every((byte, i) => byte === other[i]);
}

function notFound(what: string): SynapseError {
  return new SynapseError("not_found", `Cannot get ${what} as the peer doesn't have it`);
}

function refused(problem: string): DecodeError {
  return new DecodeError("malformed", `Cannot take headers as ${problem}`);
}
