/**
 * `synapse btc block`: what it takes.
 *
 * @module
 */
import { Command } from "commander";
import { colorOption, jsonOption, timeoutOption } from "../../../options.ts";
import {
  addConnectingFlags,
  type ConnectingFlags,
  parseHashArgument,
  readConnectingFlags,
} from "../flags.ts";

/** What the action takes. */
export interface BlockOptions extends ConnectingFlags {
  readonly hash: string;
  /** Whether to print it as hex. */
  readonly isRaw: boolean;
  /** Path of the file that it goes to; undefined for none. */
  readonly out: string | undefined;
  readonly timeoutMs: number;
  readonly isJson: boolean;
}

const HELP = `
It is checked before it is shown: its hash, its work, that its transactions are
its own, and their witnesses. Not whether it is in the chain that others follow.

Examples:
  $ synapse btc block "$HASH"
  $ synapse btc block "$HASH" --out block.dat
  $ synapse btc block "$HASH" --raw | synapse btc decode -
`;

/**
 * Declares the command.
 *
 * @param act Gets what was parsed.
 */
export function blockCommand(act: (options: BlockOptions) => void): Command {
  const command = new Command("block")
    .summary("get a block")
    .description("Gets a block from a node that has it, and checks it.")
    .argument("<hash>", "the block's, 64 hex digits", parseHashArgument)
    .option("--raw", "print it as hex")
    .option("--out <file>", "put its bytes into this file");
  return addConnectingFlags(command)
    .addOption(timeoutOption("give up after this long", "2m"))
    .addOption(jsonOption())
    .addOption(colorOption())
    .addHelpText("after", HELP)
    .action((hash: string, flags, command: Command) => {
      if (flags.raw && flags.out !== undefined) {
        command.error("error: --raw and --out can't be combined");
      }
      act({
        ...readConnectingFlags(flags),
        hash,
        isRaw: flags.raw ?? false,
        out: flags.out,
        timeoutMs: flags.timeout,
        isJson: flags.json ?? false,
      });
    });
}
