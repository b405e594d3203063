/**
 * `synapse btc watch`: what it does.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type BitcoinNetwork, type Conduit, parseAddress } from "../../../../bitcoin.ts";
import { untilAborted } from "../../../abort.ts";
import { harmlessLine } from "../../../harmless.ts";
import { type CliIo, note } from "../../../io.ts";
import { printValue } from "../../../print_value.ts";
import { UsageError } from "../../../usage_error.ts";
import { formatCoins, formatTime } from "../transaction_text.ts";
import { type CommandWorld, findNetworkFlag, withConduit } from "../with_conduit.ts";
import type { WatchOptions } from "./command.ts";
import { Lookout, type News } from "./lookout.ts";

/**
 * Tells of transactions and blocks until Ctrl-C.
 *
 * @param options What was asked for.
 * @param io The surroundings.
 * @param world What differs from this machine.
 * @returns The exit code, when nobody can be reached: 3.
 * @throws {Interruption} In the end.
 */
export async function watch(
  options: WatchOptions,
  io: CliIo,
  world: CommandWorld = {},
): Promise<number> {
  const { txids, addresses, hasBlocks, isJson } = options;
  const { signal } = io;
  const network = findNetworkFlag(options.network);
  const scripts = new Map(addresses.map((address) => [readScript(address, network), address]));
  return await withConduit(options, io, world, async (conduit) => {
    let reject = (_reason: unknown): void => {};
    const failed = new Promise<never>((_resolve, rejectIt) => reject = rejectIt);
    let printing = Promise.resolve();
    const onNews = (news: News): void => {
      printing = printing.then(() =>
        isJson
          ? printValue(describeNews(news), "json", io)
          : io.out.write(formatNews(news, network))
      );
      printing.catch(reject);
    };
    const lookout = new Lookout(conduit, {
      txids: new Set(txids),
      scripts,
      hasBlocks,
      signal,
      onNews,
    });
    const stop = lookout.begin();
    tellWhetherItSees(conduit, io);
    try {
      await conduit.waitForPeers(1, { signal });
      return await untilAborted(failed, signal);
    } finally {
      stop();
      await printing.catch(() => {});
    }
  });
}

/** Who sees nothing must not look like who has nothing to tell. */
function tellWhetherItSees(conduit: Conduit, io: CliIo): void {
  const { name } = conduit.network;
  conduit.events.on("peerConnected", ({ peer: { peer, agent } }) => {
    if (conduit.getPeers().length > 1) return;
    return note(io, harmlessLine(`watching ${name} through ${peer} ${agent}`));
  });
  conduit.events.on("peerLost", ({ peer, reason }) => {
    if (conduit.getPeers().length > 0 || io.signal.aborted) return;
    return note(io, harmlessLine(`lost ${peer}, the last one: ${reason}; looking for others`));
  });
}

function readScript(address: string, network: BitcoinNetwork): string {
  try {
    return Buffer.from(parseAddress(address, network)).toString("hex");
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(error.message) : error;
  }
}

function formatNews(news: News, network: BitcoinNetwork): string {
  if (news.event === "block") {
    const { hash, contents } = news;
    if (contents === undefined) return `block ${hash}\n  announced, and not to be had\n`;
    const { timeSec, transactions, size } = contents;
    return `block ${hash}\n  ${formatTime(timeSec)}, ${transactions} transactions, ${size} bytes\n`;
  }
  const { txid, payments, block } = news;
  const where = block === undefined ? "waits in a mempool" : `is in block ${block}`;
  const paid = payments.map(({ address, valueSat }) =>
    `  pays ${formatCoins(valueSat, network)} to ${address}\n`
  );
  return `transaction ${txid}\n  ${where}\n${paid.join("")}`;
}

function describeNews(news: News): Readonly<Record<string, unknown>> {
  if (news.event === "block") {
    const { event, hash, contents } = news;
    return { event, hash, ...contents };
  }
  const { event, txid, payments, block } = news;
  return {
    event,
    txid,
    payments: payments.map((payment) => ({ ...payment, valueSat: Number(payment.valueSat) })),
    ...(block !== undefined && { block }),
  };
}
