/**
 * `synapse discover`: what it takes.
 *
 * @module
 */
import { Command } from "commander";
import { addDiscoveryFlags, readDiscoveryFlags } from "../../discovery_flags.ts";
import type { LookOptions } from "../../looking_node.ts";
import {
  colorOption,
  jsonOption,
  namespaceOption,
  requireNamespace,
  timeoutOption,
} from "../../options.ts";

/** What the action takes. */
export interface DiscoverOptions extends LookOptions {
  /** How long to look. */
  readonly timeoutMs: number;
  /** Whether to go on until Ctrl-C. */
  readonly isWatching: boolean;
  readonly isJson: boolean;
}

const HELP = `
Each peer is pinged once, and asked what it publishes. The key is its
fingerprint: compare it with what synapse key show prints over there. Peers
without one were named by a --seed, and nothing proves who they are.

With --watch the table is kept up to date until Ctrl-C. Not on a terminal, and
with --json, what happens is printed instead, a line each.

Examples:
  $ synapse discover --namespace demo
  $ synapse discover --namespace demo --watch
  $ synapse discover --namespace demo --json | jq -r .addresses[0]
  $ synapse discover --namespace demo --seed 10.0.0.7:9999
`;

/**
 * Declares the command.
 *
 * @param act Gets what was parsed.
 */
export function discoverCommand(act: (options: DiscoverOptions) => void): Command {
  const command = new Command("discover")
    .summary("list the peers that are there")
    .description("Lists the peers of a namespace: names, addresses, keys, functions, latency.")
    .addOption(namespaceOption("the crowd to look for"))
    .addOption(timeoutOption("look for so long", "3s"))
    .option("--watch", "go on until Ctrl-C");
  return addDiscoveryFlags(command)
    .addOption(jsonOption())
    .addOption(colorOption())
    .addHelpText("after", HELP)
    .action((flags, command: Command) => {
      act({
        ...readDiscoveryFlags(flags),
        namespace: requireNamespace(command),
        timeoutMs: flags.timeout,
        isWatching: flags.watch ?? false,
        isJson: flags.json ?? false,
      });
    });
}
