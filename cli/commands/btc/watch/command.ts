/**
 * `synapse btc watch`: what it takes.
 *
 * @module
 */
import { Command, Option } from "commander";
import { colorOption, jsonOption } from "../../../options.ts";
import {
  addConnectingFlags,
  collect,
  type ConnectingFlags,
  parseHashArgument,
  readConnectingFlags,
} from "../flags.ts";

/** What the action takes. */
export interface WatchOptions extends ConnectingFlags {
  /** Transactions to look for. */
  readonly txids: readonly string[];
  /** Addresses to look for, as they were written. */
  readonly addresses: readonly string[];
  /** Whether every new block is told of. */
  readonly hasBlocks: boolean;
  readonly isJson: boolean;
}

const HELP = `
Goes on until Ctrl-C, and prints a line for what is new: a transaction that is
looked for, or that pays to an address; the block that it is in; with --blocks,
or where nothing else is looked for, every block. What was there before isn't
told, but for a transaction of --tx that waits in the nearest node's mempool.

All transactions that the nearest node announces are looked at, so that nobody
learns of the addresses: some kilobytes a second on main. For those of --tx, it
is asked by their ids once, at the beginning.

Examples:
  $ synapse btc watch
  $ synapse btc watch --tx "$TXID" --json
  $ synapse btc watch --address bc1qexample --address 1Example --blocks
`;

/**
 * Declares the command.
 *
 * @param act Gets what was parsed.
 */
export function watchCommand(act: (options: WatchOptions) => void): Command {
  const command = new Command("watch")
    .summary("tell of transactions and blocks as they come")
    .description("Tells of transactions and blocks as they come.")
    .addOption(
      new Option("--tx <txid>", "look for this transaction; may be repeated")
        .argParser((text, previous?: readonly string[]) =>
          collect(parseHashArgument(text), previous)
        ),
    )
    .addOption(
      new Option("--address <a>", "look for payments to this address; may be repeated")
        .argParser(collect),
    )
    .option("--blocks", "tell of every block");
  return addConnectingFlags(command)
    .addOption(jsonOption())
    .addOption(colorOption())
    .addHelpText("after", HELP)
    .action((flags) => {
      const txids = flags.tx ?? [];
      const addresses = flags.address ?? [];
      act({
        ...readConnectingFlags(flags),
        txids,
        addresses,
        hasBlocks: flags.blocks ?? (txids.length === 0 && addresses.length === 0),
        isJson: flags.json ?? false,
      });
    });
}
