/**
 * Both ends of a file transfer, and of the same bytes over `node:net` alone.
 *
 * @module
 */
import { once } from "node:events";
import { closeSync, openSync, writeSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { SYNAPSE } from "../synapse_module.ts";

const { Node, receiveFiles, sendFile } = SYNAPSE;

const HOST = "127.0.0.1";
/** As many as a file transfer sends at once. */
const PIECE_BYTES = 256 * 1024;

/** Takes files into a folder. @returns The port. */
export async function receive(directory: string): Promise<number> {
  const node = new Node();
  await receiveFiles(node, directory, { overwrite: true });
  return (await node.listen(`tcp://${HOST}:0`)).address.port;
}

/** Sends a file. @returns How many milliseconds it took from opening it to the other side's receipt. */
export async function send(port: number, path: string): Promise<number> {
  const node = new Node();
  const remote = await node.connect(`tcp://${HOST}:${port}`);
  const begunMs = performance.now();
  await sendFile(node, remote, path);
  const elapsedMs = performance.now() - begunMs;
  await node.close();
  return elapsedMs;
}

/**
 * Takes bytes from each connection until it ends, and then ends it too.
 *
 * @param path Where they are written, as they come; nowhere where left out.
 * @returns The port.
 */
export async function receiveRaw(path?: string): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const file = path === undefined ? undefined : openSync(path, "w");
    socket.on("data", (chunk: Uint8Array) => {
      if (file !== undefined) writeSync(file, chunk);
    });
    socket.on("end", () => {
      if (file !== undefined) closeSync(file);
      socket.end();
    });
  });
  server.listen(0, HOST);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Sends so many bytes, the same piece over and over. @returns Milliseconds until the other side has taken all. */
export async function sendRaw(port: number, bytes: number): Promise<number> {
  const socket = connect({ port, host: HOST, noDelay: true });
  await once(socket, "connect");
  const piece = new Uint8Array(PIECE_BYTES);
  const begunMs = performance.now();
  for (let sent = 0; sent < bytes; sent += PIECE_BYTES) {
    if (!socket.write(piece)) await once(socket, "drain");
  }
  socket.end().resume();
  await once(socket, "end");
  return performance.now() - begunMs;
}
