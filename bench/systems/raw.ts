/**
 * The ceiling: bytes echoed over `node:net`, with no message, no codec and no promise in between.
 *
 * Sequential is a ping-pong of 64 bytes. `64` and `256` send so many times 64 bytes in ONE write
 * and wait for all of them. `blob` keeps 16 times 64 KiB under way.
 *
 * @module
 */
import { once } from "node:events";
import { type AddressInfo, connect as dial, createServer } from "node:net";
import type { Announcement, DriveLimit, DrivenConnection } from "../adapter.ts";
import type { Latencies } from "../latencies.ts";
import { BLOB_BYTES, type Phase } from "../work.ts";

const MESSAGE_BYTES = 64;

/** Echoes whatever comes. */
export async function serve(): Promise<Announcement> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("data", (chunk) => socket.write(chunk));
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port };
}

/** Connects. */
export async function connect(server: Announcement): Promise<DrivenConnection> {
  const socket = dial({ port: server.port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  let onBytes: (count: number) => void = () => {};
  socket.on("data", (chunk) => onBytes(chunk.length));
  const write = (bytes: Uint8Array) => socket.write(bytes);
  return {
    drive: (phase, limit, latencies) =>
      new Promise((resolve) => {
        const start = phase.method === "blob" ? startWindow : startLockStep;
        onBytes = start({ phase, limit, latencies, write, resolve });
      }),
  };
}

interface Run {
  readonly phase: Phase;
  readonly limit: DriveLimit;
  readonly latencies: Latencies;
  readonly write: (bytes: Uint8Array) => void;
  /** Ends the run with the number of messages that came back. */
  readonly resolve: (messages: number) => void;
}

function startLockStep(run: Run): (count: number) => void {
  const batch = new Uint8Array(MESSAGE_BYTES * run.phase.inFlight);
  let messages = 0;
  let missing = batch.length;
  let sentMs = performance.now();
  run.write(batch);
  return (count) => {
    missing -= count;
    if (missing > 0) return;
    messages += run.phase.inFlight;
    const nowMs = performance.now();
    run.latencies.add(nowMs - sentMs);
    if (nowMs >= run.limit.untilMs || messages >= run.limit.calls) return run.resolve(messages);
    missing = batch.length;
    sentMs = nowMs;
    run.write(batch);
  };
}

function startWindow(run: Run): (count: number) => void {
  const blob = new Uint8Array(BLOB_BYTES);
  const sentMs: number[] = [];
  let received = 0;
  let messages = 0;
  let isTimeUp = false;
  const fill = () => {
    while (!isTimeUp && sentMs.length < run.phase.inFlight) {
      sentMs.push(performance.now());
      run.write(blob);
    }
  };
  fill();
  return (count) => {
    received += count;
    while (received >= BLOB_BYTES) {
      received -= BLOB_BYTES;
      messages++;
      const nowMs = performance.now();
      run.latencies.add(nowMs - sentMs.shift()!);
      isTimeUp ||= nowMs >= run.limit.untilMs || messages >= run.limit.calls;
    }
    fill();
    if (isTimeUp && sentMs.length === 0) run.resolve(messages);
  };
}
