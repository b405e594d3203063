/**
 * `synapse btc decode`: what it does.
 *
 * @module
 */
import {
  type BitcoinNetwork,
  type Block,
  summarizeTransaction,
  type Transaction,
} from "../../../../bitcoin.ts";
import { EXIT_CODE } from "../../../exit_code.ts";
import type { CliIo } from "../../../io.ts";
import { printValue } from "../../../print_value.ts";
import { describeBlock, formatBlock, readBlock, summarizeBlock } from "../block_text.ts";
import { readRaw, readTransaction } from "../raw_input.ts";
import { describeTransaction, formatTransaction } from "../transaction_text.ts";
import { findNetworkFlag } from "../with_conduit.ts";
import type { DecodeOptions } from "./command.ts";

/**
 * Shows a transaction or a block.
 *
 * @param options What was asked for.
 * @param io The surroundings.
 * @returns The exit code.
 */
export async function decode(options: DecodeOptions, io: CliIo): Promise<number> {
  const { input, isJson } = options;
  const network = findNetworkFlag(options.network);
  const text = await readRaw(input, io);
  const found = readEither(text, network);
  if ("header" in found) {
    const summary = summarizeBlock(found, network);
    if (isJson) await printValue(describeBlock(summary, network), "json", io);
    else await io.out.write(formatBlock(summary, network, io));
    return EXIT_CODE.ok;
  }
  const summary = summarizeTransaction(found, network);
  if (isJson) await printValue(describeTransaction(summary, network), "json", io);
  else await io.out.write(formatTransaction(summary, network, io));
  return EXIT_CODE.ok;
}

/** What is neither is a transaction with a mistake, unless it begins as only a block does. */
function readEither(text: string, network: BitcoinNetwork): Transaction | Block {
  try {
    return readTransaction(text, network);
  } catch (error) {
    const block = readBlock(text);
    if (block === undefined) throw error;
    return block;
  }
}
