/**
 * `synapse btc block`: what it does.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { writeFile } from "node:fs/promises";
import { encodeBlock } from "../../../../bitcoin.ts";
import { EXIT_CODE } from "../../../exit_code.ts";
import { harmlessLine } from "../../../harmless.ts";
import { type CliIo, note } from "../../../io.ts";
import { printValue } from "../../../print_value.ts";
import { explainFileError } from "../../../save_file.ts";
import { UsageError } from "../../../usage_error.ts";
import { describeBlock, formatBlock, summarizeBlock } from "../block_text.ts";
import { type CommandWorld, withConduit } from "../with_conduit.ts";
import type { BlockOptions } from "./command.ts";

/**
 * Gets a block.
 *
 * @param options What was asked for.
 * @param io The surroundings.
 * @param world What differs from this machine.
 * @returns The exit code.
 */
export async function block(
  options: BlockOptions,
  io: CliIo,
  world: CommandWorld = {},
): Promise<number> {
  const { hash, isRaw, out, timeoutMs, isJson } = options;
  return await withConduit(options, io, world, async (conduit) => {
    const { block } = await conduit.getBlock(hash, { timeoutMs, signal: io.signal });
    if (isRaw) {
      await io.out.write(`${Buffer.from(encodeBlock(block)).toString("hex")}\n`);
      return EXIT_CODE.ok;
    }
    if (out !== undefined) await save(out, encodeBlock(block), io);
    const { network } = conduit;
    const summary = summarizeBlock(block, network);
    if (isJson) await printValue(describeBlock(summary, network), "json", io);
    else await io.out.write(formatBlock(summary, network, io));
    return EXIT_CODE.ok;
  });
}

async function save(path: string, bytes: Uint8Array, io: CliIo): Promise<void> {
  try {
    await writeFile(path, bytes);
  } catch (error) {
    throw new UsageError(`Cannot write ${path} as ${explainFileError(error)}`);
  }
  await note(io, `${bytes.length} bytes are in ${harmlessLine(path)}`);
}
