/**
 * `synapse btc decode`: what it takes.
 *
 * @module
 */
import { Command } from "commander";
import { colorOption, jsonOption } from "../../../options.ts";
import { type NetworkFlag, networkOption } from "../flags.ts";

/** What the action takes. */
export interface DecodeOptions extends NetworkFlag {
  /** As it was written: hex, `-`, `@file`. */
  readonly input: string;
  readonly isJson: boolean;
}

const HELP = `
Nothing is sent, and nobody is asked. A block's work is checked, and whether its
transactions are its own; a transaction's signatures are not, for that takes the
coins that it spends.

Examples:
  $ synapse btc decode @payment.hex
  $ synapse btc decode --network testnet4 0200000001...
  $ synapse btc decode @block.dat --json | jq '.txids | length'
`;

/**
 * Declares the command.
 *
 * @param act Gets what was parsed.
 */
export function decodeCommand(act: (options: DecodeOptions) => void): Command {
  return new Command("decode")
    .summary("show what is in a transaction or a block")
    .description("Shows what is in a raw transaction or block.")
    .argument("<rawtx|block>", "hex, - for stdin, or @file; files may also be binary")
    .addOption(networkOption())
    .addOption(jsonOption())
    .addOption(colorOption())
    .addHelpText("after", HELP)
    .action((input: string, flags) =>
      act({ input, network: flags.network, isJson: flags.json ?? false })
    );
}
