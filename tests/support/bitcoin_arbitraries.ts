/**
 * Bitcoin's things for property tests.
 *
 * @module
 */
import fc from "fast-check";
import type { Transaction } from "../../core/codecs/bitcoin/transaction.ts";

/** Any transaction that can be written: valid or not, with witnesses or without. */
export function bitcoinTransaction(): fc.Arbitrary<Transaction> {
  const input = fc.record({
    previousHash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    previousIndex: u32(),
    script: script(),
    sequence: u32(),
    witness: fc.array(script(), { maxLength: 4 }),
  });
  const output = fc.record({ valueSat: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), script: script() });
  return fc.record({
    version: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    inputs: fc.array(input, { minLength: 1, maxLength: 5 }),
    outputs: fc.array(output, { maxLength: 5 }),
    lockTime: u32(),
  }).map((transaction) => ({
    ...transaction,
    hasWitness: transaction.inputs.some(({ witness }) => witness.length > 0),
  }));
}

/** Any bytes, of lengths about the borders of how lengths are written. */
function script(): fc.Arbitrary<Uint8Array> {
  return fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ minLength: 250, maxLength: 256 }),
  );
}

function u32(): fc.Arbitrary<number> {
  return fc.integer({ min: 0, max: 0xffffffff });
}
