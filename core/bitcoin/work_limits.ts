/**
 * How easy blocks may be, and from when on they must have witnesses.
 *
 * @module
 */
import { targetOf } from "../codecs/bitcoin/block_header.ts";
import type { BitcoinNetwork } from "../codecs/bitcoin/networks.ts";
import type { Transaction } from "../codecs/bitcoin/transaction.ts";

const MAIN_BITS = 0x1d00ffff;
const SIGNET_BITS = 0x1e0377ae;
const REGTEST_BITS = 0x207fffff;
/** The first blocks with segwit; elsewhere whoever commits to witnesses has them. */
const SEGWIT_HEIGHTS: Readonly<Record<string, number>> = { main: 481_824, testnet3: 834_624 };

/** The easiest target that a network allows: without it a stranger may claim next to no work. */
export function maxTargetOf({ name }: BitcoinNetwork): bigint {
  if (name.endsWith("regtest")) return targetOf(REGTEST_BITS);
  return targetOf(name.startsWith("signet") ? SIGNET_BITS : MAIN_BITS);
}

/** Whether a block that commits to witnesses must have come with them. */
export function mustHaveWitnesses(coinbase: Transaction, network: BitcoinNetwork): boolean {
  if (!network.hasSegwit) return false;
  return heightOf(coinbase) >= (SEGWIT_HEIGHTS[network.name] ?? 0);
}

/** The height that a coinbase begins with (BIP 34): a push of up to 4 bytes, little-endian. */
function heightOf({ inputs: [{ script }] }: Transaction): number {
  const length = script[0] ?? 0;
  if (length < 1 || length > 4 || script.length <= length) return Infinity;
  return script.subarray(1, 1 + length).reduceRight((height, byte) => height * 256 + byte, 0);
}
