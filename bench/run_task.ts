/**
 * The program of a process that does one thing for a part of the benchmark:
 *
 *     run_task.ts MODULE_URL
 *
 * It calls the module's functions as the lines on stdin ask, answers each with a line on stdout, and ends when
 * stdin does. Runs under Deno and Node.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";

/** What a task's process is asked. */
export interface TaskCall {
  /** A function that the module exports. */
  readonly call: string;
  readonly args: readonly unknown[];
}

const [moduleUrl] = process.argv.slice(2);
const functions: Record<string, (...args: readonly unknown[]) => unknown> = await import(moduleUrl);
say({ pid: process.pid });
for await (const line of createInterface({ input: process.stdin })) {
  const { call, args }: TaskCall = JSON.parse(line);
  say({ answer: await functions[call](...args) });
}
process.exit(0);

function say(value: object): void {
  process.stdout.write(JSON.stringify(value) + "\n");
}
