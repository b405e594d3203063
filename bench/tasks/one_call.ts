/**
 * A connection a call, as synapse's own programs make them: through Synapse, and the same bytes over `node:net`.
 *
 * @module
 */
import { once } from "node:events";
import { type AddressInfo, connect as dial, createServer } from "node:net";
import { ByteWriter } from "../../core/codec.ts";
import { DEFAULT_EXTENSIONS } from "../../core/codecs/messagepack_extensions.ts";
import { SYNAPSE_DIALECT } from "../../core/dialects/synapse.ts";
import { DEFAULT_LIMITS } from "../../core/limits.ts";
import { SYNAPSE } from "../synapse_module.ts";

const { Node } = SYNAPSE;

/** Who does it. */
export type Kind = "bare" | "synapse";
/** Where each is served. */
export type Ports = Readonly<Record<Kind, number>>;

/** One loop of calls. */
export interface Loop {
  readonly kind: Kind;
  readonly port: number;
  /** How many at once. */
  readonly inFlight: number;
  readonly ms: number;
}

type Call = () => Promise<void>;

const HOST = "127.0.0.1";
const WIRE = SYNAPSE_DIALECT.open({ limits: DEFAULT_LIMITS, extensions: DEFAULT_EXTENSIONS });
const REQUEST = { id: "1", method: "sum", args: [1, 2], kwargs: undefined };
const REQUEST_BYTES = WIRE.encodeRequest(REQUEST);
const ANSWER_BYTES = encodeAnswer();

/** Serves both. */
export async function serve(): Promise<Ports> {
  return { bare: await serveBare(), synapse: await serveSynapse() };
}

/** Calls over and over. @returns Calls a second. */
export async function call({ kind, port, inFlight, ms }: Loop): Promise<number> {
  const callOnce = kind === "bare" ? createBareCall(port) : await createSynapseCall(port);
  const begunMs = performance.now();
  let calls = 0;
  const keepCalling = async (): Promise<void> => {
    while (performance.now() - begunMs < ms) {
      await callOnce();
      calls++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, keepCalling));
  return calls / (performance.now() - begunMs) * 1000;
}

/** Reads a request of a known length, answers, closes. */
async function serveBare(): Promise<number> {
  const server = createServer((socket) => {
    let received = 0;
    socket.on("data", (chunk) => {
      received += chunk.length;
      if (received === REQUEST_BYTES.length) socket.end(ANSWER_BYTES);
    }).on("error", () => {});
  });
  server.listen(0, HOST);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** As every node is: it has to find out first what a connection speaks. */
async function serveSynapse(): Promise<number> {
  const node = new Node();
  node.endpoint("sum", (a: number, b: number) => a + b);
  return (await node.listen(`tcp://${HOST}:0`)).address.port;
}

/** Connects, sends, receives to the end, closes. */
function createBareCall(port: number): Call {
  return () =>
    new Promise((resolve, reject) => {
      const socket = dial({ port, host: HOST }, () => socket.write(REQUEST_BYTES));
      let received = 0;
      socket.on("data", (chunk) => received += chunk.length).on("error", reject);
      socket.on("end", () => {
        if (received === ANSWER_BYTES.length) resolve();
        else reject(new Error(`Cannot accept answer: got ${received} bytes`));
      });
    });
}

async function createSynapseCall(port: number): Promise<Call> {
  const remote = await new Node().connect(`synapse://${HOST}:${port}`);
  return async () => {
    const answer = await remote.call("sum", [1, 2]);
    if (answer !== 3) throw new Error(`Cannot accept answer: got ${answer}`);
  };
}

function encodeAnswer(): Uint8Array {
  const writer = new ByteWriter();
  WIRE.writeResult(REQUEST, 3, writer);
  return writer.toBytes();
}
