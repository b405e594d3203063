/**
 * `tx`: a transaction.
 *
 * @module
 */
import { decodeTransaction, encodeTransaction, type Transaction } from "./transaction.ts";

/** The message. */
export interface TxMessage {
  readonly command: "tx";
  readonly transaction: Transaction;
}

/**
 * Reads a `tx`.
 *
 * @param payload All of it.
 * @throws {DecodeError} As {@linkcode decodeTransaction}.
 */
export function decodeTx(payload: Uint8Array): TxMessage {
  return { command: "tx", transaction: decodeTransaction(payload) };
}

/**
 * Writes a `tx`, with its witness where it has one: nodes drop it without.
 *
 * @param message What to send.
 */
export function encodeTx({ transaction }: TxMessage): Uint8Array {
  return encodeTransaction(transaction);
}
