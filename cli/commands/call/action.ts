/**
 * `synapse call`: what it does.
 *
 * @module
 */
import { EXIT_CODE } from "../../exit_code.ts";
import type { CliIo } from "../../io.ts";
import { printValue } from "../../print_value.ts";
import { withRemote } from "../../with_remote.ts";
import { ArgumentReader } from "./argument_reader.ts";
import type { CallOptions } from "./command.ts";

/**
 * Calls a function and prints what comes back.
 *
 * @param options What was asked for.
 * @param io The surroundings.
 * @returns The exit code.
 */
export async function call(options: CallOptions, io: CliIo): Promise<number> {
  const reader = new ArgumentReader(io);
  const args: unknown[] = [];
  for (const word of options.args) args.push(await reader.read(word));
  const named: [string, unknown][] = [];
  for (const [name, word] of options.kwargs) named.push([name, await reader.read(word)]);
  const kwargs = named.length > 0 ? Object.fromEntries(named) : undefined;

  const { method, format, isNotify } = options;
  const operation = `call ${method}`;
  return await withRemote({ ...options, operation }, io, async (remote, callOptions) => {
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
  });
}
