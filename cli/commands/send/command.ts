/**
 * `synapse send`: what it takes.
 *
 * @module
 */
import { Command } from "commander";
import {
  addDiscoveryFlags,
  type DiscoveryFlags,
  readDiscoveryFlags,
} from "../../discovery_flags.ts";
import { colorOption, jsonOption, TARGET_HELP, timeoutOption } from "../../options.ts";
import { parsePeer, type PeerName } from "../../peer_name.ts";

/** What the action takes. */
export interface SendOptions extends DiscoveryFlags {
  /** The peer's URL, or whom to find. */
  readonly target: string | PeerName;
  /** The file's path. */
  readonly path: string;
  /** For finding the peer and connecting. */
  readonly timeoutMs: number;
  readonly isJson: boolean;
}

const HELP = `
The other side runs synapse serve --receive DIR. What has arrived is compared by
SHA-256 before it gets its name; then the hash is printed, as sha256sum does it.
When the connection breaks, it is dialled again and the rest is sent. When the
command is stopped, the same one sends the rest within a week, unless the file
was changed.

Examples:
  $ synapse send localhost:9999 report.pdf
  $ synapse send alice@demo backup.tar
`;

/**
 * Declares the command.
 *
 * @param act Gets what was parsed.
 */
export function sendCommand(act: (options: SendOptions) => void): Command {
  const command = new Command("send")
    .summary("send a file")
    .description("Sends a file to a node that takes files.")
    .argument("<target>", TARGET_HELP, parsePeer)
    .argument("<file>", "its path")
    .addOption(timeoutOption("give up when finding the peer and connecting takes this long"))
    .addOption(jsonOption());
  return addDiscoveryFlags(command)
    .addOption(colorOption())
    .addHelpText("after", HELP)
    .action((target: SendOptions["target"], path: string, flags, command: Command) => {
      if (typeof target !== "string" && target.name === "*") {
        command.error("error: a file goes to one peer, not to *@namespace");
      }
      act({
        ...readDiscoveryFlags(flags),
        target,
        path,
        timeoutMs: flags.timeout,
        isJson: flags.json ?? false,
      });
    });
}
