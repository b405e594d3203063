/**
 * `synapse btc headers`: what it does.
 *
 * @module
 */
import { blockHash, formatHash } from "../../../../bitcoin.ts";
import { EXIT_CODE } from "../../../exit_code.ts";
import type { CliIo } from "../../../io.ts";
import { createPaint } from "../../../paint.ts";
import { printValue } from "../../../print_value.ts";
import { describeHeader } from "../block_text.ts";
import { formatTime } from "../transaction_text.ts";
import { type CommandWorld, withConduit } from "../with_conduit.ts";
import type { HeadersOptions } from "./command.ts";

/**
 * Lists headers.
 *
 * @param options What was asked for.
 * @param io The surroundings.
 * @param world What differs from this machine.
 * @returns The exit code.
 */
export async function headers(
  options: HeadersOptions,
  io: CliIo,
  world: CommandWorld = {},
): Promise<number> {
  const { from, count, timeoutMs, isJson } = options;
  const { dim } = createPaint(io);
  return await withConduit(options, io, world, async (conduit) => {
    const headers = await conduit.getHeaders({ from, count, timeoutMs, signal: io.signal });
    for (const header of headers) {
      if (isJson) await printValue(describeHeader(header), "json", io);
      else {
        const hash = formatHash(blockHash(header));
        await io.out.write(`${hash}  ${dim(formatTime(header.timeSec))}\n`);
      }
    }
    return EXIT_CODE.ok;
  });
}
