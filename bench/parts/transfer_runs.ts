/**
 * Moves a file from one process to another, and the same bytes without Synapse.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { measureUndisturbed } from "../disturbance.ts";
import { cpuMs, machineBusyMs, peakRssKib } from "../process_stats.ts";
import type { Row } from "../systems.ts";
import { TaskProcess } from "../task_process.ts";

const MODULE = "tasks/transfer.ts";

/** One run. */
export interface Run {
  readonly bytesPerSecond: number;
  /** CPU time of a gigabyte (10^9), user and system. */
  readonly senderCpuMs: number;
  readonly receiverCpuMs: number;
  /** CPUs that other programs kept busy meanwhile. */
  readonly foreignCpus: number;
}

/** One run of each kind. */
export interface Round {
  readonly file: Run;
  /** As many bytes over `node:net`, from memory to memory. */
  readonly raw: Run;
  /** From memory into a file. */
  readonly rawToDisk: Run;
}

/** Peak memory of both sides, in MiB. */
export interface Peaks {
  readonly sender: number;
  readonly receiver: number;
}

/** What is to be moved. */
export interface Work {
  readonly row: Row;
  /** Where it goes, if anywhere. */
  readonly folder: string;
  readonly path: string;
  readonly bytes: number;
}

/** Measures each kind once. A round that other programs disturbed is done again, at most `retries` times. */
export function measureRound(work: Work, retries: number): Promise<Round> {
  const { folder, path, bytes } = work;
  const measureOnce = async (): Promise<Round> => ({
    raw: await measureRun(work, ["receiveRaw"], ["sendRaw", bytes]),
    rawToDisk: await measureRun(work, ["receiveRaw", join(folder, "raw")], ["sendRaw", bytes]),
    file: await measureRun(work, ["receive", folder], ["send", path]),
  });
  return measureUndisturbed(
    retries,
    measureOnce,
    (round) => Math.max(...Object.values(round).map(({ foreignCpus }) => foreignCpus)),
  );
}

/** In new processes, twice. Only the second is measured: code is compiled then, and the file in memory. */
async function measureRun(
  { row, folder, bytes }: Work,
  receive: readonly string[],
  send: readonly [name: string, argument: unknown],
): Promise<Run> {
  makeFolder(folder);
  await using pair = await Pair.start(row);
  const port = await pair.receiver.call<number>(receive[0], ...receive.slice(1));
  const move = () => pair.sender.call<number>(send[0], port, send[1]);
  await move();
  empty(folder);
  const before = pair.readCpu();
  const elapsedMs = await move();
  const after = pair.readCpu();
  empty(folder);
  const senderMs = after.senderMs - before.senderMs;
  const receiverMs = after.receiverMs - before.receiverMs;
  const gigabytes = bytes / 1e9;
  return {
    bytesPerSecond: bytes / elapsedMs * 1000,
    senderCpuMs: senderMs / gigabytes,
    receiverCpuMs: receiverMs / gigabytes,
    foreignCpus: (after.machineMs - before.machineMs - senderMs - receiverMs) / elapsedMs,
  };
}

/**
 * Sends sparse files of each of `sizes` between one pair of processes.
 *
 * @returns Both sides' peaks after each.
 */
export async function measurePeaks(
  { row, folder, path }: Omit<Work, "bytes">,
  sizes: readonly number[],
): Promise<Peaks[]> {
  makeFolder(folder);
  await using pair = await Pair.start(row);
  const port = await pair.receiver.call<number>("receive", folder);
  const peaks: Peaks[] = [];
  for (const size of sizes) {
    writeFileSync(path, "");
    truncateSync(path, size);
    await pair.sender.call("send", port, path);
    peaks.push(pair.readPeaks());
    empty(folder);
  }
  return peaks;
}

/** A receiver and a sender. No CPU is set aside for either, as both have threads for files and for garbage. */
class Pair implements AsyncDisposable {
  readonly receiver: TaskProcess;
  readonly sender: TaskProcess;

  constructor(receiver: TaskProcess, sender: TaskProcess) {
    this.receiver = receiver;
    this.sender = sender;
  }

  static async start({ runtime }: Row): Promise<Pair> {
    const receiver = await TaskProcess.start(MODULE, { runtime });
    return new Pair(receiver, await TaskProcess.start(MODULE, { runtime }));
  }

  /** CPU time so far. */
  readCpu(): { senderMs: number; receiverMs: number; machineMs: number } {
    return {
      senderMs: cpuMs(this.sender.pid),
      receiverMs: cpuMs(this.receiver.pid),
      machineMs: machineBusyMs(),
    };
  }

  readPeaks(): Peaks {
    const read = ({ pid }: TaskProcess): number => peakRssKib(pid) / 1024;
    return { sender: read(this.sender), receiver: read(this.receiver) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sender[Symbol.asyncDispose]();
    await this.receiver[Symbol.asyncDispose]();
  }
}

function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
}

/** What was written and removed must not be the disk's business while something else is measured. */
function empty(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  spawnSync("sync");
}
