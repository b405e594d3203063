/**
 * Counts what goes through sockets.
 *
 * @module
 */
import type { Socket } from "node:net";
import type { Traffic } from "../core/channel.ts";

/** The sockets of one listener. The system counts; this asks it, and remembers what closed ones had. */
export class SocketTraffic implements Traffic {
  readonly #open = new Set<Socket>();
  #receivedBytes = 0;
  #sentBytes = 0;

  /** @inheritdoc */
  get receivedBytes(): number {
    return [...this.#open].reduce((sum, { bytesRead }) => sum + bytesRead, this.#receivedBytes);
  }

  /** @inheritdoc */
  get sentBytes(): number {
    return [...this.#open].reduce((sum, { bytesWritten }) => sum + bytesWritten, this.#sentBytes);
  }

  /** Counts a socket until it is closed, whoever reads it and writes to it. */
  follow(socket: Socket): void {
    this.#open.add(socket);
    socket.on("close", () => {
      this.#open.delete(socket);
      this.#receivedBytes += socket.bytesRead;
      this.#sentBytes += socket.bytesWritten;
    });
  }
}
