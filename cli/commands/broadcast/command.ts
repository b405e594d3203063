/**
 * `synapse broadcast`: what it takes.
 *
 * @module
 */
import { type Command, Option } from "commander";
import { ArgumentCommand, keywordOption, type WrittenArguments } from "../../argument_command.ts";
import { addDiscoveryFlags, readDiscoveryFlags } from "../../discovery_flags.ts";
import type { LookOptions } from "../../looking_node.ts";
import {
  colorOption,
  jsonOption,
  namespaceOption,
  requireNamespace,
  timeoutOption,
  wholeNumber,
} from "../../options.ts";

/** What the action takes. */
export interface BroadcastOptions extends LookOptions, WrittenArguments {
  /** The function. */
  readonly method: string;
  /** How many peers have to answer; undefined for as many as there are. */
  readonly expect: number | undefined;
  /** For finding peers, and for each answer. */
  readonly timeoutMs: number;
  readonly isJson: boolean;
}

const HELP = `
Arguments are read as those of synapse call are. Each answer is printed as it
comes; whoever is slow or dead holds up nobody else. 32 are called at once.

Peers are looked for until none has been heard for 400ms, and with --expect
until there are so many. Those that are missing then count as silent.

Exit codes:
  0 all answered, 1 some failed, 3 nobody is there, 4 some were silent

Examples:
  $ synapse broadcast --namespace demo sum 1 2
  $ synapse broadcast --namespace demo --expect 10 --timeout 5s reload
  $ synapse broadcast --namespace demo traffic --json | jq .result
`;

/**
 * Declares the command.
 *
 * @param act Gets what was parsed.
 */
export function broadcastCommand(act: (options: BroadcastOptions) => void): Command {
  const command = new ArgumentCommand("broadcast")
    .summary("call a function of every peer")
    .description("Calls a function of every peer in a namespace, and prints what each returns.")
    .argument("<function>", "its name")
    .argument("[args...]", "its arguments")
    .addOption(namespaceOption("the crowd to call"))
    .addOption(keywordOption())
    .addOption(
      new Option("--expect <n>", "wait for so many peers").argParser(wholeNumber(1, 1_000_000)),
    )
    .addOption(timeoutOption("give up finding peers, and each answer, after this long", "5s"));
  return addDiscoveryFlags(command)
    .addOption(jsonOption())
    .addOption(colorOption())
    .addHelpText("after", HELP)
    .action((method: string, args: string[], flags, command: Command) => {
      act({
        ...readDiscoveryFlags(flags),
        namespace: requireNamespace(command),
        method,
        args,
        kwargs: flags.kw ?? [],
        expect: flags.expect,
        timeoutMs: flags.timeout,
        isJson: flags.json ?? false,
      });
    });
}
