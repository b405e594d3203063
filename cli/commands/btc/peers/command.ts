/**
 * `synapse btc peers`: what it takes.
 *
 * @module
 */
import { Command } from "commander";
import { colorOption, jsonOption, timeoutOption, wholeNumber } from "../../../options.ts";
import { addConnectingFlags, type ConnectingFlags, readConnectingFlags } from "../flags.ts";

/** What the action takes. */
export interface PeersOptions extends ConnectingFlags {
  /** How many to meet, where nodes are looked for. */
  readonly count: number;
  readonly timeoutMs: number;
  readonly isJson: boolean;
}

const HELP = `
The nearest comes first. "fee from" is what a node takes at least, in satoshi
per 1000 virtual bytes; "no transactions" means that it wants none.
Everything but the ping is the node's own word.

Examples:
  $ synapse btc peers --count 20
  $ synapse btc peers --network bsv-main --json | jq -r .agent
  $ synapse btc peers --peer localhost:8333
`;

/**
 * Declares the command.
 *
 * @param act Gets what was parsed.
 */
export function peersCommand(act: (options: PeersOptions) => void): Command {
  const command = new Command("peers")
    .summary("connect to some nodes, and list them")
    .description("Connects to some nodes, and lists them: agent, services, height, fee, ping.")
    .option("--count <n>", "so many, where nodes are looked for", wholeNumber(1, 100), 8);
  return addConnectingFlags(command)
    .addOption(timeoutOption("list those that are there by then", "15s"))
    .addOption(jsonOption())
    .addOption(colorOption())
    .addHelpText("after", HELP)
    .action((flags) =>
      act({
        ...readConnectingFlags(flags),
        count: flags.count,
        timeoutMs: flags.timeout,
        isJson: flags.json ?? false,
      })
    );
}
