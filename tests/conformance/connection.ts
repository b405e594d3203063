import type { Address } from "../../core/address.ts";
import type { Channel, Listener, Transport } from "../../core/channel.ts";
import { RecordingSink } from "./recording_sink.ts";

/** A transport, and what the suite needs to try it. */
export interface TransportUnderTest {
  /** Begins the names of the tests. */
  readonly name: string;
  readonly transport: Transport;
  /** `stream` where left out. A `message` channel has no halves, and its dialler isn't told its own port. */
  readonly kind?: "stream" | "message";
  /** Makes an address to listen on that nothing else uses. */
  freshAddress(): Address;
}

/** One connection and its listener; disposing of it cuts both ends. */
export class Connection implements AsyncDisposable {
  readonly listener: Listener;
  /** The end that dialled. */
  readonly near: Channel;
  /** The end that accepted. */
  readonly far: Channel;

  constructor(listener: Listener, near: Channel, far: Channel) {
    this.listener = listener;
    this.near = near;
    this.far = far;
  }

  static async make(subject: TransportUnderTest): Promise<Connection> {
    const accepted = Promise.withResolvers<Channel>();
    const listener = await subject.transport.listen(subject.freshAddress(), accepted.resolve);
    const near = await subject.transport.dial(listener.address);
    return new Connection(listener, near, await accepted.promise);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const reason = new Error("The test is over");
    await Promise.all([this.near.close(reason), this.far.close(reason), this.listener.close()]);
  }
}

/** Appends and flushes. */
export function send(channel: Channel, content: string | Uint8Array): boolean {
  channel.writer.bytes(typeof content === "string" ? new TextEncoder().encode(content) : content);
  return channel.flush();
}

/** Waits until a message has gone to and fro a few times elsewhere, so that what is to come has come. */
export async function letPass(subject: TransportUnderTest): Promise<void> {
  await using connection = await Connection.make(subject);
  const { near, far } = connection;
  const sink = new RecordingSink();
  far.open(new RecordingSink({ data: (chunk) => send(far, chunk) }));
  near.open(sink);
  for (let trip = 1; trip <= 10; trip++) {
    send(near, ".");
    await sink.untilReceived(trip);
  }
}

/** The same bytes each time, and no two stretches alike. */
export function noise(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  const words = new Uint32Array(bytes.buffer, 0, length >>> 2);
  let state = seed;
  for (let i = 0; i < words.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    words[i] = state;
  }
  for (let i = words.length * 4; i < length; i++) bytes[i] = i;
  return bytes;
}
