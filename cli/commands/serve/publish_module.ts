/**
 * From what a module exports to what a node publishes and runs.
 *
 * @module
 */
import { cron, every, type Handler, type Node, type Schedule } from "../../../mod.ts";
import { UsageError } from "../../usage_error.ts";
import type { ModuleExports } from "./import_text.ts";

/**
 * Publishes the functions of a module, schedules its tasks, and lets its default export do the
 * rest.
 *
 * @param exports What the module exports.
 * @param node Where.
 * @throws {UsageError} When a task can't be scheduled.
 * @throws What the default export throws.
 */
export async function publishModule(exports: ModuleExports, node: Node): Promise<void> {
  for (const [name, value] of Object.entries(exports)) {
    if (name !== "default" && isFunction(value)) node.endpoint(name, value);
  }
  const { background, default: setUp } = exports;
  if (typeof background === "object" && background !== null) {
    for (const [name, task] of Object.entries(background)) schedule(name, task, node);
  }
  if (isFunction(setUp)) await (setUp as (node: Node) => unknown)(node);
}

/** A class is a function, too, but can't be called. */
function isFunction(value: unknown): value is Handler {
  return typeof value === "function" &&
    !/^class\b/.test(Function.prototype.toString.call(value));
}

/** A task as a module describes it, so that it needn't import anything. */
interface TaskDescription {
  readonly every?: unknown;
  readonly immediately?: unknown;
  readonly cron?: unknown;
  readonly timezone?: unknown;
  readonly run?: unknown;
}

function schedule(name: string, task: unknown, node: Node): void {
  const refuse = (reason: string): UsageError =>
    new UsageError(`Cannot run task ${name} in the background as ${reason}`);
  const { run, ...rule } =
    (typeof task === "object" && task !== null ? task : {}) as TaskDescription;
  if (!isFunction(run)) {
    throw refuse('it isn\'t { every: "5s", run() {} } or { cron: "0 3 * * *", run() {} }');
  }
  let when: Schedule;
  try {
    when = readRule(rule);
  } catch (error) {
    throw refuse((error as Error).message);
  }
  // As a method, so that it has the object for its `this`.
  node.background(
    when,
    (signal) => (task as { run: (signal: AbortSignal) => unknown }).run(signal),
    {
      name,
    },
  );
}

function readRule(rule: TaskDescription): Schedule {
  const { every: interval, cron: expression, immediately, timezone } = rule;
  if (typeof expression === "string" && interval === undefined) {
    return cron(expression, typeof timezone === "string" ? { timezone } : {});
  }
  if ((typeof interval === "string" || typeof interval === "number") && expression === undefined) {
    return every(interval, { immediately: immediately === true });
  }
  throw new TypeError("it takes either every or cron");
}
