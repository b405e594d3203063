/**
 * `synapse btc broadcast`: what it does.
 *
 * @module
 */
import {
  type Broadcast,
  type BroadcastReport,
  encodeTransaction,
  summarizeTransaction,
} from "../../../../bitcoin.ts";
import { type CliIo, note, type Output, OutputClosedError } from "../../../io.ts";
import { printValue } from "../../../print_value.ts";
import { readRaw, readTransaction } from "../raw_input.ts";
import { describeTransaction, formatTransaction } from "../transaction_text.ts";
import { type CommandWorld, findNetworkFlag, nameFailure, withConduit } from "../with_conduit.ts";
import type { BroadcastOptions } from "./command.ts";
import { confirm, requireConsent } from "./consent.ts";
import type { PeerStatusesOptions } from "./peer_status.ts";
import { createProgress } from "./progress.ts";
import { exitCodeOfOutcome, formatVerdict } from "./verdict.ts";

/** Whoever sends a transaction of hundreds of outputs wants to see where it went, not all of it again. */
const MAX_ROWS = 20;

/**
 * Sends a transaction, and sees that it travels.
 *
 * @param options What was asked for.
 * @param io The surroundings.
 * @param world What differs from this machine.
 * @returns The exit code: 0 only with evidence.
 */
export async function broadcast(
  options: BroadcastOptions,
  io: CliIo,
  world: CommandWorld = {},
): Promise<number> {
  const { input, nodes, watchers, waitMs, isJson } = options;
  const network = findNetworkFlag(options.network);
  const transaction = readTransaction(await readRaw(input, io), network);
  const parents: Uint8Array[] = [];
  for (const word of options.parents) {
    parents.push(encodeTransaction(readTransaction(await readRaw(word, io), network)));
  }
  requireConsent(options, network, io);
  const summary = summarizeTransaction(transaction, network);
  const isDiscovering = options.peers.length === 0;
  const patient = withPatientOutput(io);
  return await withConduit(options, io, world, async (conduit) => {
    if (isJson) {
      const decoded = { type: "decoded", ...describeTransaction(summary, network) };
      await printValue(decoded, "json", patient);
    } else {
      await patient.out.write(`${formatTransaction(summary, network, io, MAX_ROWS)}\n`);
    }
    await confirm(options, network, io);
    const { signal } = io;
    const telling = { nodes, watchers, timeoutMs: waitMs, parents, signal };
    const broadcast = conduit.broadcastTransaction(encodeTransaction(transaction), telling);
    const report = isJson
      ? await printEvents(broadcast, patient)
      : await follow(broadcast, { txid: summary.txid, isDiscovering }, patient);
    return exitCodeOfOutcome(report.outcome);
  });
}

async function printEvents(broadcast: Broadcast, io: CliIo): Promise<BroadcastReport> {
  for await (const event of broadcast) await printValue(event, "json", io);
  return await broadcast;
}

async function follow(
  broadcast: Broadcast,
  about: PeerStatusesOptions,
  io: CliIo,
): Promise<BroadcastReport> {
  const progress = createProgress(about, io);
  let failure: string | undefined;
  let isOut = false;
  try {
    for await (const event of broadcast) {
      if (event.type === "skipped") failure = nameFailure(event.peer, event.detail);
      if (event.type === "sent") isOut = true;
      await progress.show(event);
    }
  } finally {
    if (io.signal.aborted && isOut) {
      await note(io, "the transaction has been given away already, and may travel on");
    }
  }
  const report = await broadcast;
  await io.out.write(formatVerdict(report.transactions[0], report.ms, io));
  // Who was named is in the path.
  if (report.outcome === "no_peers" && about.isDiscovering) {
    await note(
      io,
      failure === undefined
        ? "no DNS seed has told of a node"
        : `the last that was tried: ${failure}`,
    );
  }
  return report;
}

/** Whoever stops reading doesn't stop a transaction that is on its way, nor make a success of it. */
function withPatientOutput(io: CliIo): CliIo {
  const { err, stdin, signal, color, isTty, columns, errColumns } = io;
  const out: Output = {
    write: (data) =>
      io.out.write(data).catch((error) => {
        if (!(error instanceof OutputClosedError)) throw error;
      }),
  };
  return { out, err, stdin, signal, color, isTty, columns, errColumns };
}
