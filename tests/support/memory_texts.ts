/**
 * WebSockets in memory: what is sent arrives in a later microtask, in order.
 *
 * @module
 */
import type { Address } from "../../core/address.ts";
import type { TextChannel, TextSink } from "../../core/easyrpc/text_channel.ts";

/** One end of a pair. */
export class MemoryTexts implements TextChannel {
  readonly remote: Address;
  /** What was sent, and how it was closed. */
  readonly sent: string[] = [];
  closeCode: number | undefined;
  /** Whether the other side takes what is sent; what it doesn't is buffered. */
  isTaken = true;
  isPaused = false;
  isCut = false;
  #other!: MemoryTexts;
  #sink: TextSink | undefined;
  #isOver = false;
  /** Not delivered yet: this end hasn't been opened, or is paused. */
  readonly #unread: (string | Uint8Array)[] = [];
  readonly #untaken: string[] = [];

  constructor(port: number) {
    this.remote = { scheme: "ws", host: "127.0.0.1", port, path: "/ws/lab" };
  }

  /** Two ends of one connection: the dialling side's, and the accepting side's. */
  static pair(): [MemoryTexts, MemoryTexts] {
    const [near, far] = [new MemoryTexts(8090), new MemoryTexts(50_000)];
    near.#other = far;
    far.#other = near;
    return [near, far];
  }

  get bufferedBytes(): number {
    return this.#untaken.reduce((bytes, text) => bytes + text.length, 0);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  open(sink: TextSink): void {
    this.#sink = sink;
    this.#deliver();
  }

  send(message: string | Uint8Array): void {
    if (this.#isOver || this.closeCode !== undefined) return;
    if (typeof message === "string") {
      this.sent.push(message);
      if (!this.isTaken) return void this.#untaken.push(message);
    }
    queueMicrotask(() => this.#other.#arrive(message));
  }

  /** The other side takes what has been waiting. */
  take(): void {
    this.isTaken = true;
    for (const text of this.#untaken.splice(0)) queueMicrotask(() => this.#other.#arrive(text));
    this.#sink?.drain();
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.#deliver();
  }

  close(code = 1000): void {
    this.closeCode ??= code;
    // What was sent goes out first; one that takes nothing doesn't say goodbye either.
    if (this.isTaken) queueMicrotask(() => this.#goodbye());
  }

  cut(): void {
    this.isCut = true;
    this.#over(new Error("cut"));
    this.#other.#over(new Error("cut"));
  }

  #goodbye(): void {
    this.#over();
    this.#other.#over();
  }

  #over(error?: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    queueMicrotask(() => this.#sink?.close(error));
  }

  #arrive(message: string | Uint8Array): void {
    if (this.#isOver) return;
    this.#unread.push(message);
    this.#deliver();
  }

  #deliver(): void {
    while (this.#sink !== undefined && !this.isPaused && this.#unread.length > 0) {
      this.#sink.receive(this.#unread.shift()!);
    }
  }
}
