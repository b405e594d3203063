/**
 * `synapse methods`: what it takes.
 *
 * @module
 */
import { Command } from "commander";
import {
  addCallingFlags,
  type CallingFlags,
  isEasyrpc,
  readCallingFlags,
} from "../../calling_flags.ts";
import { colorOption, jsonOption, TARGET_HELP, timeoutOption } from "../../options.ts";
import { parseOnePeer } from "../../peer_name.ts";

/** What the action takes. */
export interface MethodsOptions extends CallingFlags {
  readonly timeoutMs: number;
  readonly isJson: boolean;
  /** The namespace or group to list, all where left out; a server of easyrpc has been asked for it alone. */
  readonly namespace?: string;
}

const HELP = `
Examples:
  $ synapse methods localhost:9999
  $ synapse methods alice@demo
  $ synapse methods localhost:9999 --json | jq -r .name
`;

/**
 * Declares the command.
 *
 * @param act Gets what was parsed.
 */
export function methodsCommand(act: (options: MethodsOptions) => void): Command {
  const command = new Command("methods")
    .summary("list the functions that a peer publishes")
    .description("Lists the functions that a peer publishes: names, parameters, descriptions.")
    .argument("<target>", TARGET_HELP, parseOnePeer)
    .option("--namespace <name>", "only the functions of this namespace or group")
    .addOption(timeoutOption("give up when the peer hasn't answered for this long"))
    .addOption(jsonOption());
  return addCallingFlags(command)
    .addOption(colorOption())
    .addHelpText("after", HELP)
    .action((target: CallingFlags["target"], flags) => {
      act({
        ...readCallingFlags(target, flags),
        timeoutMs: flags.timeout,
        isJson: flags.json ?? false,
        namespace: isEasyrpc(target) ? undefined : flags.namespace,
      });
    });
}
