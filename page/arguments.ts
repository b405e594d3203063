/**
 * From the fields of a form to the arguments of a call.
 *
 * @module
 */
import { type Parameter, parseValue } from "../browser.ts";

/** What is sent. */
export interface CallArguments {
  readonly args: readonly unknown[];
  /** Those behind an optional one that was left out. */
  readonly kwargs?: Readonly<Record<string, unknown>>;
}

/**
 * Reads a form.
 *
 * @param parameters The function's.
 * @param texts What was written for each; of a rest parameter, an argument a line.
 * @returns JSON as values, and the rest as the text that it is.
 * @throws {TypeError} When an argument follows one that was left out, and can't be given by its name.
 */
export function readArguments(
  parameters: readonly Parameter[],
  texts: readonly string[],
): CallArguments {
  const args: unknown[] = [];
  const kwargs: [string, unknown][] = [];
  let leftOut: string | undefined;
  parameters.forEach(({ name, kind, unnamed }, index) => {
    const words = kind === "rest" ? texts[index].split("\n") : [texts[index]];
    const values = words.filter((word) => word.trim() !== "").map(parseValue);
    if (values.length === 0) leftOut ??= name;
    else if (leftOut === undefined) args.push(...values);
    else if (kind === "rest" || unnamed) {
      throw new TypeError(`${name} can't be given without ${leftOut}`);
    } else kwargs.push([name, values[0]]);
  });
  return { args, ...(kwargs.length > 0 && { kwargs: Object.fromEntries(kwargs) }) };
}
