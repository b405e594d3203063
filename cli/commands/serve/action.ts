/**
 * `synapse serve`: what it does.
 *
 * @module
 */
import process from "node:process";
import {
  type Address,
  type FileReception,
  formatAddress,
  Node,
  type NodeWorld,
  type P2pPeer,
  parseAddress,
} from "../../../mod.ts";
import type { ServeHttpOptions } from "../../../http.ts";
import { untilAborted } from "../../abort.ts";
import { explainError } from "../../explain_error.ts";
import { harmlessLine } from "../../harmless.ts";
import { type CliIo, note } from "../../io.ts";
import { beginLooking, readIdentity } from "../../looking_node.ts";
import { printValue } from "../../print_value.ts";
import { UsageError } from "../../usage_error.ts";
import { AddressBook } from "./address_book.ts";
import type { PnetOption, ServeOptions } from "./command.ts";
import { EventLog, type ServeEvent } from "./event_log.ts";
import { explainFailure } from "./explain_failure.ts";
import { loadModule } from "./load_module.ts";
import { ProgramRunner } from "./program_runner.ts";
import { publishModule } from "./publish_module.ts";
import { publishProgram } from "./publish_program.ts";
import { printLogs } from "./print_logs.ts";
import { receive } from "./receive.ts";
import { formatReport, reportEvent } from "./report.ts";

/**
 * Serves until it is interrupted, and then until the calls under way are answered.
 *
 * @param options What was asked for.
 * @param io The surroundings.
 * @param world What differs from this machine.
 * @throws {Interruption} In the end.
 */
export async function serve(
  options: ServeOptions,
  io: CliIo,
  world: Partial<NodeWorld> = {},
): Promise<never> {
  const { namespace, name, addresses, isJson, peers, dialects, swarm } = options;
  const { signal } = io;
  const node = new Node(
    { namespace, name, dialects, swarm, ...await readIdentity(options.identity) },
    world,
  );
  const log = new EventLog(io, isJson);
  log.follow(node);
  let book: AddressBook | undefined;
  let reception: FileReception | undefined;
  let bitcoin: AsyncDisposable | undefined;
  try {
    for (const { key, pattern } of options.rules) node.allow(key, [pattern]);
    if (options.collectsLogs) printLogs(node, io, isJson);
    reception = await receive(options.reception, node, log);
    bitcoin = await joinBitcoin(options, node);
    await untilAborted(publish(options, node), signal);
    if (options.http !== undefined) await speakHttp(options.http, node);
    if (options.pnet !== undefined) await joinPnet(options, options.pnet, node, log);
    if (peers !== undefined) book = await AddressBook.open(peers, node.peers, log);
    for (const address of addresses) await node.listen(address);
    for (const url of options.joins) await untilAborted(join(node, url), signal);
    if (options.isAdvertised) await advertise(options, node, log, signal);
    if (options.rules.length === 0) {
      for (const address of node.addresses) await warnIfExposed(address, io);
    }
    if (isJson) await printValue(reportEvent(node), "json", io);
    else await io.out.write(formatReport(node, io));
    if (options.pnet !== undefined) await log.report(warning(PNET_IS_WEAK));
    if (reception !== undefined) await note(io, `files go to ${harmlessLine(reception.path)}`);
    await untilAborted(new Promise<never>(() => {}), signal);
  } finally {
    if (signal.aborted) {
      await log.report({ event: "stopping", message: "stopping; Ctrl-C again doesn't wait" });
    }
    await node.close();
    await bitcoin?.[Symbol.asyncDispose]();
    await reception?.close();
    await book?.close();
  }
  throw signal.reason;
}

/** Who can't be found serves nevertheless. */
async function advertise(
  { discovery }: ServeOptions,
  node: Node,
  log: EventLog,
  signal: AbortSignal,
): Promise<void> {
  const canBeCalled = node.addresses.some(({ scheme }) => scheme === "tcp");
  try {
    await beginLooking(canBeCalled ? node.advertise(discovery) : node.discover(discovery), signal);
  } catch (error) {
    if (error instanceof UsageError || signal.aborted) throw error;
    await log.report({ event: "discovery_warning", message: `warning: ${explainError(error)}` });
  }
}

async function join(node: Node, url: string): Promise<void> {
  const address = parseAddress(url);
  if (address.scheme === "synapse") await node.swarm.join(address);
  else await node.join(url);
}

async function joinBitcoin(
  { btc }: ServeOptions,
  node: Node,
): Promise<AsyncDisposable | undefined> {
  if (btc === undefined) return undefined;
  const { publishBitcoin } = await import("./publish_bitcoin.ts");
  return publishBitcoin(node, btc.network, btc);
}

const PNET_IS_WEAK =
  "pnet's cryptography is weak: anybody near can pass for a node of it, and be believed";

async function speakHttp(http: ServeHttpOptions, node: Node): Promise<void> {
  const { serveHttp } = await import("../../../http.ts");
  serveHttp(node, http);
}

async function joinPnet(
  { discovery }: ServeOptions,
  { networkKey }: PnetOption,
  node: Node,
  log: EventLog,
): Promise<void> {
  const { servePnet } = await import("../../../pnet.ts");
  try {
    await servePnet(node, {
      ...discovery,
      networkKey,
      onWarning: (error) => void log.report(warning(explainError(error))),
    });
  } catch (error) {
    throw new UsageError(explainError(error));
  }
}

function warning(text: string): ServeEvent {
  return { event: "warning", message: `warning: ${text}` };
}

async function publish(options: ServeOptions, node: Node): Promise<void> {
  const { module: path, hasEcho, programs, collectsLogs } = options;
  if (hasEcho) {
    node.endpoint("echo", { description: "Returns its arguments." }, (...args: unknown[]) => args);
    node.p2p.on("nodeMessage", ({ peer, data }) => sendBack(peer, data));
  }
  const runner = new ProgramRunner();
  if (programs.length > 0) process.once("exit", () => runner.kill());
  for (const program of programs) publishProgram(node, program, runner);
  if (path !== undefined) await publishFile(path, node);
  const isEmpty = node.endpoints.length === 0 && node.tasks.length === 0;
  const hasOther = options.reception !== undefined || collectsLogs;
  if (!isEmpty || (hasOther && path === undefined)) return;
  throw new UsageError(
    path === undefined
      ? "Cannot serve as there is nothing to: name a module, --echo, --exec, --btc, --receive or --collect-logs; see synapse serve --help"
      : `Cannot serve ${path} as it exports no function`,
  );
}

/** What came compressed may hold bytes that can't go as they are. */
async function sendBack(peer: P2pPeer, data: unknown): Promise<void> {
  await peer.send(data)
    .catch(() => peer.send(data, { compression: "zlib" }))
    .catch(() => {});
}

async function publishFile(path: string, node: Node): Promise<void> {
  const exports = await loadModule(path);
  try {
    await publishModule(exports, node);
  } catch (error) {
    const reason = error instanceof UsageError ? error.message : explainFailure(error, path);
    throw new UsageError(`Cannot serve ${path} as ${reason}`);
  }
}

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|::1|::ffff:127(?:\.\d+){3})$/;

async function warnIfExposed(address: Address, io: CliIo): Promise<void> {
  if (address.scheme !== "tcp" || LOOPBACK.test(address.host)) return;
  const url = formatAddress(address);
  await note(io, `warning: whoever can reach ${url} may call every function published here`);
}
