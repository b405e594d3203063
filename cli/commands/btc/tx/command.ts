/**
 * `synapse btc tx`: what it takes.
 *
 * @module
 */
import { Command } from "commander";
import { colorOption, jsonOption, timeoutOption } from "../../../options.ts";
import {
  addConnectingFlags,
  type ConnectingFlags,
  parseHashArgument,
  readConnectingFlags,
} from "../flags.ts";

/** What the action takes. */
export interface TxOptions extends ConnectingFlags {
  readonly txid: string;
  readonly timeoutMs: number;
  readonly isJson: boolean;
}

const HELP = `
Nodes give those that wait in their mempools, and those of the newest block. Of
older ones they say that they don't have them, and of young ones too, until they
have announced them to others: some seconds.

Examples:
  $ synapse btc tx "$TXID"
  $ synapse btc tx "$TXID" --json | jq -r .hex
`;

/**
 * Declares the command.
 *
 * @param act Gets what was parsed.
 */
export function txCommand(act: (options: TxOptions) => void): Command {
  const command = new Command("tx")
    .summary("get a transaction that waits in a mempool")
    .description("Gets a transaction that waits in a mempool.")
    .argument("<txid>", "64 hex digits", parseHashArgument);
  return addConnectingFlags(command)
    .addOption(timeoutOption("give up after this long", "20s"))
    .addOption(jsonOption())
    .addOption(colorOption())
    .addHelpText("after", HELP)
    .action((txid: string, flags) =>
      act({
        ...readConnectingFlags(flags),
        txid,
        timeoutMs: flags.timeout,
        isJson: flags.json ?? false,
      })
    );
}
