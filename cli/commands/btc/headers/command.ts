/**
 * `synapse btc headers`: what it takes.
 *
 * @module
 */
import { Command } from "commander";
import { colorOption, jsonOption, timeoutOption, wholeNumber } from "../../../options.ts";
import {
  addConnectingFlags,
  type ConnectingFlags,
  parseHashArgument,
  readConnectingFlags,
} from "../flags.ts";

/** What the action takes. */
export interface HeadersOptions extends ConnectingFlags {
  /** Hash of the block before the first; undefined for the network's first block. */
  readonly from: string | undefined;
  readonly count: number;
  readonly timeoutMs: number;
  readonly isJson: boolean;
}

const HELP = `
Each header's work is checked, and that it follows the one before. A header a
line, its hash first; with --json all of it.

Examples:
  $ synapse btc headers --count 3
  $ synapse btc headers --from "$HASH" --count 2000 --json | jq -r .hash
  $ synapse btc headers --network regtest --peer localhost:18444
`;

/**
 * Declares the command.
 *
 * @param act Gets what was parsed.
 */
export function headersCommand(act: (options: HeadersOptions) => void): Command {
  const command = new Command("headers")
    .summary("list block headers")
    .description("Lists block headers, from low to high.")
    .option(
      "--from <hash>",
      "those after this block; after the first by default",
      parseHashArgument,
    )
    .option("--count <n>", "so many, where there are so many", wholeNumber(1, 1_000_000), 10);
  return addConnectingFlags(command)
    .addOption(timeoutOption("give up after this long"))
    .addOption(jsonOption())
    .addOption(colorOption())
    .addHelpText("after", HELP)
    .action((flags) =>
      act({
        ...readConnectingFlags(flags),
        from: flags.from,
        count: flags.count,
        timeoutMs: flags.timeout,
        isJson: flags.json ?? false,
      })
    );
}
