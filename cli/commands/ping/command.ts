/**
 * `synapse ping`: what it takes.
 *
 * @module
 */
import { Command, Option } from "commander";
import { addCallingFlags, type CallingFlags, readCallingFlags } from "../../calling_flags.ts";
import {
  colorOption,
  jsonOption,
  parseWait,
  TARGET_HELP,
  timeoutOption,
  wholeNumber,
} from "../../options.ts";
import { parseOnePeer } from "../../peer_name.ts";

/** What the action takes. */
export interface PingOptions extends CallingFlags {
  /** How many pings. */
  readonly count: number;
  /** From one answer to the next ping. */
  readonly intervalMs: number;
  /** For connecting, and for each answer. */
  readonly timeoutMs: number;
  readonly isJson: boolean;
}

const HELP = `
Examples:
  $ synapse ping localhost:9999
  $ synapse ping alice@demo
  $ synapse ping localhost:9999 -n 100 -i 10ms --timeout 1s
`;

/**
 * Declares the command.
 *
 * @param act Gets what was parsed.
 */
export function pingCommand(act: (options: PingOptions) => void): Command {
  const command = new Command("ping")
    .summary("measure how long a peer takes to answer")
    .description("Measures how long a peer takes to answer, over one connection.")
    .argument("<target>", TARGET_HELP, parseOnePeer)
    .addOption(
      new Option("-n, --count <n>", "how many pings").default(5)
        .argParser(wholeNumber(1, 1_000_000_000)),
    )
    .addOption(
      new Option("-i, --interval <duration>", "wait this long between them")
        .default(1_000, "1s").argParser(parseWait),
    )
    .addOption(timeoutOption("count a ping as lost when it isn't answered for this long"))
    .addOption(jsonOption());
  return addCallingFlags(command)
    .addOption(colorOption())
    .addHelpText("after", HELP)
    .action((target: CallingFlags["target"], flags) => {
      act({
        ...readCallingFlags(target, flags),
        count: flags.count,
        intervalMs: flags.interval,
        timeoutMs: flags.timeout,
        isJson: flags.json ?? false,
      });
    });
}
