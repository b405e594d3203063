/**
 * A connection a call, as synapse's own programs make them: what a call through Synapse costs, as a multiple of
 * the same bytes over `node:net` with nothing in between. Stands alone:
 *
 * ```sh
 * deno run --allow-all bench/one_call.ts
 * ```
 *
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect as dial, createServer, type Socket } from "node:net";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { AcceptorHost } from "../core/acceptor.ts";
import type { Address } from "../core/address.ts";
import { DEFAULT_EXTENSIONS } from "../core/codecs/messagepack_extensions.ts";
import { SYNAPSE_DIALECT } from "../core/dialects/synapse.ts";
import { ByteWriter } from "../core/codec.ts";
import { DEFAULT_LIMITS } from "../core/limits.ts";
import { Registry } from "../core/registry.ts";
import { createSynapseAcceptor } from "../core/synapse/acceptor.ts";
import { OneCallCaller } from "../core/synapse/one_call_caller.ts";
import { systemClock, systemRandom } from "../transports/system.ts";
import { TcpTransport } from "../transports/tcp.ts";
import { pinTo } from "./pinning.ts";

const HOST = "127.0.0.1";
const CONCURRENCIES: readonly number[] = [1, 16];
const ROUNDS = 5;
const MEASURE_MS = 1_000;
/** What a call may cost at most, in costs of the bare loop. */
const GOAL = 2.5;

const OPTIONS = { limits: DEFAULT_LIMITS, extensions: DEFAULT_EXTENSIONS };
const WIRE = SYNAPSE_DIALECT.open(OPTIONS);
const REQUEST = { id: "1", method: "sum", args: [1, 2], kwargs: undefined };

type Call = () => Promise<void>;

if (process.argv.includes("--serve")) await serve();
else await compare();

/** Both servers in one process, which ends with its standard input. */
async function serve(): Promise<void> {
  const ports = [await serveBare(), await serveSynapse()];
  process.stdout.write(`${JSON.stringify(ports)}\n`);
  process.stdin.on("end", () => process.exit()).resume();
}

/** Reads a request of a known length, answers, closes. */
async function serveBare(): Promise<number> {
  const expected = WIRE.encodeRequest(REQUEST).length;
  const answer = encodeAnswer();
  const server = createServer((socket) => {
    let received = 0;
    socket.on("data", (chunk) => {
      received += chunk.length;
      if (received === expected) socket.end(answer);
    }).on("error", () => {});
  });
  server.listen(0, HOST);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function serveSynapse(): Promise<number> {
  const transport = new TcpTransport();
  const registry = new Registry();
  registry.register("sum", (a: number, b: number) => a + b);
  const host: AcceptorHost = {
    registry,
    clock: systemClock,
    random: systemRandom,
    ...OPTIONS,
    self: () => ({ name: "bench", namespace: "", window: 1 }),
    addresses: () => [],
    dial: (to, options) => transport.dial(to, options),
  };
  const acceptor = createSynapseAcceptor(host, { profile: { id: "bench" } });
  const listener = await transport.listen(
    addressOf(0),
    (channel) => void acceptor.accept(channel, new Uint8Array(0)),
  );
  return listener.address.port;
}

async function compare(): Promise<void> {
  const [command, ...args] = [
    ...pinTo(0),
    process.execPath,
    ...process.execArgv,
    "run",
    "--allow-all",
    fileURLToPath(import.meta.url),
    "--serve",
  ];
  const server = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(server.stdout, "data") as [Uint8Array];
  const [barePort, synapsePort] = JSON.parse(new TextDecoder().decode(line)) as number[];
  const calls = { bare: createBareCall(barePort), synapse: createSynapseCall(synapsePort) };
  for (const call of Object.values(calls)) await callFor(MEASURE_MS, 16, call);
  for (const concurrency of CONCURRENCIES) {
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const bare = await callFor(MEASURE_MS, concurrency, calls.bare);
      const synapse = await callFor(MEASURE_MS, concurrency, calls.synapse);
      ratios.push(bare / synapse);
      print(`${concurrency} at once: bare ${bare.toFixed(0)}/s, Synapse ${synapse.toFixed(0)}/s`);
    }
    const median = ratios.toSorted((a, b) => a - b)[ROUNDS >> 1];
    const verdict = median <= GOAL ? "reached" : "missed";
    print(
      `${concurrency} at once: a call costs ${
        median.toFixed(2)
      } bare ones, goal ${GOAL} ${verdict}`,
    );
  }
  server.stdin.end();
}

/** Calls over and over. @returns Calls a second. */
async function callFor(ms: number, concurrency: number, call: Call): Promise<number> {
  const begunMs = performance.now();
  let calls = 0;
  const keepCalling = async (): Promise<void> => {
    while (performance.now() - begunMs < ms) {
      await call();
      calls++;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, keepCalling));
  return calls / (performance.now() - begunMs) * 1000;
}

/** Connects, sends, receives to the end, closes. */
function createBareCall(port: number): Call {
  const request = WIRE.encodeRequest(REQUEST);
  const expected = encodeAnswer().length;
  return () =>
    new Promise((resolve, reject) => {
      const socket: Socket = dial({ port, host: HOST }, () => socket.write(request));
      let received = 0;
      socket.on("data", (chunk) => received += chunk.length).on("error", reject);
      socket.on("end", () => received === expected ? resolve() : reject(new Error("bad answer")));
    });
}

function createSynapseCall(port: number): Call {
  const transport = new TcpTransport();
  const address = addressOf(port);
  const caller = new OneCallCaller({
    address,
    dial: (signal) => transport.dial(address, { signal }),
    clock: systemClock,
    limits: DEFAULT_LIMITS,
    dialect: SYNAPSE_DIALECT,
  });
  return async () => {
    if (await caller.call("sum", [1, 2]) !== 3) throw new Error("bad answer");
  };
}

function encodeAnswer(): Uint8Array {
  const writer = new ByteWriter();
  WIRE.writeResult(REQUEST, 3, writer);
  return writer.toBytes();
}

function addressOf(port: number): Address {
  return { scheme: "tcp", host: HOST, port, path: "" };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
