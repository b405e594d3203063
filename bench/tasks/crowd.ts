/**
 * Nodes that find each other or call each other, some in this process and some in others.
 *
 * @module
 */
import { SYNAPSE } from "../synapse_module.ts";

const { formatAddress, Node } = SYNAPSE;

/** Where a crowd meets. */
export interface Meeting {
  readonly namespace: string;
  /** Of UDP. */
  readonly port: number;
}

/** One broadcast, as its caller has seen it. */
export interface Heard {
  readonly answers: number;
  /** Until the last of them, connecting to each included. */
  readonly elapsedMs: number;
}

const NAMESPACE = "bench";
/** When each peer was listed here, by its name, on the clock that all processes have. */
const listedMs = new Map<string, number>();
/** Tells whoever waits for a peer that one was listed. */
let wake = () => {};

/**
 * Adds a node that others find.
 *
 * @returns When it began to be one.
 */
export async function join(name: string, { namespace, port }: Meeting): Promise<number> {
  const begunMs = nowMs();
  const node = new Node({ namespace, name });
  node.on("peerJoined", ({ peer }) => {
    listedMs.set(peer.name, nowMs());
    wake();
  });
  await node.listen("tcp://127.0.0.1:0");
  await node.advertise({ port });
  return begunMs;
}

/**
 * Adds nodes that nobody finds.
 *
 * @returns Their addresses.
 */
export function listen(count: number): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, async () => {
    const node = new Node({ namespace: NAMESPACE });
    node.endpoint("echo", (text: string) => text);
    return formatAddress((await node.listen("tcp://127.0.0.1:0")).address);
  }));
}

/** Waits for a peer. @returns When it was listed. */
export async function listed(name: string): Promise<number> {
  while (!listedMs.has(name)) await new Promise<void>((resolve) => wake = resolve);
  return listedMs.get(name)!;
}

/** Calls nodes that it has been told of, and is connected to none of. */
export async function broadcast(addresses: readonly string[]): Promise<Heard> {
  const node = new Node({ namespace: NAMESPACE });
  addresses.forEach((address, number) =>
    node.peers.merge({
      namespace: NAMESPACE,
      name: `node-${number}`,
      address,
      heardMs: Date.now(),
    })
  );
  const begunMs = nowMs();
  let answers = 0;
  for await (const { result } of node.broadcast("echo", ["hello"])) {
    if (result === "hello") answers++;
  }
  const elapsedMs = nowMs() - begunMs;
  await node.close();
  return { answers, elapsedMs };
}

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
