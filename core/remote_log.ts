/**
 * Log records on their way to another node, which collects them. Whoever logs never waits, and never fails: what
 * can't be sent in time is dropped, the oldest first, and counted.
 *
 * On the wire it is one function, `_synapse.log`: a list of records, and how many were dropped before them.
 *
 * @module
 */
import type { CallContext, Caller } from "./caller.ts";
import type { Clock } from "./channel.ts";
import { SynapseError } from "./errors.ts";
import type { EndpointOptions, Handler } from "./endpoint.ts";

/** One record. */
export interface RemoteLogRecord {
  /** Such as `info`. */
  readonly level: string;
  /** Such as `["app", "database"]`. */
  readonly category: readonly string[];
  /** For people. */
  readonly message: string;
  /** Milliseconds since 1970, on the clock of whoever logs. */
  readonly timeMs: number;
}

/** A record that was collected. */
export interface CollectedRecord extends RemoteLogRecord {
  /** Who has sent it. */
  readonly from: Caller;
}

/** What {@linkcode RemoteLogWriter} takes. */
export interface RemoteLogWriterOptions {
  /** The node that collects. */
  readonly collector: Pick<Caller, "call">;
  readonly clock: Clock;
  /** Records that wait; more push the oldest out. 1,000 by default. */
  readonly maxWaiting?: number;
}

const METHOD = "_synapse.log";
const DEFAULT_MAX_WAITING = 1_000;
/** What comes together is sent together. */
const COLLECTING_MS = 100;
const MAX_BATCH = 100;
const SEND_TIMEOUT_MS = 10_000;
const MAX_MESSAGE_LENGTH = 8_192;
const MAX_WORD_LENGTH = 128;
const MAX_CATEGORY_WORDS = 16;

/** Sends records to a node. */
export class RemoteLogWriter implements AsyncDisposable {
  readonly #options: RemoteLogWriterOptions;
  readonly #waiting: RemoteLogRecord[] = [];
  #unreported = 0;
  #dropped = 0;
  #cancelTimer: (() => void) | undefined;
  #sending: Promise<void> | undefined;
  #isClosed = false;

  /** @param options Where to. */
  constructor(options: RemoteLogWriterOptions) {
    this.#options = options;
  }

  /** Records that were never sent. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes a record. Returns at once. */
  write(record: RemoteLogRecord): void {
    if (this.#isClosed) return;
    const { clock, maxWaiting = DEFAULT_MAX_WAITING } = this.#options;
    this.#waiting.push(bounded(record));
    if (this.#waiting.length > maxWaiting) {
      this.#waiting.shift();
      this.#drop(1);
    }
    if (this.#sending === undefined) {
      this.#cancelTimer ??= clock.after(COLLECTING_MS, () => this.#send());
    }
  }

  /** Sends what waits, once, and takes no more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#sending;
    while (this.#waiting.length > 0) await this.#send();
  }

  /** Sends what waits, and takes no more. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #send(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const batch = this.#waiting.splice(0, MAX_BATCH);
    const dropped = this.#unreported;
    this.#unreported = 0;
    return this.#sending = this.#options.collector
      .call(METHOD, [batch, dropped], { timeoutMs: SEND_TIMEOUT_MS })
      .then(() => {}, () => {
        this.#unreported += dropped;
        this.#drop(batch.length);
      })
      .then(() => {
        this.#sending = undefined;
        if (this.#waiting.length > 0 && !this.#isClosed) {
          this.#cancelTimer ??= this.#options.clock.after(COLLECTING_MS, () => this.#send());
        }
      });
  }

  #drop(count: number): void {
    this.#dropped += count;
    this.#unreported += count;
  }
}

/** Where the function is published. */
export interface LogCollectorHost {
  endpoint(name: string, options: EndpointOptions, handler: Handler): unknown;
}

/** What is done with what comes. */
export interface LogCollectorEvents {
  /** A record has come. */
  readonly onRecord: (record: CollectedRecord) => void;
  /** Somebody had to drop records before they could be sent. */
  readonly onDropped?: (count: number, from: Caller) => void;
}

/**
 * Collects the records of other nodes.
 *
 * @param node Publishes the function for it, unlisted.
 * @param events What is done with them. Everything in a record is somebody else's word.
 */
export function collectLogs(node: LogCollectorHost, events: LogCollectorEvents): void {
  const options = { hidden: true, context: true };
  node.endpoint(METHOD, options, (records: unknown, dropped: unknown, { peer }: CallContext) => {
    if (!Array.isArray(records) || records.length > MAX_BATCH) {
      throw new SynapseError(
        "invalid_params",
        `Cannot collect log records as they are not a list of at most ${MAX_BATCH}`,
      );
    }
    const read = records.map(readRecord);
    if (Number.isSafeInteger(dropped) && (dropped as number) > 0) {
      events.onDropped?.(dropped as number, peer);
    }
    for (const record of read) events.onRecord({ ...record, from: peer });
  });
}

function readRecord(value: unknown): RemoteLogRecord {
  const { level, category, message, timeMs } =
    (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  const isRecord = typeof level === "string" && typeof message === "string" &&
    Array.isArray(category) && category.every((word) => typeof word === "string") &&
    Number.isSafeInteger(timeMs);
  if (isRecord) return bounded({ level, category, message, timeMs: timeMs as number });
  throw new SynapseError("invalid_params", "Cannot collect log record as it is none");
}

function bounded({ level, category, message, timeMs }: RemoteLogRecord): RemoteLogRecord {
  return {
    level: level.slice(0, MAX_WORD_LENGTH),
    category: category.slice(0, MAX_CATEGORY_WORDS).map((word) => word.slice(0, MAX_WORD_LENGTH)),
    message: message.slice(0, MAX_MESSAGE_LENGTH),
    timeMs,
  };
}
