/**
 * `synapse call`: what it takes.
 *
 * @module
 */
import { Command, type ErrorOptions, Option, type ParseOptionsResult } from "commander";
import {
  colorOption,
  jsonOption,
  parseTarget,
  splitPair,
  TARGET_HELP,
  timeoutOption,
} from "../../options.ts";
import type { ValueFormat } from "../../print_value.ts";

/** What the action takes. */
export interface CallOptions {
  /** The peer's URL. */
  readonly target: string;
  /** The function. */
  readonly method: string;
  /** Positional arguments as they were written. */
  readonly args: readonly string[];
  /** Keyword arguments as they were written. */
  readonly kwargs: readonly (readonly [name: string, value: string])[];
  /** For connecting and the answer together, and for each further item. */
  readonly timeoutMs: number;
  readonly format: ValueFormat;
  /** Whether no answer is wanted. */
  readonly isNotify: boolean;
}

const HELP = `
How arguments are read:
  What parses as JSON is that value: 42, true, '[1,2]'. Anything else is a
  string: hello. A string that looks like JSON is written as JSON: '"42"'.
    -        what comes on stdin, read the same way; bytes if it isn't UTF-8
    @file    what is in a file, read the same way
    -1, -x   are arguments, too; one that begins with -- comes after a bare --
  Values that JSON hasn't got are objects with one key:
    {"$bytes":"<base64>"}             {"$date":"2026-01-02T03:04:05.000Z"}
    {"$number":"9007199254740993"}    {"$number":"NaN"}
    {"$map":[[1,"one"],[2,"two"]]}    {"$extension":[5,"<base64>"]}

How results are printed:
  Strings as they are, bytes raw to a pipe and as hex to a terminal, anything
  else as JSON in the forms above; the items of a stream as they come.
  --json prints each on a line of its own, strings and bytes included.
  --raw prints strings and bytes as they are, without a line end.

Examples:
  $ synapse call localhost:9999 sum 1 2
  $ synapse call localhost:9999 greet --kw name=Ada --kw times=3
  $ synapse call localhost:9999 ticks 5 --json | jq .
  $ cat photo.png | synapse call localhost:9999 resize - 640 > small.png
  $ synapse call unix:///run/user/1000/nvim.0 nvim_eval '6*7'
`;

/**
 * Declares the command.
 *
 * @param act Gets what was parsed.
 */
export function callCommand(act: (options: CallOptions) => void): Command {
  return new CallCommand("call")
    .summary("call a function and print what it returns")
    .description("Calls a function, and prints what it returns, or each item that it streams.")
    .argument("<target>", TARGET_HELP, parseTarget)
    .argument("<function>", "its name; `synapse methods` lists them")
    .argument("[args...]", "its arguments")
    .addOption(
      new Option("--kw <name=value>", "an argument by name; may be repeated")
        .argParser(collectKeyword),
    )
    .addOption(timeoutOption("give up when no answer, or no further item, comes for this long"))
    .addOption(jsonOption())
    .option("--raw", "print strings and bytes as they are")
    .option("--notify", "don't wait for an answer, nor learn whether there is one")
    .addOption(colorOption())
    .addHelpText("after", HELP)
    .action((target: string, method: string, args: string[], flags, command: Command) => {
      act({
        target,
        method,
        args,
        kwargs: flags.kw ?? [],
        timeoutMs: flags.timeout,
        format: readFormat(command),
        isNotify: flags.notify ?? false,
      });
    });
}

/** Takes `-1` and `-x` for arguments. With two dashes it is more likely a slip of the pen. */
class CallCommand extends Command {
  override error(message: string, options?: ErrorOptions): never {
    const isUnknown = options?.code === "commander.unknownOption";
    const hint = "(to send it as an argument, put -- before it)";
    return super.error(isUnknown ? `${message}\n${hint}` : message, options);
  }

  override parseOptions(argv: string[]): ParseOptionsResult {
    const { operands, unknown } = super.parseOptions(argv);
    const end = unknown.indexOf("--");
    const before = end === -1 ? unknown : unknown.slice(0, end);
    const flag = before.find((word) => word.startsWith("--") || word === "-h");
    if (flag !== undefined) return { operands, unknown: [flag] };
    const after = end === -1 ? [] : unknown.slice(end + 1);
    return { operands: [...operands, ...before, ...after], unknown: [] };
  }
}

function collectKeyword(
  text: string,
  previous: CallOptions["kwargs"] = [],
): CallOptions["kwargs"] {
  return [...previous, splitPair(text)];
}

/** A flag beats the other one's variable. */
function readFormat(command: Command): ValueFormat {
  const { json, raw } = command.opts();
  if (json && raw && command.getOptionValueSource("json") === "cli") {
    command.error("error: --json and --raw can't be combined");
  }
  return raw ? "raw" : json ? "json" : "text";
}
