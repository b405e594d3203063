/**
 * `synapse methods`: what it does.
 *
 * @module
 */
import {
  type CallOptions,
  type EndpointInfo,
  type NodeWorld,
  type Remote,
  RemoteError,
} from "../../../mod.ts";
import { endpointRows } from "../../endpoint_rows.ts";
import { EXIT_CODE } from "../../exit_code.ts";
import { type CliIo, note } from "../../io.ts";
import { createPaint } from "../../paint.ts";
import { formatPeer } from "../../peer_name.ts";
import { printValue } from "../../print_value.ts";
import { formatTable } from "../../table.ts";
import { withRemote } from "../../with_remote.ts";
import type { MethodsOptions } from "./command.ts";

/**
 * Lists what a peer publishes.
 *
 * @param options What was asked for.
 * @param io The surroundings.
 * @param world What differs from this machine.
 * @returns The exit code.
 */
export async function methods(
  options: MethodsOptions,
  io: CliIo,
  world: Partial<NodeWorld> = {},
): Promise<number> {
  const { isJson, namespace } = options;
  const target = formatPeer(options.target);
  const all = await withRemote(
    { ...options, operation: "list functions" },
    io,
    world,
    (remote, callOptions) => fetchEndpoints(remote, callOptions, target),
  );
  const endpoints = namespace === undefined
    ? all
    : all.filter(({ name }) => name.startsWith(`${namespace}/`));
  if (isJson) {
    for (const endpoint of endpoints) await printValue(endpoint, "json", io);
  } else if (endpoints.length > 0) {
    const paint = createPaint(io).bold;
    await io.out.write(formatTable(endpointRows(endpoints), { columns: io.columns, paint }));
  } else {
    await note(
      io,
      `${target} publishes no functions${namespace === undefined ? "" : ` in ${namespace}`}`,
    );
  }
  return EXIT_CODE.ok;
}

async function fetchEndpoints(
  remote: Remote,
  options: CallOptions,
  target: string,
): Promise<EndpointInfo[]> {
  try {
    return await remote.methods(options);
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    const { method, code } = error;
    const reason = "it keeps no list, as plain MessagePack-RPC peers don't: call them by name";
    throw new RemoteError(method, code, `Cannot list functions of ${target} as ${reason}`);
  }
}
