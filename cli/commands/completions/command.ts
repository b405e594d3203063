/**
 * `synapse completions`, and the hidden command through which a shell asks.
 *
 * @module
 */
import { Argument, Command } from "commander";

/** What the action takes that prints a script. */
export interface CompletionsOptions {
  readonly shell: string;
}

/** What the action takes that answers a shell. */
export interface CompleteOptions {
  /** The words on the line after the program's name; the last one is being written. */
  readonly words: readonly string[];
  /** All commands. */
  readonly program: Command;
}

const HELP = `
Examples:
  $ synapse completions bash >> ~/.bash_completion
  $ synapse completions zsh > ~/.zfunc/_synapse
  $ synapse completions fish > ~/.config/fish/completions/synapse.fish
  $ source <(synapse completions bash)
`;

/**
 * Declares the command.
 *
 * @param act Gets what was parsed.
 */
export function completionsCommand(act: (options: CompletionsOptions) => void): Command {
  return new Command("completions")
    .summary("print a script that completes commands and flags")
    .description("Prints a script that makes a shell complete commands and flags at Tab.")
    .addArgument(new Argument("<shell>", "which one").choices(["bash", "zsh", "fish"]))
    .addHelpText("after", HELP)
    .action((shell: string) => act({ shell }));
}

/**
 * Declares the command that the scripts call: `synapse complete -- <words>`.
 *
 * @param act Gets what was parsed.
 */
export function completeCommand(act: (options: CompleteOptions) => void): Command {
  return new Command("complete")
    .description("Answers a shell that asks how a line may go on.")
    .argument("[words...]", "the words on the line")
    .action((words: string[], _flags, command: Command) =>
      act({ words, program: command.parent! })
    );
}
