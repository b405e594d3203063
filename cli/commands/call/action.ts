/**
 * `synapse call`: what it does.
 *
 * @module
 */
import type { NodeWorld } from "../../../mod.ts";
import { EXIT_CODE } from "../../exit_code.ts";
import type { CliIo } from "../../io.ts";
import { printValue } from "../../print_value.ts";
import { type RemoteUse, withRemote } from "../../with_remote.ts";
import { readArguments } from "./argument_reader.ts";
import type { CallOptions } from "./command.ts";

/**
 * Calls a function and prints what comes back.
 *
 * @param options What was asked for.
 * @param io The surroundings.
 * @param world What differs from this machine.
 * @returns The exit code.
 */
export async function call(
  options: CallOptions,
  io: CliIo,
  world: Partial<NodeWorld> = {},
): Promise<number> {
  const { target, method, format, isNotify } = options;
  if (typeof target !== "string" && target.name === "*") {
    const { namespace } = target;
    const isJson = format === "json";
    const { broadcast } = await import("../broadcast/action.ts");
    return await broadcast({ ...options, namespace, expect: undefined, isJson }, io, world);
  }
  const { args, kwargs } = await readArguments(options, io);
  const use: RemoteUse<number> = async (remote, callOptions) => {
    if (isNotify) {
      remote.notify(method, args, kwargs);
      return EXIT_CODE.ok;
    }
    // A plain result is a stream of one. Leaving early, as when nobody reads on, ends the generator
    // over there.
    for await (const item of remote.stream(method, args, { ...callOptions, kwargs })) {
      await printValue(item, format, io);
    }
    return EXIT_CODE.ok;
  };
  return await withRemote({ ...options, operation: `call ${method}` }, io, world, use);
}
