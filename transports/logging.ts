/**
 * What a node does, as records of LogTape: silent until the application configures the category `synapse`.
 *
 * | category | level | what |
 * | --- | --- | --- |
 * | `synapse`, `message` | debug | each message: dialect, peer, method, size, time; never what is in it |
 * | `synapse`, `connection` | debug, info, warning | connections that come, go, are refused |
 * | `synapse`, `peer` | info, warning | peers that join, leave, change their key |
 * | `synapse`, `task` | error | background tasks, notifications and listeners that throw |
 *
 * @module
 */
import { getLogger, type LogRecord } from "@logtape/logtape";
import { type Address, formatAddress } from "../core/address.ts";
import type { Caller } from "../core/caller.ts";
import type { Node } from "../core/node.ts";
import type { NodeEvents } from "../core/node_options.ts";
import { RemoteLogWriter, type RemoteLogWriterOptions } from "../core/remote_log.ts";
import type { Trace } from "../core/trace.ts";
import { systemClock } from "./system.ts";

const CATEGORY = "synapse";

/** Tells LogTape of every message, where it is to know: `synapse`, `message` at debug. */
export function traceMessages(): Trace | undefined {
  const logger = getLogger([CATEGORY, "message"]);
  if (!logger.isEnabledFor("debug")) return undefined;
  return (entry) => {
    const { direction, method, bytes, ms } = entry;
    const about = method === undefined ? "" : " {method}";
    const size = bytes === undefined ? "" : ` ${bytes} B`;
    const time = ms === undefined ? "" : ` ${ms.toFixed(3)} ms`;
    const arrow = direction === "in" ? "<-" : "->";
    logger.debug(`${arrow} {peer} {dialect} {type}${about}${size}${time}`, { ...entry });
  };
}

type Report<Name extends keyof NodeEvents> = (event: NodeEvents[Name]) => void;

/**
 * Tells LogTape what happens to a node.
 *
 * @param node Any.
 */
export function logEvents(node: Pick<Node, "on">): void {
  const connection = getLogger([CATEGORY, "connection"]);
  const peer = getLogger([CATEGORY, "peer"]);
  const task = getLogger([CATEGORY, "task"]);
  // What peers say is in the trace already.
  const reports: { readonly [Name in Exclude<keyof NodeEvents, "nodeMessage">]: Report<Name> } = {
    listening: ({ address }) => connection.info("listening on {address}", where(address)),
    accepted: ({ peer: { address } }) => connection.debug("accepted {address}", where(address)),
    released: ({ peer: { address }, error }) => {
      if (error === undefined) connection.debug("released {address}", where(address));
      else connection.info("lost {address}: {reason}", { ...where(address), ...why(error) });
    },
    refused: ({ address, error }) =>
      connection.warning("refused {address}: {reason}", { ...where(address), ...why(error) }),
    peerJoined: ({ peer: { name, addresses } }) =>
      peer.info("{name} is there: {addresses}", { name, addresses }),
    peerUpdated: ({ peer: { name, addresses } }) =>
      peer.debug("{name} has changed: {addresses}", { name, addresses }),
    peerOffline: ({ peer: { name } }) => peer.info("{name} isn't there any more", { name }),
    peerLeft: ({ peer: { name } }) => peer.debug("{name} is forgotten", { name }),
    peerKeyChanged: ({ observation: { name, address } }) =>
      peer.warning("did not believe {address}, which goes by the name of {name}", {
        name,
        address,
      }),
    renamed: ({ from, to }) => peer.warning("goes by {to} as {from} is taken", { from, to }),
    packetsDropped: (summary) => peer.warning("dropped packets: {summary}", { summary }),
    discoveryWarning: ({ error }) => peer.warning("{reason}", why(error)),
    taskFailed: ({ name, error }) =>
      task.error("task {name} failed: {reason}", { name, ...why(error) }),
    notifyFailed: ({ method, error }) =>
      task.warning("{method} failed, and its caller wants no answer: {reason}", {
        method,
        ...why(error),
      }),
    listenerFailed: ({ name, error }) =>
      task.error("a listener of {name} failed: {reason}", { name, ...why(error) }),
  };
  for (const [name, report] of Object.entries(reports)) {
    node.on(name as keyof NodeEvents, report as Report<keyof NodeEvents>);
  }
}

function where(address: Address): { readonly address: string } {
  return { address: formatAddress(address) };
}

function why(error: unknown): { readonly reason: string } {
  return { reason: error instanceof Error ? error.message : String(error) };
}

/** A sink of LogTape that sends records to a node. LogTape's `dispose()` sends what is left. */
export type RemoteSink = ((record: LogRecord) => void) & AsyncDisposable;

/**
 * Makes a sink for LogTape that sends records to a node that collects them. It never blocks: of what can't be sent,
 * the oldest is dropped first.
 *
 * @param collector The node, such as `await node.connect("collector:9999", { reconnect: true })`.
 * @param options How many records wait at most, 1,000 by default.
 * @returns For `configure({ sinks: { remote: ... } })`.
 */
export function createRemoteSink(
  collector: Pick<Caller, "call">,
  options: Pick<RemoteLogWriterOptions, "maxWaiting"> = {},
): RemoteSink {
  const writer = new RemoteLogWriter({ collector, clock: systemClock, ...options });
  const sink = ({ level, category, message, timestamp }: LogRecord): void => {
    // Sending makes messages: each would make the next one.
    if (category[0] === CATEGORY && category[1] === "message") return;
    const text = message.map((part) => typeof part === "string" ? part : formatPart(part)).join("");
    writer.write({ level, category, message: text, timeMs: Math.floor(timestamp) });
  };
  return Object.assign(sink, { [Symbol.asyncDispose]: () => writer.close() });
}

/** A logger must not fail because of what is logged. */
function formatPart(part: unknown): string {
  try {
    return part instanceof Error ? part.message : JSON.stringify(part) ?? String(part);
  } catch {
    return "[unreadable]";
  }
}
