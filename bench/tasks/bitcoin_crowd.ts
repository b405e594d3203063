/**
 * Bitcoin nodes that shake hands, answer pings, and announce transactions that nobody asks for.
 *
 * @module
 */
import { type AddressInfo, createServer, type Socket } from "node:net";
import { encodeFrame, FrameDecoder } from "../../core/codecs/bitcoin/frame.ts";
import { INVENTORY_TYPES } from "../../core/codecs/bitcoin/inventory.ts";
import {
  type BitcoinMessage,
  decodeMessage,
  encodeMessage,
} from "../../core/codecs/bitcoin/messages.ts";
import { findNetwork } from "../../core/codecs/bitcoin/networks.ts";
import { SERVICES } from "../../core/codecs/bitcoin/services.ts";
import { UNKNOWN_ADDRESS } from "../../core/codecs/bitcoin/version.ts";

const HOST = "127.0.0.1";
const NETWORK = findNetwork("regtest")!;
/** What is said to a `version`. */
const INTRODUCTION: readonly BitcoinMessage[] = [
  {
    command: "version",
    version: 70016,
    services: SERVICES.network | SERVICES.witness,
    timeSec: BigInt(Math.floor(Date.now() / 1_000)),
    receiver: UNKNOWN_ADDRESS,
    sender: UNKNOWN_ADDRESS,
    nonce: 1n,
    agent: "/bench:0.1.0/",
    height: 100,
    relay: true,
  },
  { command: "wtxidrelay" },
  { command: "sendaddrv2" },
  { command: "verack" },
];
const sockets: Socket[] = [];

/** Starts so many. @returns Where they are, as in `127.0.0.1:18444`. */
export function listen(count: number): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, () =>
    new Promise<string>((resolve) => {
      const server = createServer(converse);
      server.listen(0, HOST, () => resolve(`${HOST}:${(server.address() as AddressInfo).port}`));
    })));
}

/**
 * Has each announce a transaction so often on each of its connections, not all of them at the same moment.
 *
 * @returns How many announcements there were.
 */
export async function announce(perSecond: number, ms: number): Promise<number> {
  const intervalMs = 1_000 / perSecond;
  const each = Math.round(ms / intervalMs);
  const begunMs = performance.now();
  await Promise.all(sockets.map(async (socket, number) => {
    for (let i = 0; i < each; i++) {
      const dueMs = begunMs + (i + number / sockets.length) * intervalMs;
      await new Promise((resolve) => setTimeout(resolve, dueMs - performance.now()));
      const hash = crypto.getRandomValues(new Uint8Array(32));
      say(socket, {
        command: "inv",
        items: [{ type: INVENTORY_TYPES.witnessTransactionId, hash }],
      });
    }
  }));
  return each * sockets.length;
}

function converse(socket: Socket): void {
  const decoder = new FrameDecoder({ magic: NETWORK.magic });
  sockets.push(socket);
  socket.setNoDelay(true).on("error", () => {});
  socket.on("data", (chunk: Uint8Array) => {
    for (const { command, payload } of decoder.push(new Uint8Array(chunk))) {
      const message = decodeMessage(command, payload);
      if (!("unknown" in message)) answer(socket, message);
    }
  });
}

function answer(socket: Socket, message: BitcoinMessage): void {
  if (message.command === "version") INTRODUCTION.forEach((reply) => say(socket, reply));
  if (message.command === "ping") say(socket, { command: "pong", nonce: message.nonce! });
}

function say(socket: Socket, message: BitcoinMessage): void {
  socket.write(encodeFrame(NETWORK, message.command, encodeMessage(message)));
}
