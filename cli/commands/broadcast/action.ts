/**
 * `synapse broadcast`: what it does.
 *
 * @module
 */
import {
  EncodeError,
  formatDuration,
  type NodeWorld,
  type PeerAnswer,
  SynapseError,
} from "../../../mod.ts";
import { explainError } from "../../explain_error.ts";
import { harmless, harmlessLine } from "../../harmless.ts";
import { type CliIo, note } from "../../io.ts";
import { gatherPeers, LOOK_MS, withLookingNode } from "../../looking_node.ts";
import { createPaint } from "../../paint.ts";
import { formatValue, printValue } from "../../print_value.ts";
import { readArguments } from "../call/argument_reader.ts";
import { toMicroseconds } from "../ping/statistics.ts";
import type { BroadcastOptions } from "./command.ts";
import { outcomeOf, Tally } from "./tally.ts";

/** A wider name doesn't move the other lines. */
const MAX_NAME_WIDTH = 24;
/** Of most latencies. */
const LATENCY_WIDTH = 7;

/**
 * Calls a function of every peer and prints each answer as it comes.
 *
 * @param options What was asked for.
 * @param io The surroundings.
 * @param world What differs from this machine.
 * @returns The exit code.
 * @throws {TransportError} `unreachable`, when nobody is there.
 */
export async function broadcast(
  options: BroadcastOptions,
  io: CliIo,
  world: Partial<NodeWorld> = {},
): Promise<number> {
  const { method, expect, timeoutMs, isJson } = options;
  const { args, kwargs } = await readArguments(options, io);
  const waitMs = expect === undefined ? Math.min(timeoutMs, LOOK_MS) : timeoutMs;
  const tally = new Tally(expect);
  await withLookingNode(options, io, world, async (node) => {
    const peers = await gatherPeers(node, { expect, waitMs }, io.signal);
    const names = peers.map(({ name }) => name.length).filter((width) => width <= MAX_NAME_WIDTH);
    const print = isJson ? printJson : createPrinter(Math.max(0, ...names));
    const { signal } = io;
    for await (const answer of node.broadcast(method, args, { kwargs, timeoutMs, signal })) {
      // It is ours, and the same for all.
      if (answer.error instanceof EncodeError) throw answer.error;
      tally.add(outcomeOf(answer));
      await print(answer, io);
    }
  });
  if (isJson) await printValue({ event: "summary", ...tally.summary }, "json", io);
  else await note(io, `${tally}`);
  return tally.exitCode;
}

function printJson(answer: PeerAnswer, io: CliIo): Promise<void> {
  const { peer: { name, key }, result, error } = answer;
  const about = {
    event: outcomeOf(answer),
    name,
    key,
    latencyMs: toMicroseconds(answer.latencyMs),
  };
  if (error === undefined) return printValue({ ...about, result }, "json", io);
  const code = error instanceof SynapseError ? error.code : "internal_error";
  return printValue({ ...about, error: { code, message: error.message } }, "json", io);
}

function createPrinter(nameWidth: number): (answer: PeerAnswer, io: CliIo) => Promise<void> {
  return ({ peer, latencyMs, result, error }, io) => {
    const name = harmlessLine(peer.name);
    if (error !== undefined) return note(io, `${name}: ${explainError(error)}`);
    const { bold, dim } = createPaint(io);
    const padding = " ".repeat(Math.max(0, nameWidth - name.length));
    const latency = formatDuration(latencyMs);
    const value = formatValue(result, io);
    const text = io.isTty ? harmless(value) : value;
    const about = `${bold(name)}${padding}  ${dim(latency)}`;
    // Nobody's answer can look like another one's.
    if (text.includes("\n")) {
      return io.out.write(`${about}\n${text.trimEnd().replace(/^/gm, "  ")}\n`);
    }
    const gap = " ".repeat(Math.max(0, LATENCY_WIDTH - latency.length));
    return io.out.write(`${about}${gap}  ${text}\n`);
  };
}
