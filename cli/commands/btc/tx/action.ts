/**
 * `synapse btc tx`: what it does.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { encodeTransaction, summarizeTransaction } from "../../../../bitcoin.ts";
import { EXIT_CODE } from "../../../exit_code.ts";
import type { CliIo } from "../../../io.ts";
import { printValue } from "../../../print_value.ts";
import { describeTransaction, formatTransaction } from "../transaction_text.ts";
import { type CommandWorld, withConduit } from "../with_conduit.ts";
import type { TxOptions } from "./command.ts";

/**
 * Gets a transaction.
 *
 * @param options What was asked for.
 * @param io The surroundings.
 * @param world What differs from this machine.
 * @returns The exit code.
 */
export async function tx(
  options: TxOptions,
  io: CliIo,
  world: CommandWorld = {},
): Promise<number> {
  const { txid, timeoutMs, isJson } = options;
  return await withConduit(options, io, world, async (conduit) => {
    const transaction = await conduit.getTransaction(txid, { timeoutMs, signal: io.signal });
    const { network } = conduit;
    const summary = summarizeTransaction(transaction, network);
    if (isJson) {
      const hex = Buffer.from(encodeTransaction(transaction)).toString("hex");
      await printValue({ ...describeTransaction(summary, network), hex }, "json", io);
    } else {
      await io.out.write(formatTransaction(summary, network, io));
    }
    return EXIT_CODE.ok;
  });
}
