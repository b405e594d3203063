/**
 * From a command line to an exit code.
 *
 * @module
 */
import { exitCodeOf } from "./exit_code.ts";
import { explainError } from "./explain_error.ts";
import { Interruption } from "./interruption.ts";
import { type CliIo, note, OutputClosedError } from "./io.ts";
import { type Invocation, parseCommandLine } from "./program.ts";
import type { Variables } from "./variables.ts";

/**
 * Runs a command line. Whatever happens ends in an exit code, and a failure in one line on stderr.
 *
 * @param argv The words after the program's name.
 * @param io The surroundings.
 * @param variables The environment.
 */
export async function run(
  argv: readonly string[],
  io: CliIo,
  variables: Variables,
): Promise<number> {
  try {
    const parsed = parseCommandLine(argv, { variables, columns: io.columns });
    if (parsed.type === "run") return await execute(parsed, parsed.color ? io : withoutColor(io));
    if (parsed.out !== "") await io.out.write(parsed.out);
    if (parsed.err !== "") await io.err.write(parsed.err);
    return parsed.exitCode;
  } catch (error) {
    const isSilent = error instanceof Interruption || error instanceof OutputClosedError;
    if (!isSilent) await note(io, explainError(error));
    return exitCodeOf(error);
  }
}

/** LogTape is loaded for those only who want a log. */
async function execute({ run, logging }: Invocation, io: CliIo): Promise<number> {
  if (logging === undefined) return await run(io);
  const { withLogging } = await import("./log.ts");
  return await withLogging(logging, io, () => run(io));
}

function withoutColor(io: CliIo): CliIo {
  return { ...io, color: false };
}
