/**
 * A transaction that peers may ask us for.
 *
 * @module
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import { formatHash } from "../codecs/bitcoin/hash.ts";
import type { BitcoinNetwork } from "../codecs/bitcoin/networks.ts";
import { parseRawTransaction } from "../codecs/bitcoin/raw_transaction.ts";
import {
  encodeTransaction,
  transactionId,
  virtualSizeOf,
  witnessTransactionId,
} from "../codecs/bitcoin/transaction.ts";

/** The transaction, and all that it goes by. */
export interface TransactionOffer {
  readonly txid: string;
  readonly wtxid: string;
  /** In the order of the wire. */
  readonly txidBytes: Uint8Array;
  /** In the order of the wire. */
  readonly wtxidBytes: Uint8Array;
  /** As it is sent: with witnesses, where it has any. A stripped one is refused everywhere. */
  readonly bytes: Uint8Array;
  readonly vsize: number;
  /** Ids of the transactions whose coins it spends. */
  readonly parents: ReadonlySet<string>;
}

/**
 * Makes an offer.
 *
 * @param raw The transaction, as bytes or in hex.
 * @param network Where it is to be sent.
 * @throws {DecodeError} When it is no transaction there; the message says what is wrong and where.
 */
export function createOffer(raw: Uint8Array | string, network: BitcoinNetwork): TransactionOffer {
  const text = typeof raw === "string" ? raw : bytesToHex(raw);
  const transaction = parseRawTransaction(text, network);
  const txidBytes = transactionId(transaction);
  const wtxidBytes = witnessTransactionId(transaction);
  return {
    txid: formatHash(txidBytes),
    wtxid: formatHash(wtxidBytes),
    txidBytes,
    wtxidBytes,
    bytes: encodeTransaction(transaction),
    vsize: virtualSizeOf(transaction),
    parents: new Set(transaction.inputs.map(({ previousHash }) => formatHash(previousHash))),
  };
}
