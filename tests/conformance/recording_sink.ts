import type { ChannelSink } from "../../core/channel.ts";

/** What a {@linkcode RecordingSink} does besides remembering. */
export interface Reactions {
  readonly data?: (chunk: Uint8Array) => void;
  readonly drain?: () => void;
  readonly end?: () => void;
  readonly close?: () => void;
}

/** Remembers all that a channel says, and lets tests wait for it. */
export class RecordingSink implements ChannelSink {
  readonly chunks: Uint8Array[] = [];
  /** In the order in which they came; chunks that follow each other count once. */
  readonly events: ("data" | "drain" | "end" | "close")[] = [];
  receivedBytes = 0;
  error: Error | undefined;
  readonly #reactions: Reactions;
  #waiting: (() => void)[] = [];

  constructor(reactions: Reactions = {}) {
    this.#reactions = reactions;
  }

  data(chunk: Uint8Array): void {
    this.chunks.push(chunk);
    this.receivedBytes += chunk.length;
    this.#note("data");
    this.#reactions.data?.(chunk);
  }

  drain(): void {
    this.#note("drain");
    this.#reactions.drain?.();
  }

  end(): void {
    this.#note("end");
    this.#reactions.end?.();
  }

  close(error?: Error): void {
    this.error = error;
    this.#note("close");
    this.#reactions.close?.();
  }

  /** Everything received, in one piece. */
  get bytes(): Uint8Array {
    return concat(this.chunks);
  }

  /** Everything received, as text. */
  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }

  get drains(): number {
    return this.events.filter((event) => event === "drain").length;
  }

  has(event: "drain" | "end" | "close"): boolean {
    return this.events.includes(event);
  }

  /** Waits until something holds; looked at whenever the channel has said something. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  untilReceived(bytes: number): Promise<void> {
    return this.until(() => this.receivedBytes >= bytes);
  }

  untilSaid(event: "drain" | "end" | "close"): Promise<void> {
    return this.until(() => this.has(event));
  }

  #note(event: "data" | "drain" | "end" | "close"): void {
    if (event !== "data" || this.events.at(-1) !== "data") this.events.push(event);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
