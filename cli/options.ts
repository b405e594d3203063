/**
 * Flags and arguments that several commands have in common.
 *
 * @module
 */
import { type Command, InvalidArgumentError } from "commander";
import { formatAddress, parseAddress, parseDuration } from "../mod.ts";
import { VariableOption } from "./variables.ts";

/** The description of every target that can be found by its name, too. */
export const TARGET_HELP: string =
  "host:port, name@namespace, or a URL such as unix:///path or pnet://network/name";

/** `--json`. */
export function jsonOption(): VariableOption {
  return new VariableOption("--json", "print one JSON value a line", "SYNAPSE_JSON");
}

/**
 * `--timeout`.
 *
 * @param description What is given up.
 * @param byDefault When.
 */
export function timeoutOption(description: string, byDefault: string = "30s"): VariableOption {
  const option = new VariableOption("--timeout <duration>", description, "SYNAPSE_TIMEOUT");
  return option.default(parseDuration(byDefault), byDefault).argParser(parseWait) as VariableOption;
}

/**
 * `--namespace`.
 *
 * @param description What is done there.
 */
export function namespaceOption(description: string): VariableOption {
  return new VariableOption("--namespace <name>", description, "SYNAPSE_NAMESPACE");
}

/**
 * Reads `--namespace` where there has to be one.
 *
 * @param command Has been parsed, its variables have been applied.
 */
export function requireNamespace(command: Command): string {
  return command.opts().namespace || command.error("error: missing --namespace <name>");
}

/**
 * `--identity`.
 *
 * @param description What the file is for.
 */
export function identityOption(description: string): VariableOption {
  return new VariableOption("--identity <file>", description, "SYNAPSE_IDENTITY");
}

/** `--no-color`. */
export function colorOption(): VariableOption {
  return new VariableOption("--no-color", "no colours, not even on a terminal", "SYNAPSE_NO_COLOR");
}

/**
 * Reads the address of a peer.
 *
 * @param text What the user wrote.
 * @returns A URL with its scheme.
 * @throws {InvalidArgumentError} When it is none.
 */
export function parseTarget(text: string): string {
  return readArgument(() => formatAddress(parseAddress(text)));
}

/**
 * Reads how long to wait.
 *
 * @param text What the user wrote, such as `5s`.
 * @returns Milliseconds, more than none.
 * @throws {InvalidArgumentError} When it is no duration.
 */
export function parseWait(text: string): number {
  const ms = readArgument(() => parseDuration(text));
  if (ms > 0) return ms;
  throw new InvalidArgumentError(`Cannot wait for no time at all: got ${JSON.stringify(text)}`);
}

/**
 * Reads a whole number.
 *
 * @param least The smallest that is allowed.
 * @param most The largest.
 * @returns A parser for commander.
 */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(
      `It must be a whole number from ${least} to ${most}: got ${JSON.stringify(text)}`,
    );
  };
}

/**
 * Takes `name=value` apart.
 *
 * @param text What the user wrote. The value may contain `=`.
 * @param form What the option's help calls the two.
 * @returns Name and value.
 * @throws {InvalidArgumentError} When there is no name or no `=`.
 */
export function splitPair(
  text: string,
  form: string = "name=value",
): readonly [name: string, value: string] {
  const end = text.indexOf("=");
  if (end > 0) return [text.slice(0, end), text.slice(end + 1)];
  throw new InvalidArgumentError(`It must be ${form}: got ${JSON.stringify(text)}`);
}

/**
 * Turns what a reader throws into what commander shows.
 *
 * @param read The reader.
 * @throws {InvalidArgumentError} When it throws.
 */
export function readArgument<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}
