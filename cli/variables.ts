/**
 * Environment variables that stand in for flags. A flag beats its variable, and a variable the
 * default.
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from "commander";

/** The environment, or what a test puts in its place. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A flag that can also be set by a variable. */
export class VariableOption extends Option {
  /** The variable's name. */
  readonly variable: string;

  /**
   * @param flags As commander writes them.
   * @param description What it does.
   * @param variable The variable's name.
   */
  constructor(flags: string, description: string, variable: string) {
    super(flags, `${description} [${variable}]`);
    this.variable = variable;
  }
}

/** What switches a flag off, where its variable is set nevertheless. */
const OFF: readonly string[] = ["0", "false", "no", "off"];

/**
 * Fills in the flags of a command that were not given.
 *
 * @param command Has been parsed.
 * @param variables The environment. An empty variable counts as not set.
 */
export function applyVariables(command: Command, variables: Variables): void {
  for (const option of command.options) {
    if (!(option instanceof VariableOption)) continue;
    const text = variables[option.variable];
    const name = option.attributeName();
    if (!text || command.getOptionValueSource(name) === "cli") continue;
    command.setOptionValueWithSource(name, readVariable(command, option, text), "env");
  }
}

function readVariable(command: Command, option: VariableOption, text: string): unknown {
  if (!option.required) return !OFF.includes(text.toLowerCase()) !== option.negate;
  try {
    return option.parseArg?.(text, undefined) ?? text;
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    return command.error(`error: variable ${option.variable} is invalid. ${error.message}`);
  }
}
