/**
 * `synapse methods`: what it takes.
 *
 * @module
 */
import { Command } from "commander";
import { colorOption, jsonOption, parseTarget, TARGET_HELP, timeoutOption } from "../../options.ts";

/** What the action takes. */
export interface MethodsOptions {
  /** The peer's URL. */
  readonly target: string;
  readonly timeoutMs: number;
  readonly isJson: boolean;
}

const HELP = `
Examples:
  $ synapse methods localhost:9999
  $ synapse methods localhost:9999 --json | jq -r .name
`;

/**
 * Declares the command.
 *
 * @param act Gets what was parsed.
 */
export function methodsCommand(act: (options: MethodsOptions) => void): Command {
  return new Command("methods")
    .summary("list the functions that a peer publishes")
    .description("Lists the functions that a peer publishes: names, parameters, descriptions.")
    .argument("<target>", TARGET_HELP, parseTarget)
    .addOption(timeoutOption("give up when the peer hasn't answered for this long"))
    .addOption(jsonOption())
    .addOption(colorOption())
    .addHelpText("after", HELP)
    .action((target: string, flags) => {
      act({ target, timeoutMs: flags.timeout, isJson: flags.json ?? false });
    });
}
