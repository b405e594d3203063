/**
 * What came of a broadcast: the path that the transaction took, and the verdict.
 *
 * @module
 */
import type {
  BroadcastOutcome,
  Evidence,
  EvidenceKind,
  PeerReport,
  TransactionReport,
} from "../../../../bitcoin.ts";
import { formatDuration } from "../../../../mod.ts";
import { EXIT_CODE } from "../../../exit_code.ts";
import { harmlessLine } from "../../../harmless.ts";
import type { CliIo } from "../../../io.ts";
import { createPaint } from "../../../paint.ts";

/** Something that is known to have happened. */
interface Step {
  readonly ms: number;
  readonly peer: string;
  readonly text: string;
}

const EXIT_CODES: Readonly<Record<BroadcastOutcome, number>> = {
  propagated: EXIT_CODE.ok,
  in_mempool: EXIT_CODE.ok,
  refused: EXIT_CODE.failed,
  no_peers: EXIT_CODE.unreachable,
  unconfirmed: EXIT_CODE.timeout,
  not_taken: EXIT_CODE.timeout,
};

const EVIDENCE: Readonly<Record<EvidenceKind, string>> = {
  watcher: "announced it, and nobody here had told it",
  second_connection: "announced it on a second connection",
  mined: "has it in a block",
  probe: "gave it back when asked",
};

/**
 * Says with which exit code an outcome ends the process.
 *
 * @param outcome What came of it.
 */
export function exitCodeOfOutcome(outcome: BroadcastOutcome): number {
  return EXIT_CODES[outcome];
}

/**
 * Tells what came of a transaction.
 *
 * @param report All that is known.
 * @param ms How long it took.
 * @param io For width and colours.
 */
export function formatVerdict(report: TransactionReport, ms: number, io: CliIo): string {
  const { bold, dim } = createPaint(io);
  const steps = [...report.evidence.map(describeEvidence), ...report.peers.flatMap(describePeer)]
    .sort((a, b) => a.ms - b.ms);
  const path = steps.length === 0 ? "" : `${dim("path")}\n${formatSteps(steps)}\n`;
  const [verdict, ...hints] = describeOutcome(report, ms);
  return `${path}${bold(verdict)}\n${hints.map((hint) => `  ${hint}\n`).join("")}`;
}

function formatSteps(steps: readonly Step[]): string {
  const width = Math.max(...steps.map(({ peer }) => peer.length));
  return steps.map(({ ms, peer, text }) =>
    `  ${formatDuration(ms).padStart(6)}  ${peer.padEnd(width)}  ${harmlessLine(text)}\n`
  ).join("");
}

function describeEvidence({ kind, peer, ms }: Evidence): Step {
  return { ms, peer, text: EVIDENCE[kind] };
}

function describePeer(report: PeerReport): Step[] {
  const { peer, role, verdict, ms, steps, rejection, missingParents, detail } = report;
  if (role !== "told") return [];
  const found: Step[] = [];
  if (steps.sentMs !== undefined) {
    found.push({ ms: steps.sentMs, peer, text: "asked for it, and was given it" });
  } else if (steps.announcedMs !== undefined) {
    found.push({ ms: steps.announcedMs, peer, text: "was told, and didn't ask" });
  }
  if (rejection !== undefined) {
    const { meaning, reason } = rejection;
    found.push({ ms, peer, text: `refused it: ${meaning} ("${reason}")` });
  } else if (verdict === "orphan") {
    found.push({
      ms,
      peer,
      text: `lacks ${count(missingParents.length, "transaction")} that it spends`,
    });
  } else if (verdict === "closed") {
    found.push({ ms, peer, text: `hung up after that: ${detail ?? "no reason given"}` });
  } else if (steps.connectedMs === undefined && steps.announcedMs === undefined) {
    found.push({ ms, peer, text: `passed over: ${detail ?? verdict}` });
  }
  return found;
}

/** The verdict, and what may help. */
function describeOutcome(report: TransactionReport, ms: number): readonly string[] {
  const { outcome, evidence, told, sent, watchers, watchersSeen, missingParents } = report;
  const after = `after ${formatDuration(ms)}`;
  switch (outcome) {
    case "propagated":
      return [
        evidence.some(({ kind }) => kind === "mined")
          ? `propagated: it is in a block, ${after}`
          : `propagated: seen on ${watchersSeen} of ${watchers} watchers ${after}`,
      ];
    case "in_mempool":
      return [
        `in a mempool: ${evidence[0].peer} has it, ${after}`,
        "nobody else was watched, or has shown it yet",
      ];
    case "refused":
      return [`refused: nobody has it ${after}`, ...missingParents.flatMap(hintOfParent)];
    case "unconfirmed":
      return [
        `sent, unconfirmed: given to ${count(sent, "peer")}, and nobody shows it ${after}`,
        "it may still travel: synapse btc tx asks again; a longer --wait waits longer",
        ...missingParents.flatMap(hintOfParent),
      ];
    case "not_taken":
      return [
        `nobody took it: ${count(told, "peer")} told, none asked for it ${after}`,
        "they have it already, or have refused it before",
      ];
    case "no_peers":
      return [`no peers: nobody to tell ${after}`];
  }
}

function hintOfParent(txid: string): readonly string[] {
  return [`it spends ${txid},`, "which they lack: send it along with --parent"];
}

function count(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
