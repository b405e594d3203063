/**
 * Whether a block that a stranger gave is the block that was asked for, whole and unchanged.
 *
 * Signatures and coins are not looked at: the work in the header is what speaks for them.
 *
 * @module
 */
import { DecodeError } from "../../errors.ts";
import { type Block, blockWeightOf } from "./block.ts";
import { blockHash, hasProofOfWork } from "./block_header.ts";
import { formatHash, sha256d } from "./hash.ts";
import { isSameHash, merkleRoot } from "./merkle.ts";
import type { BitcoinNetwork } from "./networks.ts";
import {
  isCoinbase,
  type Transaction,
  transactionId,
  witnessTransactionId,
} from "./transaction.ts";

/** What is known of a block beforehand. */
export interface BlockExpectations {
  /** The hash that it was asked for by. */
  readonly hash?: Uint8Array;
  /** The easiest target that its network allows. */
  readonly maxTarget?: bigint;
  /**
   * Whether witnesses were asked for, so that those that the coinbase commits to must be there. Blocks
   * from before segwit was active can have a commitment without them. @default {false}
   */
  readonly isWitnessRequired?: boolean;
}

/** What the weight of a block may be where there is segwit. */
export const MAX_BLOCK_WEIGHT: number = 4_000_000;

const HASH_BYTES = 32;
/** OP_RETURN, a push of 36 bytes, and what tells the commitment from other data (BIP 141). */
const COMMITMENT_START = Uint8Array.of(0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed);

/**
 * Checks a block: its hash and work, that its coinbase comes first, and that its transactions and
 * their witnesses are those that it was made with.
 *
 * @param block The block.
 * @param network Whose rules hold.
 * @param expected What is known of it.
 * @returns The ids of its transactions in order, which checking took.
 * @throws {DecodeError} `malformed`, or `limit` for a weight over {@linkcode MAX_BLOCK_WEIGHT}.
 */
export function checkBlock(
  block: Block,
  network: BitcoinNetwork,
  expected: BlockExpectations = {},
): Uint8Array[] {
  const { header, transactions } = block;
  const hash = blockHash(header);
  if (expected.hash !== undefined && !isSameHash(hash, expected.hash)) {
    throw refused(`it is not ${formatHash(expected.hash)}`, formatHash(hash));
  }
  if (!hasProofOfWork(header, expected.maxTarget)) {
    throw refused("its hash is not as low as it must be", formatHash(hash));
  }
  // A coinbase can't be the two hashes that an inner node of the tree is of (CVE-2017-12842).
  if (transactions.length === 0 || !isCoinbase(transactions[0])) {
    throw refused("it has no coinbase at its beginning", `${transactions.length} transactions`);
  }
  const second = transactions.findIndex((transaction, i) => i > 0 && isCoinbase(transaction));
  if (second > 0) throw refused("it has a second coinbase", `transaction ${second}`);
  const ids = transactions.map(transactionId);
  const { root, isAmbiguous } = merkleRoot(ids);
  if (!isSameHash(root, header.merkleRoot)) {
    throw refused("its transactions are not those of its header", formatHash(root));
  }
  if (isAmbiguous) throw refused("transactions are repeated in it", `${ids.length} transactions`);
  if (network.hasSegwit) checkSegwit(block, expected.isWitnessRequired ?? false);
  else if (transactions.some(({ hasWitness }) => hasWitness)) {
    throw refused(`there are no witnesses on ${network.name}`, "some");
  }
  return ids;
}

/**
 * Finds what a coinbase commits its block's witnesses with.
 *
 * @param coinbase The first transaction of a block.
 * @returns 32 bytes, of the last such output; undefined where there is none.
 */
export function findWitnessCommitment(coinbase: Transaction): Uint8Array | undefined {
  const end = COMMITMENT_START.length + HASH_BYTES;
  const output = coinbase.outputs.findLast(({ script }) =>
    script.length >= end && COMMITMENT_START.every((byte, i) => byte === script[i])
  );
  return output?.script.subarray(COMMITMENT_START.length, end);
}

/**
 * Computes what {@linkcode findWitnessCommitment} must find.
 *
 * @param transactions All of a block.
 * @param reserved The only item of the coinbase's witness, 32 bytes.
 */
export function computeWitnessCommitment(
  transactions: readonly Transaction[],
  reserved: Uint8Array,
): Uint8Array {
  // The coinbase holds the commitment, so that its own hash can't be in it.
  const leaves = transactions.map((transaction, i) =>
    i === 0 ? new Uint8Array(HASH_BYTES) : witnessTransactionId(transaction)
  );
  const bytes = new Uint8Array(HASH_BYTES + reserved.length);
  bytes.set(merkleRoot(leaves).root);
  bytes.set(reserved, HASH_BYTES);
  return sha256d(bytes);
}

function checkSegwit(block: Block, isWitnessRequired: boolean): void {
  const weight = blockWeightOf(block);
  if (weight > MAX_BLOCK_WEIGHT) {
    throw new DecodeError(
      "limit",
      `Cannot take block as its weight is over ${MAX_BLOCK_WEIGHT}: got ${weight}`,
    );
  }
  const { transactions } = block;
  const commitment = findWitnessCommitment(transactions[0]);
  const isBare = !transactions.some(({ hasWitness }) => hasWitness);
  if (commitment === undefined) {
    if (isBare) return;
    throw refused("its coinbase does not commit to its witnesses", "no commitment");
  }
  if (isBare && !isWitnessRequired) return;
  const [reserved, ...others] = transactions[0].inputs[0].witness;
  if (reserved?.length !== HASH_BYTES || others.length > 0) {
    throw refused(
      "its coinbase's witness is not one item of 32 bytes",
      `${transactions[0].inputs[0].witness.length} items`,
    );
  }
  const computed = computeWitnessCommitment(transactions, reserved);
  if (!isSameHash(computed, commitment)) {
    throw refused("its witnesses are not those of its coinbase", formatHash(computed));
  }
}

function refused(problem: string, found: string): DecodeError {
  return new DecodeError("malformed", `Cannot take block as ${problem}: got ${found}`);
}
