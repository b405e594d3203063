/**
 * `synapse key`: what it takes.
 *
 * @module
 */
import { Argument, Command } from "commander";
import { identityOption, jsonOption } from "../../options.ts";

/** What is done with a key file. */
export type KeyDeed = "new" | "show" | "path";

/** What the action takes. */
export interface KeyOptions {
  readonly deed: KeyDeed;
  /** The key file's path; undefined for the usual one. */
  readonly identity: string | undefined;
  /** Whether a key file that is there may be replaced. */
  readonly isForced: boolean;
  readonly isJson: boolean;
}

const HELP = `
What is done:
  new    makes a key pair, and a file for it that only you can read
  show   prints the public key and its fingerprint, never the secret
  path   prints where the file is

A node that is to be known again by its key is told to use the file; any other
makes a new key each time it starts. Two nodes with one key are one to others,
so that each needs a file of its own.

The file is identity in $XDG_CONFIG_HOME/synapse or ~/.config/synapse, where
--identity names no other.

Examples:
  $ synapse key new
  $ synapse key show --json
  $ synapse serve --echo --namespace demo --identity "$(synapse key path)"
  $ synapse key new --identity ./bob.key
`;

/**
 * Declares the command.
 *
 * @param act Gets what was parsed.
 */
export function keyCommand(act: (options: KeyOptions) => void): Command {
  return new Command("key")
    .summary("make or show the key that others know a node by")
    .description("Makes or shows the key pair that others know a node by.")
    .addArgument(new Argument("<what>", "what is done").choices(["new", "show", "path"]))
    .addOption(identityOption("the key file"))
    .option("--force", "replace a key file that is there")
    .addOption(jsonOption())
    .addHelpText("after", HELP)
    .action((deed: KeyDeed, flags, command: Command) => {
      if (flags.force && deed !== "new") command.error("error: --force is only for key new");
      act({
        deed,
        identity: flags.identity,
        isForced: flags.force ?? false,
        isJson: flags.json ?? false,
      });
    });
}
