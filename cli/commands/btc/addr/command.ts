/**
 * `synapse btc addr`: what it takes.
 *
 * @module
 */
import { Command } from "commander";
import { colorOption, jsonOption } from "../../../options.ts";
import { type NetworkFlag, networkOption } from "../flags.ts";

/** What the action takes. */
export interface AddrOptions extends NetworkFlag {
  readonly isJson: boolean;
}

const HELP = `
The address book holds up to 4096 nodes that others have told of, and what came
of dialling them: those that answered last come first. All commands that look
for nodes read it and add to it. One that misbehaved is left alone for a day.

Examples:
  $ synapse btc addr
  $ synapse btc addr --network testnet4 --json | jq -r .host
`;

/**
 * Declares the command.
 *
 * @param act Gets what was parsed.
 */
export function addrCommand(act: (options: AddrOptions) => void): Command {
  return new Command("addr")
    .summary("list the address book")
    .description("Lists the address book: nodes that are known, without asking anybody.")
    .addOption(networkOption())
    .addOption(jsonOption())
    .addOption(colorOption())
    .addHelpText("after", HELP)
    .action((flags) => act({ network: flags.network, isJson: flags.json ?? false }));
}
