/**
 * Part five: how fast a file travels beside the same bytes over `node:net` alone, and whether memory stays flat
 * for a large one.
 *
 * @module
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { judge } from "../judge.ts";
import type { Part, PartOptions, PartResult } from "../part.ts";
import { median } from "../results.ts";
import { RUNTIME_TITLES } from "../runtimes.ts";
import type { Row } from "../systems.ts";
import { formatNumber } from "../table.ts";
import { measurePeaks, measureRound, type Peaks, type Round, type Run } from "./transfer_runs.ts";

const MIB = 1024 * 1024;
/** Of the figure that memory is compared with. */
const SMALL_BYTES = 256 * MIB;

/** What is compared. */
const KINDS: Readonly<Record<Kind, string>> = {
  file: "file transfer",
  raw: "raw node:net",
  rawToDisk: "raw node:net, to disk",
};
type Kind = keyof Round;

interface Measured {
  readonly row: Row;
  readonly rounds: Round[];
  /** After a small file, and after a large one. */
  small?: Peaks;
  large?: Peaks;
}

/** `--transfer` */
export const TRANSFER_PART: Part = {
  name: "transfer",
  help: "file transfer beside raw node:net, and its memory for 4 GiB",
  async measure(options, print) {
    const directory = mkdtempSync(join(tmpdir(), "synapse-bench-"));
    try {
      return report(await measureAll(options, directory, print), options);
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
};

async function measureAll(
  options: PartOptions,
  directory: string,
  print: (line: string) => void,
): Promise<Measured[]> {
  const { fileBytes, largeBytes } = sizes(options);
  const path = join(directory, "file");
  const folder = join(directory, "received");
  writeFile(path, fileBytes);
  const all = options.rows.map((row): Measured => ({ row, rounds: [] }));
  for (let round = 1; round <= options.rounds; round++) {
    for (const { row, rounds } of all) {
      const work = { row, folder, path, bytes: fileBytes };
      const measured = await measureRound(work, options.retries);
      rounds.push(measured);
      const shown = Object.entries(measured)
        .map(([kind, { bytesPerSecond }]) => `${kind} ${formatNumber(bytesPerSecond / 1e6)} MB/s`);
      print(`transfer ${row.key.padEnd(20)} ${shown.join("  ")}`);
    }
  }
  for (const measured of all) {
    const work = { row: measured.row, folder, path };
    [measured.small, measured.large] = await measurePeaks(work, [SMALL_BYTES, largeBytes]);
    print(`transfer ${measured.row.key.padEnd(20)} ${formatPeaks(measured)}`);
  }
  return all;
}

function sizes({ isQuick }: PartOptions): { fileBytes: number; largeBytes: number } {
  return isQuick
    ? { fileBytes: 64 * MIB, largeBytes: 2 * SMALL_BYTES }
    : { fileBytes: 1024 * MIB, largeBytes: 4096 * MIB };
}

function report(all: readonly Measured[], options: PartOptions): PartResult {
  const { fileBytes, largeBytes } = sizes(options);
  const largeSize = `${formatNumber(largeBytes / MIB)} MiB`;
  const ratio = ({ rounds }: Measured, kind: Kind, base: Kind): number =>
    median(rounds.map((round) => round[kind].bytesPerSecond / round[base].bytesPerSecond));
  const cells = (measured: Measured, kind: Kind) => {
    const read = (metric: keyof Run) => median(measured.rounds.map((round) => round[kind][metric]));
    return [
      read("bytesPerSecond") / 1e6,
      ratio(measured, kind, "raw"),
      ratio(measured, kind, "rawToDisk"),
      read("senderCpuMs"),
      read("receiverCpuMs"),
      read("foreignCpus"),
    ].map(formatNumber);
  };
  return {
    sections: [
      {
        title: `File transfer, ${formatNumber(fileBytes / MIB)} MiB`,
        table: [
          [
            "what",
            "MB/s",
            "÷ raw",
            "÷ raw to disk",
            "sender CPU ms/GB",
            "receiver CPU ms/GB",
            "other CPUs",
          ],
          ...all.flatMap((measured) =>
            (Object.keys(KINDS) as Kind[]).map((kind) => [
              `${KINDS[kind]} (${RUNTIME_TITLES[measured.row.runtime]})`,
              ...cells(measured, kind),
            ])
          ),
        ],
      },
      {
        title: "Peak memory of a file transfer",
        table: [
          ["system", "side", "MiB, 256 MiB file", `MiB, ${largeSize} file`],
          ...all.flatMap(({ row, small, large }) =>
            (["sender", "receiver"] as const).map((side) => [
              row.title,
              side,
              formatNumber(small?.[side] ?? NaN),
              formatNumber(large?.[side] ?? NaN),
            ])
          ),
        ],
      },
    ],
    figures: all.flatMap((measured) => [
      {
        work: `File transfer, ${measured.row.title}`,
        ...judge(ratio(measured, "file", "raw"), { atLeast: 0.5 }, ` × ${KINDS.raw}`),
      },
      {
        work: `Peak memory, ${largeSize} file over 256 MiB, ${measured.row.title}`,
        ...judge(growth(measured), { atMost: 64 }, " MiB more"),
      },
    ]),
  };
}

/** Of the side whose memory has grown more. */
function growth({ small, large }: Measured): number | undefined {
  if (small === undefined || large === undefined) return undefined;
  return Math.max(large.sender - small.sender, large.receiver - small.receiver);
}

function formatPeaks({ small, large }: Measured): string {
  const pair = (peaks?: Peaks) =>
    `${formatNumber(peaks?.sender ?? NaN)}, ${formatNumber(peaks?.receiver ?? NaN)}`;
  return `peaks of sender and receiver ${pair(small)} MiB, then ${pair(large)} MiB`;
}

function writeFile(path: string, bytes: number): void {
  const file = openSync(path, "w");
  const piece = crypto.getRandomValues(new Uint8Array(64 * 1024));
  for (let written = 0; written < bytes; written += piece.length) writeSync(file, piece);
  closeSync(file);
}
