/**
 * A dialect that tells of every message, and is otherwise the same.
 *
 * @module
 */
import type { Clock } from "./channel.ts";
import { ByteWriter, type Decoder } from "./codec.ts";
import type { Dialect, Wire, WireOptions } from "./dialects/dialect.ts";
import type { DecodeError, SynapseError } from "./errors.ts";
import type { Kwargs, Message, PeerInfo } from "./message.ts";
import type { MessageEntry, Trace } from "./trace.ts";

/** What {@linkcode traceDialect} takes. */
export interface TraceDialectOptions {
  readonly trace: Trace;
  readonly clock: Pick<Clock, "now">;
  /** The other side's address. */
  readonly peer: string;
}

/**
 * Watches the conversations of a dialect.
 *
 * @param dialect What is spoken.
 * @param options Who is told.
 */
export function traceDialect(dialect: Dialect, options: TraceDialectOptions): Dialect {
  return {
    name: dialect.name,
    open: (wireOptions: WireOptions) =>
      new TracedWire(
        dialect.open(wireOptions),
        (entry) => options.trace({ dialect: dialect.name, peer: options.peer, ...entry }),
        { clock: options.clock, maxAsked: wireOptions.limits.maxPendingCalls },
      ),
  };
}

type Tell = (entry: Omit<MessageEntry, "dialect" | "peer">) => void;

/** A question that has no answer yet. */
interface Question {
  readonly method: string;
  readonly atMs: number;
}

class TracedWire implements Wire, Decoder<Message> {
  readonly decoder: Decoder<Message> = this;
  readonly #wire: Wire;
  readonly #tell: Tell;
  readonly #clock: Pick<Clock, "now">;
  readonly #maxAsked: number;
  readonly #scratch = new ByteWriter();
  /** By id, those of either side. Some are never answered: their caller gives up, and doesn't say so. */
  readonly #asked = { in: new Map<number, Question>(), out: new Map<number, Question>() };

  constructor(
    wire: Wire,
    tell: Tell,
    { clock, maxAsked }: { readonly clock: Pick<Clock, "now">; readonly maxAsked: number },
  ) {
    this.#wire = wire;
    this.#tell = tell;
    this.#clock = clock;
    this.#maxAsked = maxAsked;
  }

  get isExtended(): boolean {
    return this.#wire.isExtended;
  }

  get fault(): DecodeError | undefined {
    return this.#wire.decoder.fault;
  }

  get bufferedBytes(): number {
    return this.#wire.decoder.bufferedBytes;
  }

  end(): void {
    this.#wire.decoder.end();
  }

  push(chunk: Uint8Array): readonly Message[] {
    const messages = this.#wire.decoder.push(chunk);
    for (const message of messages) this.#received(message);
    return messages;
  }

  request(
    id: number,
    method: string,
    args: readonly unknown[],
    kwargs: Kwargs | undefined,
    into: ByteWriter,
  ): void {
    this.#sent(
      "request",
      { method },
      into,
      () => this.#wire.request(id, method, args, kwargs, into),
    );
    this.#ask("out", id, method);
  }

  notify(
    method: string,
    args: readonly unknown[],
    kwargs: Kwargs | undefined,
    into: ByteWriter,
  ): void {
    this.#sent("notify", { method }, into, () => this.#wire.notify(method, args, kwargs, into));
  }

  result(id: number, result: unknown, into: ByteWriter): void {
    this.#sent("result", this.#answered("in", id), into, () => this.#wire.result(id, result, into));
  }

  error(id: number, error: SynapseError, into: ByteWriter): void {
    this.#sent("error", this.#answered("in", id), into, () => this.#wire.error(id, error, into));
  }

  readError(method: string, error: unknown): SynapseError {
    return this.#wire.readError(method, error);
  }

  hello(self: PeerInfo, into: ByteWriter): void {
    this.#sent("hello", {}, into, () => this.#wire.hello(self, into));
  }

  item(id: number, values: readonly unknown[], into: ByteWriter): void {
    const about = { method: this.#asked.in.get(id)?.method };
    this.#sent("item", about, into, () => this.#wire.item(id, values, into));
  }

  credit(id: number, count: number, into: ByteWriter): void {
    const about = { method: this.#asked.out.get(id)?.method };
    this.#sent("credit", about, into, () => this.#wire.credit(id, count, into));
  }

  cancel(id: number, into: ByteWriter): void {
    const about = { method: this.#asked.out.get(id)?.method };
    this.#sent("cancel", about, into, () => this.#wire.cancel(id, into));
  }

  ping(into: ByteWriter): void {
    this.#sent("ping", {}, into, () => this.#wire.ping(into));
  }

  pong(into: ByteWriter): void {
    this.#sent("pong", {}, into, () => this.#wire.pong(into));
  }

  /** The codec doesn't tell a message's size: it is what the same message would take if we wrote it. */
  #received(message: Message): void {
    const wire = this.#wire;
    const tell = (
      type: string,
      about: Partial<MessageEntry>,
      write?: (into: ByteWriter) => void,
    ): void =>
      this.#tell({ direction: "in", type, ...about, bytes: write && this.#measure(write) });
    switch (message.type) {
      case "request": {
        const { id, method, args, kwargs } = message;
        this.#ask("in", id, method);
        return tell("request", { method }, (into) => wire.request(id, method, args, kwargs, into));
      }
      case "notify": {
        const { method, args, kwargs } = message;
        return tell("notify", { method }, (into) => wire.notify(method, args, kwargs, into));
      }
      case "response": {
        const { id, error, result } = message;
        return tell(
          error === null ? "result" : "error",
          this.#answered("out", id),
          (into) => wire.result(id, error ?? result, into),
        );
      }
      case "item": {
        const { id, values } = message;
        const about = { method: this.#asked.out.get(id)?.method };
        return tell("item", about, (into) => wire.item(id, values, into));
      }
      case "credit":
      case "cancel":
        return tell(message.type, { method: this.#asked.in.get(message.id)?.method });
      default:
        return tell(message.type, {});
    }
  }

  #sent(
    type: string,
    about: Partial<MessageEntry>,
    into: ByteWriter,
    write: () => void,
  ): void {
    const before = into.pendingBytes;
    write();
    this.#tell({ direction: "out", type, ...about, bytes: into.pendingBytes - before });
  }

  #measure(write: (into: ByteWriter) => void): number | undefined {
    const scratch = this.#scratch;
    try {
      scratch.begin();
      write(scratch);
      return scratch.pendingBytes;
    } catch {
      return undefined;
    } finally {
      scratch.rewind();
    }
  }

  #ask(direction: "in" | "out", id: number, method: string): void {
    const asked = this.#asked[direction];
    if (asked.size >= this.#maxAsked) {
      const [oldest] = asked.keys();
      asked.delete(oldest);
    }
    asked.set(id, { method, atMs: this.#clock.now() });
  }

  #answered(direction: "in" | "out", id: number): Pick<MessageEntry, "method" | "ms"> {
    const question = this.#asked[direction].get(id);
    if (question === undefined) return {};
    this.#asked[direction].delete(id);
    return { method: question.method, ms: this.#clock.now() - question.atMs };
  }
}
