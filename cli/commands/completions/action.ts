/**
 * `synapse completions`: what it does.
 *
 * @module
 */
import { type Command as Completed, RootCommand, ShellCompDirective } from "@bomb.sh/tab";
import type { Command } from "commander";
import { EXIT_CODE } from "../../exit_code.ts";
import type { CliIo } from "../../io.ts";
import { BASH_SCRIPT } from "./bash_script.ts";
import type { CompleteOptions, CompletionsOptions } from "./command.ts";

/**
 * Prints the script for a shell.
 *
 * @param options What was asked for.
 * @param io The surroundings.
 * @returns The exit code.
 */
export async function completions(options: CompletionsOptions, io: CliIo): Promise<number> {
  const { shell } = options;
  await io.out.write(
    shell === "bash"
      ? BASH_SCRIPT
      : printedBy(() => new RootCommand().setup("synapse", "synapse", shell)),
  );
  return EXIT_CODE.ok;
}

/**
 * Tells a shell how a line may go on.
 *
 * @param options What is on the line.
 * @param io The surroundings.
 * @returns The exit code.
 */
export async function complete(options: CompleteOptions, io: CliIo): Promise<number> {
  const { words, program } = options;
  const root = new RootCommand();
  describe(program, root);
  for (const command of visibleCommands(program)) {
    describe(command, root.command(command.name(), command.summary() || command.description()));
    for (const sub of visibleCommands(command)) {
      describe(sub, root.command(`${command.name()} ${sub.name()}`, sub.summary()));
    }
  }
  const candidates = printedBy(() => root.parse([...words]));
  // With nothing to offer, tab tells the shell to offer nothing either; but a module is a file.
  const takesFile = words[0] === "serve" || words.at(-2) === "--identity";
  const isFile = takesFile && candidates.startsWith(":");
  await io.out.write(isFile ? `:${ShellCompDirective.ShellCompDirectiveDefault}\n` : candidates);
  return EXIT_CODE.ok;
}

function visibleCommands(command: Command): readonly Command[] {
  return command.createHelp().visibleCommands(command);
}

/** Tells tab what commander knows of a command. */
function describe(command: Command, completed: Completed): void {
  for (const option of command.createHelp().visibleOptions(command)) {
    const name = option.long!.slice(2);
    const short = option.short?.slice(1);
    // Only with a handler does tab take the next word for the flag's value.
    if (option.required) completed.option(name, option.description, () => {}, short);
    else completed.option(name, option.description, short);
  }
  for (const argument of command.registeredArguments) {
    completed.argument(
      argument.name(),
      (offer) => argument.argChoices?.forEach((choice) => offer(choice, "")),
      argument.variadic,
    );
  }
}

/** tab prints with `console.log`, and nothing else. */
function printedBy(print: () => void): string {
  const lines: string[] = [];
  const tabConsole = console;
  const { log } = tabConsole;
  tabConsole.log = (line: string) => lines.push(line);
  try {
    print();
  } finally {
    tabConsole.log = log;
  }
  return lines.map((line) => `${line}\n`).join("");
}
