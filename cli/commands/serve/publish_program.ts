/**
 * A program as a published function.
 *
 * @module
 */
import { basename } from "node:path";
import {
  type CallContext,
  formatJson,
  type Node,
  parseContent,
  SynapseError,
} from "../../../mod.ts";
import type { ExecOption } from "./command.ts";
import type { ProgramRunner } from "./program_runner.ts";

const NEGATIVE_NUMBER = /^-(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * Publishes a program.
 *
 * @param node Where.
 * @param program Name and command line.
 * @param runner Runs it.
 */
export function publishProgram(node: Node, program: ExecOption, runner: ProgramRunner): void {
  const { name, argv } = program;
  const description = `Runs ${basename(argv[0])}.`;
  node.endpoint(name, { description, context: true }, async (...args: unknown[]) => {
    const { signal } = args.pop() as CallContext;
    const words = args.map((arg) => toWord(arg, program));
    return readOutput(await runner.run([...argv, ...words], signal));
  });
}

/**
 * A caller must not be able to say more than the command line leaves open: what begins with a dash
 * is an option to most programs, unless it comes after `--`.
 */
function toWord(arg: unknown, { name, argv }: ExecOption): string {
  const word = typeof arg === "string" ? arg : formatJson(arg);
  if (!word.startsWith("-") || NEGATIVE_NUMBER.test(word) || argv.at(-1) === "--") return word;
  throw new SynapseError(
    "invalid_params",
    `Cannot pass ${
      JSON.stringify(word.slice(0, 40))
    } to ${name} as it could be taken for an option`,
  );
}

/** JSON where it is JSON, else text without its last line end, else bytes. */
function readOutput(output: Uint8Array): unknown {
  const content = parseContent(output);
  if (typeof content !== "string") return content;
  const end = output.at(-1) !== 0x0a ? 0 : output.at(-2) !== 0x0d ? 1 : 2;
  return parseContent(output.subarray(0, output.length - end));
}
