/**
 * All that is seen of a node, brought up to date with each snapshot.
 *
 * @module
 */
/// <reference lib="dom" />
import type { Remote } from "../browser.ts";
import { Chart } from "./chart.ts";
import { byId, setText } from "./dom.ts";
import { EventList } from "./event_list.ts";
import { formatCount, formatMs, formatRate, formatSpan } from "./format.ts";
import { FunctionList } from "./function_list.ts";
import { type NodeInfo, readInfo, showIdentity } from "./identity.ts";
import { Network } from "./network.ts";
import { PeerTable } from "./peer_table.ts";
import type { Snapshot } from "./snapshot.ts";

/** Functions come and go, but seldom: it is looked with every so many snapshots. */
const METHODS_EVERY = 5;

/** Shows one node. */
export class Overview {
  readonly #remote: Remote;
  readonly #rates: Chart;
  readonly #latencies: Chart;
  readonly #functions: FunctionList;
  readonly #network = new Network(byId("network"));
  readonly #peers = new PeerTable(byId("peers"));
  readonly #events = new EventList(byId("events"));
  #info: NodeInfo = readInfo({});
  #mayCall = false;
  #you = "";
  #snapshots = 0;

  /** @param remote The node. */
  constructor(remote: Remote) {
    this.#remote = remote;
    this.#rates = new Chart(byId("rate"), { lines: ["line"], least: 1, format: formatRate });
    this.#latencies = new Chart(byId("latency"), {
      lines: ["line", "line.faint"],
      least: 1,
      floor: 0.01,
      format: formatMs,
    });
    this.#functions = new FunctionList({
      list: byId("functions"),
      search: byId("search") as HTMLInputElement,
      note: byId("function-note"),
    }, remote);
  }

  /**
   * Shows how the node is now.
   *
   * @param snapshot The first one of a connection makes a new beginning.
   * @throws {SynapseError} When the node doesn't say what it is asked besides.
   */
  async update(snapshot: Snapshot): Promise<void> {
    const { mayCall, you = "", events } = snapshot;
    if (mayCall === undefined) {
      this.#events.add(events);
    } else {
      this.#snapshots = 0;
      this.#mayCall = mayCall;
      this.#you = you;
      this.#events.begin(events);
      byId("read-only").hidden = mayCall;
      this.#info = readInfo(await this.#remote.call("_synapse.info"));
      showIdentity(this.#info);
    }
    if (this.#snapshots++ % METHODS_EVERY === 0) {
      this.#functions.show(await this.#remote.methods(), this.#mayCall);
    }
    this.#showCalls(snapshot);
    this.#showPeers(snapshot);
  }

  #showCalls({ uptimeMs, calls, latency }: Snapshot): void {
    this.#rates.add([calls.perSecond]);
    this.#latencies.add([latency?.p50Ms, latency?.p99Ms]);
    setText(byId("uptime"), ` · up ${formatSpan(uptimeMs)}`);
    setText(byId("rate-now"), formatRate(calls.perSecond));
    setText(byId("p50"), latency === null ? "–" : formatMs(latency.p50Ms));
    setText(byId("p99"), latency === null ? "–" : formatMs(latency.p99Ms));
    setText(byId("total"), formatCount(calls.total));
    setText(byId("failed"), formatCount(calls.failed));
  }

  #showPeers({ peers, peerCount }: Snapshot): void {
    const { name, namespace } = this.#info;
    const crowd = `@${namespace}`;
    const nameOf = (id: string): string => {
      if (id === this.#you) return "this page";
      if (/^wss?:/.test(id)) return "a WebSocket";
      return id.endsWith(crowd) ? id.slice(0, -crowd.length) : id;
    };
    const leftOut = peerCount - peers.length;
    setText(byId("peer-count"), formatCount(peerCount));
    setText(byId("peer-note"), leftOut > 0 ? `${formatCount(leftOut)} more are not shown.` : "");
    this.#network.show(peers, name + crowd, nameOf);
    this.#peers.show(peers, nameOf);
  }
}
