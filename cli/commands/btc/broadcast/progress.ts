/**
 * A broadcast while it is under way: a live line per peer on a terminal, else a line for what happens.
 *
 * @module
 */
import type { BroadcastEvent } from "../../../../bitcoin.ts";
import { formatDuration } from "../../../../mod.ts";
import { formatColumns } from "../../../columns.ts";
import { harmlessLine } from "../../../harmless.ts";
import type { CliIo, Output } from "../../../io.ts";
import {
  formatRole,
  type PeerStatus,
  PeerStatuses,
  type PeerStatusesOptions,
} from "./peer_status.ts";

/** Shows a broadcast. */
export interface BroadcastProgress {
  /** Shows what has happened. Never rejects: nothing depends on whether anybody sees it. */
  show(event: BroadcastEvent): Promise<void>;
}

const HEADING = ["peer", "role", "status", "after", "agent"];
/** A table that is higher than the terminal can't be drawn in place. */
const MAX_ROWS = 16;

/**
 * Makes the one that suits stderr.
 *
 * @param options What it is about.
 * @param io The surroundings.
 */
export function createProgress(options: PeerStatusesOptions, io: CliIo): BroadcastProgress {
  const { err, errColumns } = io;
  const statuses = new PeerStatuses(options);
  return errColumns === undefined
    ? new EventLines(statuses, err)
    : new LiveTable(statuses, err, errColumns);
}

/** A line for what happens. */
class EventLines implements BroadcastProgress {
  readonly #statuses: PeerStatuses;
  readonly #output: Output;

  constructor(statuses: PeerStatuses, output: Output) {
    this.#statuses = statuses;
    this.#output = output;
  }

  async show(event: BroadcastEvent): Promise<void> {
    const changed = this.#statuses.take(event);
    if (changed === undefined || this.#statuses.isPassing(event)) return;
    const { peer, status, ms } = changed;
    const after = formatDuration(ms).padStart(8);
    const watched = event.type === "seen" ? this.#statuses.watched : "";
    const words = watched === "" ? status : `${status}; ${watched}`;
    const line = `${after}  ${harmlessLine(peer)}  ${harmlessLine(words)}\n`;
    await this.#output.write(line).catch(() => {});
  }
}

/** A line per peer, drawn again and again in its place. */
class LiveTable implements BroadcastProgress {
  readonly #statuses: PeerStatuses;
  readonly #output: Output;
  readonly #columns: number;
  #height = 0;

  constructor(statuses: PeerStatuses, output: Output, columns: number) {
    this.#statuses = statuses;
    this.#output = output;
    this.#columns = columns;
  }

  async show(event: BroadcastEvent): Promise<void> {
    const isLast = event.type === "finished";
    if (this.#statuses.take(event) === undefined && !isLast) return;
    const table = this.#draw();
    const up = this.#height > 0 ? `\u001b[${this.#height}A` : "";
    this.#height = table.split("\n").length - 1;
    await this.#output.write(`${up}\u001b[J${table}${isLast ? "\n" : ""}`).catch(() => {});
  }

  #draw(): string {
    const rows = [...this.#statuses.all].sort(byUse).slice(0, MAX_ROWS).map((status) =>
      [
        status.peer,
        formatRole(status.role),
        status.status,
        formatDuration(status.ms),
        status.agent,
      ].map(harmlessLine)
    );
    const { watched, unreachable } = this.#statuses;
    const others = unreachable > 0 ? `${unreachable} unreachable` : "";
    const summary = [watched, others].filter((part) => part !== "").join(", ");
    return formatColumns(HEADING, rows, { columns: this.#columns }) +
      (summary === "" ? "" : `${summary}\n`);
  }
}

/** Those that take part first, in the order in which they came; then those that may; then the others. */
function byUse(one: PeerStatus, other: PeerStatus): number {
  return useOf(one) - useOf(other);
}

function useOf({ role, agent, status }: PeerStatus): number {
  if (role !== undefined) return 0;
  if (agent !== "") return 1;
  return status === "unreachable" ? 3 : 2;
}
