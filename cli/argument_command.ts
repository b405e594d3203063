/**
 * Commands that take the arguments of a call.
 *
 * @module
 */
import { Command, type ErrorOptions, Option, type ParseOptionsResult } from "commander";
import { splitPair } from "./options.ts";

/** The arguments of a call, as they were written. */
export interface WrittenArguments {
  /** By position. */
  readonly args: readonly string[];
  /** By name. */
  readonly kwargs: readonly (readonly [name: string, value: string])[];
}

/** Takes `-1` and `-x` for arguments. With two dashes it is more likely a slip of the pen. */
export class ArgumentCommand extends Command {
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

/** `--kw`. */
export function keywordOption(): Option {
  return new Option("--kw <name=value>", "an argument by name; may be repeated")
    .argParser(collectKeyword);
}

function collectKeyword(
  text: string,
  previous: WrittenArguments["kwargs"] = [],
): WrittenArguments["kwargs"] {
  return [...previous, splitPair(text)];
}
