/**
 * `synapse call`: what it takes.
 *
 * @module
 */
import type { Command } from "commander";
import { ArgumentCommand, keywordOption, type WrittenArguments } from "../../argument_command.ts";
import {
  addCallingFlags,
  type CallingFlags,
  isEasyrpc,
  readCallingFlags,
} from "../../calling_flags.ts";
import { colorOption, jsonOption, TARGET_HELP, timeoutOption } from "../../options.ts";
import { parsePeer } from "../../peer_name.ts";
import type { ValueFormat } from "../../print_value.ts";

/** What the action takes. */
export interface CallOptions extends WrittenArguments, CallingFlags {
  /** The function. */
  readonly method: string;
  /** For finding the peer, connecting and the answer together, and for each further item. */
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

Who is called:
  An address, or name@namespace, or *@namespace for everybody in there, which is
  what synapse broadcast does, too. Names are found by broadcast on the networks
  that this machine is on; nobody is waited for longer than 5s. With a scheme,
  others than Synapse's own nodes: pnet://network/name is a node of pnet.

How results are printed:
  Strings as they are, bytes raw to a pipe and as hex to a terminal, anything
  else as JSON in the forms above; the items of a stream as they come.
  --json prints each on a line of its own, strings and bytes included.
  --raw prints strings and bytes as they are, without a line end.

Examples:
  $ synapse call localhost:9999 sum 1 2
  $ synapse call alice@demo sum 1 2
  $ synapse call '*@demo' sum 1 2
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
  const command = new ArgumentCommand("call")
    .summary("call a function and print what it returns")
    .description("Calls a function, and prints what it returns, or each item that it streams.")
    .argument("<target>", TARGET_HELP, parsePeer)
    .argument("<function>", "its name; `synapse methods` lists them")
    .argument("[args...]", "its arguments")
    .addOption(keywordOption())
    .option("--namespace <name>", "call the function of this namespace: namespace/function")
    .addOption(timeoutOption("give up when no answer, or no further item, comes for this long"))
    .addOption(jsonOption())
    .option("--raw", "print strings and bytes as they are")
    .option("--notify", "don't wait for an answer, nor learn whether there is one");
  return addCallingFlags(command)
    .addOption(colorOption())
    .addHelpText("after", HELP)
    .action(
      (target: CallOptions["target"], method: string, args: string[], flags, command: Command) => {
        const format = readFormat(command);
        const isNotify = flags.notify ?? false;
        if (typeof target !== "string" && target.name === "*" && (format === "raw" || isNotify)) {
          command.error("error: --raw and --notify can't be combined with *@namespace");
        }
        act({
          ...readCallingFlags(target, flags),
          method: flags.namespace === undefined || isEasyrpc(target)
            ? method
            : `${flags.namespace}/${method}`,
          args,
          kwargs: flags.kw ?? [],
          timeoutMs: flags.timeout,
          format,
          isNotify,
        });
      },
    );
}

/** A flag beats the other one's variable. */
function readFormat(command: Command): ValueFormat {
  const { json, raw } = command.opts();
  if (json && raw && command.getOptionValueSource("json") === "cli") {
    command.error("error: --json and --raw can't be combined");
  }
  return raw ? "raw" : json ? "json" : "text";
}
