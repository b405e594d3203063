/**
 * `synapse send`: what it does.
 *
 * @module
 */
import { basename } from "node:path";
import {
  type FileReceipt,
  formatDuration,
  Node,
  type NodeWorld,
  type ReconnectPolicy,
  type Remote,
  RemoteError,
  sendFile,
  SynapseError,
} from "../../../mod.ts";
import { EXIT_CODE } from "../../exit_code.ts";
import { harmlessLine } from "../../harmless.ts";
import { type CliIo, note } from "../../io.ts";
import { withLookingNode } from "../../looking_node.ts";
import { printValue } from "../../print_value.ts";
import { ProgressLine } from "../../progress.ts";
import { UsageError } from "../../usage_error.ts";
import { connectTo } from "../../with_remote.ts";
import type { SendOptions } from "./command.ts";

/** About a minute, from the first break on: a receiver that is started anew is back by then. */
const RECONNECT: ReconnectPolicy = { capMs: 10_000, maxAttempts: 12 };

/**
 * Sends a file, and prints its hash.
 *
 * @param options What was asked for.
 * @param io The surroundings. Progress is shown where `err` is a terminal.
 * @param world What differs from this machine.
 * @returns The exit code.
 * @throws {UsageError} When there is no such file.
 */
export async function send(
  options: SendOptions,
  io: CliIo,
  world: Partial<NodeWorld> = {},
): Promise<number> {
  const { target, timeoutMs } = options;
  const connecting = { timeoutMs, signal: io.signal, reconnect: RECONNECT };
  if (typeof target !== "string") {
    const { name, namespace } = target;
    return await withLookingNode(
      { ...options, namespace },
      io,
      world,
      async (node) => transfer(node, await connectTo(node, name, connecting), options, io),
    );
  }
  const node = new Node({}, world);
  try {
    return await transfer(node, await node.connect(target, connecting), options, io);
  } finally {
    await node.close(0);
  }
}

async function transfer(
  node: Node,
  remote: Remote,
  { path, isJson }: SendOptions,
  io: CliIo,
): Promise<number> {
  const { signal, err, errColumns } = io;
  const name = basename(path);
  const line = errColumns === undefined ? undefined : new ProgressLine(err, {
    name,
    columns: () => io.errColumns ?? errColumns,
    now: () => performance.now(),
  });
  remote.on("reconnecting", ({ delayMs }) => {
    line?.clear();
    return note(io, `the connection broke; dialling again in ${formatDuration(delayMs)}`);
  });
  let receipt: FileReceipt;
  try {
    receipt = await sendFile(node, remote, path, {
      signal,
      onProgress: (bytes, size) => line?.update(bytes, size),
    });
  } catch (error) {
    throw explain(error);
  } finally {
    line?.clear();
  }
  await print(name, receipt, isJson, io);
  return EXIT_CODE.ok;
}

/** As `sha256sum` has it, so that `sha256sum --check` reads it. */
function print(name: string, receipt: FileReceipt, isJson: boolean, io: CliIo): Promise<void> {
  if (isJson) return printValue({ name, ...receipt }, "json", io);
  return io.out.write(`${receipt.sha256}  ${harmlessLine(name)}\n`);
}

/** What can't be read here is for the user to mend; what can't be written there isn't. */
function explain(error: unknown): unknown {
  const isOurs = error instanceof SynapseError && !(error instanceof RemoteError);
  return isOurs && error.code === "storage_failed" ? new UsageError(error.message) : error;
}
