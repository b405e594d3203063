/**
 * Two thousand nodes find each other on a network that loses a tenth of everything, while a fifth of them goes and as
 * many come every minute. Prints what came of it.
 *
 * Time and network are simulated, and signatures are cheap; the budgets for checking them are the real ones.
 *
 * @module
 */
import { assert } from "@std/assert";
import type { Advert } from "../../core/advert.ts";
import { Discovery } from "../../core/discovery.ts";
import { AdvertReader } from "../../core/discovery/advert_reader.ts";
import type { ObservedPeers } from "../../core/discovery/intake.ts";
import { PeerTable } from "../../core/peer_table.ts";
import { cheapSigner, verifyCheaply } from "../support/cheap_signatures.ts";
import { type MemoryDatagrams, MemoryNetwork } from "../support/memory_datagrams.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { SimulatedClock } from "../support/simulated_clock.ts";

const NODES = 2_000;
const LOSS = 0.1;
const CHURN_PER_MINUTE = 0.2;
/** They all start within that time, as after a power cut. */
const START_MS = 1_000;
const RUN_SECONDS = 60;
/** From when on the cost of going on is measured. */
const STEADY_FROM_SECOND = 40;
/** What every node is to know of the others, and by when. */
const COMPLETE = 0.99;
const COMPLETE_AFTER_MS = 60_000;
const MAX_ADVERTS_PER_SECOND = 25;
/** One node in so many has a real peer table. */
const REAL_TABLE_EVERY = 100;

/** Shares the text of adverts among nodes, but lets each spend its own budget on them. */
class CrowdReader extends AdvertReader {
  override isKnownGood(): boolean {
    return false;
  }

  override verify(advert: Advert): boolean {
    return super.isKnownGood(advert) || super.verify(advert);
  }
}

interface SimulatedNode {
  readonly index: number;
  readonly discovery: Discovery;
  readonly socket: MemoryDatagrams;
  readonly bornMs: number;
  /** By number, whether the node is believed to be there. */
  readonly known: Uint8Array;
  readonly table: PeerTable | undefined;
  /** When it first knew over 99 % of all others. */
  completeMs: number | undefined;
}

/** A question is 22 bytes. */
const SHORTEST_ADVERT_BYTES = 100;

