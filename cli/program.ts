/**
 * The command line as a whole: from words to what is to be done.
 *
 * @module
 */
import { Command, CommanderError } from "commander";
import { broadcastCommand } from "./commands/broadcast/command.ts";
import { btcCommand } from "./commands/btc/command.ts";
import { callCommand } from "./commands/call/command.ts";
import { completeCommand, completionsCommand } from "./commands/completions/command.ts";
import { discoverCommand } from "./commands/discover/command.ts";
import { keyCommand } from "./commands/key/command.ts";
import { methodsCommand } from "./commands/methods/command.ts";
import { pingCommand } from "./commands/ping/command.ts";
import { sendCommand } from "./commands/send/command.ts";
import { serveCommand } from "./commands/serve/command.ts";
import { EXIT_CODE } from "./exit_code.ts";
import type { CliIo } from "./io.ts";
import { addLoggingFlags, type Logging, readLogging } from "./logging_flags.ts";
import { applyVariables, VariableOption, type Variables } from "./variables.ts";
import { VERSION } from "./version.ts";

/** A command and what it was given. */
export interface Invocation {
  readonly type: "run";
  /** The command's name. */
  readonly command: string;
  /** What its action takes. */
  readonly options: object;
  /** Whether colours are wanted. */
  readonly color: boolean;
  /** What is logged; undefined for nothing. */
  readonly logging: Logging | undefined;
  /** Loads the command's code and runs it. Gives the exit code. */
  run(io: CliIo): Promise<number>;
}

/** Something to print instead: help, the version, or what is wrong. */
export interface Reply {
  readonly type: "say";
  readonly out: string;
  readonly err: string;
  readonly exitCode: number;
}

/** What parsing needs of the surroundings. */
export interface ParseOptions {
  /** The environment. */
  readonly variables: Variables;
  /** Where help is wrapped; 80 columns by default. */
  readonly columns?: number;
}

/**
 * Reads a command line. Runs nothing, and loads no command's code.
 *
 * @param argv The words after the program's name.
 * @param options Environment and width.
 */
export function parseCommandLine(
  argv: readonly string[],
  options: ParseOptions,
): Invocation | Reply {
  const { variables, columns = 80 } = options;
  const action: { command?: Command; options?: object; run?: Invocation["run"] } = {};
  const program = createProgram((options, run) => Object.assign(action, { options, run }));
  let out = "";
  let err = "";
  program.configureOutput({
    writeOut: (text) => out += text,
    writeErr: (text) => err += text,
    outputError: (text) => err += text,
    getOutHelpWidth: () => columns,
    getErrHelpWidth: () => columns,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
  const subcommands = program.commands.flatMap((command) => [command, ...command.commands]);
  for (const command of subcommands) command.copyInheritedSettings(program);
  let failed = program;
  for (const command of [program, ...subcommands]) {
    command.exitOverride((error) => {
      failed = command;
      throw error;
    });
  }
  program.hook("preAction", (_program, command) => {
    action.command = command;
    applyVariables(command, variables);
  });
  try {
    program.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { type: "say", out, err, exitCode: EXIT_CODE.ok };
    if (err.startsWith("error: ")) err = formatUsageError(err, failed);
    return { type: "say", out, err, exitCode: EXIT_CODE.usage };
  }
  return {
    type: "run",
    command: action.command!.name(),
    options: action.options!,
    color: action.command!.opts().color ?? true,
    logging: readLogging(action.command!),
    run: action.run!,
  };
}

type Act = <Options extends object>(
  options: Options,
  run: (io: CliIo) => Promise<number>,
) => void;

/** Each action is loaded when it is called for: what a command doesn't need isn't even read. */
function createProgram(act: Act): Command {
  const conversations = [
    serveCommand((options) =>
      act(options, async (io) => (await import("./commands/serve/action.ts")).serve(options, io))
    ),
    callCommand((options) =>
      act(options, async (io) => (await import("./commands/call/action.ts")).call(options, io))
    ),
    methodsCommand((options) =>
      act(
        options,
        async (io) => (await import("./commands/methods/action.ts")).methods(options, io),
      )
    ),
    pingCommand((options) =>
      act(options, async (io) => (await import("./commands/ping/action.ts")).ping(options, io))
    ),
    sendCommand((options) =>
      act(options, async (io) => (await import("./commands/send/action.ts")).send(options, io))
    ),
    discoverCommand((options) =>
      act(
        options,
        async (io) => (await import("./commands/discover/action.ts")).discover(options, io),
      )
    ),
    broadcastCommand((options) =>
      act(
        options,
        async (io) => (await import("./commands/broadcast/action.ts")).broadcast(options, io),
      )
    ),
  ];
  for (const command of conversations) addLoggingFlags(command);
  const commands = [
    ...conversations,
    btcCommand(act),
    keyCommand((options) =>
      act(options, async (io) => (await import("./commands/key/action.ts")).key(options, io))
    ),
    completionsCommand((options) =>
      act(
        options,
        async (io) => (await import("./commands/completions/action.ts")).completions(options, io),
      )
    ),
  ];
  const program = new Command("synapse")
    .description("Publishes functions, and calls those that others publish.")
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .enablePositionalOptions();
  for (const command of commands) program.addCommand(command);
  program.addCommand(
    completeCommand((options) =>
      act(
        options,
        async (io) => (await import("./commands/completions/action.ts")).complete(options, io),
      )
    ),
    { hidden: true },
  );
  return program.addHelpText("after", formatMoreHelp(commands));
}

function formatMoreHelp(commands: readonly Command[]): string {
  const options = commands.flatMap((command) => command.options)
    .filter((option) => option instanceof VariableOption);
  const variables = new Map(options.map(({ variable, long }) => [variable, long]));
  const width = Math.max(...[...variables.keys()].map((variable) => variable.length));
  const lines = [...variables].map(([variable, long]) => `  ${variable.padEnd(width)}  ${long}`);
  return `
Variables that stand in for flags (a flag wins):
${lines.join("\n")}

Exit codes:
  0 ok, 1 the peer refused or failed, 2 usage, 3 nobody there, 4 timeout,
  5 not our protocol, 130 Ctrl-C

Examples:
  $ synapse serve --echo --namespace demo --name alice
  $ synapse call localhost:9999 echo hello
  $ synapse call alice@demo echo hello
  $ synapse help call
`;
}

/** Commander's `error: ...`, its hints on lines of their own, in one line as all errors here. */
function formatUsageError(text: string, command: Command): string {
  const message = text.replace(/^error: /, "")
    .replace(/^option '(?:-\w, )?(--\S+).*?' argument '.*' is invalid\. /s, "invalid $1: ")
    .replace(/^command-argument value '.*' is invalid for argument '(\S+)'\. /s, "invalid $1: ")
    .replace(/^\(Did you mean (.*)\)$/m, "(did you mean $1)")
    .trim().replace(/\s*\n\s*/g, " ").replace(/\.$/, "");
  return `synapse: ${message}; see ${formatPath(command)} --help\n`;
}

function formatPath(command: Command): string {
  return command.parent === null
    ? command.name()
    : `${formatPath(command.parent)} ${command.name()}`;
}