/** Nodes that come and go, and what they send. */
class Crowd {
  readonly clock = new SimulatedClock();
  readonly #random = seededRandom(20_260_101);
  readonly #network = new MemoryNetwork({
    clock: this.clock,
    random: this.#random,
    loss: LOSS,
    latencyMs: [0.2, 2],
  });
  readonly #reader = new CrowdReader({ verify: verifyCheaply, remembered: 50_000 });
  readonly #indexOf = new Map<string, number>();
  readonly nodes: SimulatedNode[] = [];
  /** Who has said goodbye. */
  readonly departed: number[] = [];
  /** When each advert and each goodbye was broadcast. */
  readonly advertsMs: number[] = [];
  /** When each question was. */
  readonly questionsMs: number[] = [];
  /** Sent by all to one another. */
  unicastBytes = 0;
  /** Sent by all to everybody; each gets all of it. */
  broadcastBytes = 0;

  constructor() {
    this.#network.wiretap = (datagram, _from, to) => {
      if (to !== undefined) {
        this.unicastBytes += datagram.length;
        return;
      }
      this.broadcastBytes += datagram.length;
      const isQuestion = datagram.length < SHORTEST_ADVERT_BYTES;
      (isQuestion ? this.questionsMs : this.advertsMs).push(this.clock.now());
    };
  }

  async add(): Promise<void> {
    const { clock } = this;
    const index = this.#indexOf.size;
    const known = new Uint8Array(2 * NODES);
    const socket = this.#network.socket(`10.0.${index >> 8}.${index & 255}`, 9_999);
    const table = index % REAL_TABLE_EVERY === 0 ? realTable(clock) : undefined;
    const identity = cheapSigner(index);
    this.#indexOf.set(identity.id, index);
    const discovery = new Discovery({
      namespace: "simulation",
      name: `node-${index}`,
      listening: socket.address,
      identity,
      transport: socket,
      table: table ?? this.#bitTable(known),
      clock,
      random: this.#random,
      reader: this.#reader,
    });
    const bornMs = clock.now();
    this.nodes.push({ index, discovery, socket, bornMs, known, table, completeMs: undefined });
    await discovery.start();
  }

  /** Any one; every other time without a goodbye. */
  async remove(): Promise<void> {
    const [node] = this.nodes.splice(Math.floor(this.#random() * this.nodes.length), 1);
    if (this.#random() < 0.5) this.departed.push(node.index);
    else node.socket.cut();
    await node.discovery.stop();
  }

  /** What part of all other nodes one knows. */
  coverage(node: SimulatedNode): number {
    if (node.table !== undefined) markPresent(node.table, node.known);
    let count = 0;
    for (const { index } of this.nodes) count += index === node.index ? 0 : node.known[index];
    return count / (this.nodes.length - 1);
  }

  #bitTable(known: Uint8Array): ObservedPeers {
    return {
      merge: ({ key }) => {
        known[this.#indexOf.get(key!)!] = 1;
        return "joined";
      },
      goodbye: (key) => {
        known[this.#indexOf.get(key)!] = 0;
        return true;
      },
    };
  }
}

function realTable(clock: SimulatedClock): PeerTable {
  const onListenerError = (error: unknown) => {
    throw error;
  };
  return new PeerTable({ clock, onListenerError });
}

function markPresent(table: PeerTable, known: Uint8Array): void {
  table.sweep();
  known.fill(0);
  for (const { name, state } of table.list()) {
    if (state !== "offline") known[Number(name.slice("node-".length))] = 1;
  }
}

/** The most that fall into any one second, wherever it begins. */
function mostInOneSecond(timesMs: readonly number[]): number {
  let first = 0;
  let most = 0;
  timesMs.forEach((timeMs, i) => {
    while (timesMs[first] <= timeMs - 1_000) first++;
    most = Math.max(most, i - first + 1);
  });
  return most;
}

/** Lets a second pass, in which some go and as many come. */
async function liveOneSecond(crowd: Crowd, second: number): Promise<void> {
  const perSecond = NODES * CHURN_PER_MINUTE / 60;
  const changes = Math.floor(second * perSecond) - Math.floor((second - 1) * perSecond);
  const untilMs = START_MS + second * 1_000;
  for (let i = 0; i < changes; i++) {
    await crowd.remove();
    await crowd.add();
    crowd.clock.run(1_000 / (changes + 1));
  }
  crowd.clock.run(untilMs - crowd.clock.now());
  for (const node of crowd.nodes) {
    if (node.completeMs === undefined && crowd.coverage(node) > COMPLETE) {
      node.completeMs = crowd.clock.now();
    }
  }
}

function report(crowd: Crowd, steady: { unicastBytes: number; broadcastBytes: number }): string {
  const { clock, nodes, departed } = crowd;
  const now = clock.now();
  const oldEnough = nodes.filter(({ bornMs }) => now - bornMs >= COMPLETE_AFTER_MS);
  const took = (first: boolean) =>
    nodes.filter(({ bornMs, completeMs }) =>
      completeMs !== undefined && bornMs < START_MS === first
    )
      .map(({ bornMs, completeMs }) => (completeMs! - bornMs) / 1_000).sort((a, b) => a - b);
  const firstTook = took(true);
  const laterTook = took(false);
  const steadySeconds = RUN_SECONDS - STEADY_FROM_SECOND;
  const ghosts = nodes.reduce((sum, { known }) => sum + departed.filter((i) => known[i]).length, 0);
  const verified = oldEnough.map(({ discovery }) => discovery.stats().verified);
  return [
    `${NODES} nodes started within ${START_MS} ms, ${LOSS * 100} % loss, ` +
    `${CHURN_PER_MINUTE * 100} % churn a minute, ${RUN_SECONDS} s:`,
    `  known of all others: ${
      percent(Math.min(...oldEnough.map((node) => crowd.coverage(node))))
    } ` +
    `at least, ${percent(mean(oldEnough.map((node) => crowd.coverage(node))))} on average, ` +
    `by the ${oldEnough.length} nodes that are a minute old`,
    `  over 99 % known: of those who started together half within ${median(firstTook)} s, ` +
    `all within ${firstTook.at(-1)!.toFixed(1)} s; ` +
    `of those who came later half within ${median(laterTook)} s`,
    `  adverts and goodbyes in one second: ${mostInOneSecond(crowd.advertsMs)} at most, ` +
    `${(crowd.advertsMs.length / RUN_SECONDS).toFixed(1)} on average; ` +
    `questions: ${mostInOneSecond(crowd.questionsMs)} at most (while all start), ` +
    `${crowd.questionsMs.length} in all`,
    `  a node sends and receives ${
      perNode(steady.unicastBytes, steadySeconds)
    } bytes a second to reconcile, ` +
    `and receives ${(0.9 * steady.broadcastBytes / steadySeconds).toFixed(0)} by broadcast; ` +
    `${
      perNode(crowd.unicastBytes - steady.unicastBytes, STEADY_FROM_SECOND)
    } while it gets to know everybody`,
    `  of ${departed.length} who said goodbye a node still lists ${
      (ghosts / nodes.length).toFixed(1)
    }; ` +
    `it has checked ${mean(verified).toFixed(0)} signatures`,
  ].join("\n");
}

function perNode(bytes: number, seconds: number): string {
  return (bytes / seconds / NODES).toFixed(0);
}

function percent(part: number): string {
  return `${(100 * part).toFixed(2)} %`;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0) / numbers.length;
}

function median(sorted: readonly number[]): string {
  return sorted[Math.floor(sorted.length / 2)].toFixed(1);
}

Deno.test("Discovery keeps 2,000 nodes together on a bad network while they come and go", async () => {
  const crowd = new Crowd();
  for (let i = 0; i < NODES; i++) {
    await crowd.add();
    crowd.clock.run(START_MS / NODES);
  }
  const steady = { unicastBytes: 0, broadcastBytes: 0 };
  for (let second = 1; second <= RUN_SECONDS; second++) {
    await liveOneSecond(crowd, second);
    if (second === STEADY_FROM_SECOND) {
      steady.unicastBytes = -crowd.unicastBytes;
      steady.broadcastBytes = -crowd.broadcastBytes;
    }
  }
  steady.unicastBytes += crowd.unicastBytes;
  steady.broadcastBytes += crowd.broadcastBytes;
  // deno-lint-ignore no-console
  console.log(report(crowd, steady));
  for (const node of crowd.nodes) {
    if (crowd.clock.now() - node.bornMs < COMPLETE_AFTER_MS) continue;
    assert(crowd.coverage(node) > COMPLETE, `node ${node.index} knows ${crowd.coverage(node)}`);
  }
  assert(mostInOneSecond(crowd.advertsMs) < MAX_ADVERTS_PER_SECOND);
});
