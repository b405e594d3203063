/**
 * `synapse serve`: what it takes.
 *
 * @module
 */
import { Command, InvalidArgumentError, Option } from "commander";
import { formatAddress, parseAddress, Permissions, type SwarmPlace } from "../../../mod.ts";
import type { ServeHttpOptions } from "../../../http.ts";
import { networkKeyOption } from "../../calling_flags.ts";
import {
  addDiscoveryFlags,
  type DiscoveryFlags,
  readDiscoveryFlags,
} from "../../discovery_flags.ts";
import {
  colorOption,
  jsonOption,
  namespaceOption,
  parseTarget,
  readArgument,
  splitPair,
  wholeNumber,
} from "../../options.ts";
import { VariableOption } from "../../variables.ts";
import { SERVE_HELP } from "./help.ts";
import { splitCommandLine } from "./split_command_line.ts";

/** A program that is published as a function. */
export interface ExecOption {
  /** The function's name. */
  readonly name: string;
  /** The program and the arguments that come before the caller's. */
  readonly argv: readonly string[];
}

/** What the action takes. */
export interface ServeOptions extends DiscoveryFlags {
  /** Path of a module, as it was written. */
  readonly module: string | undefined;
  readonly namespace: string;
  readonly name: string;
  /** URLs to listen on. */
  readonly addresses: readonly string[];
  readonly hasEcho: boolean;
  readonly programs: readonly ExecOption[];
  /** Where files go that others send; undefined where none are taken. */
  readonly reception?: ReceptionOption;
  /** Whether log records of other nodes are collected. */
  readonly collectsLogs: boolean;
  /** Whether others of the namespace are to find it. */
  readonly isAdvertised: boolean;
  /** The pnet network to serve besides, which is the namespace; undefined for none. */
  readonly pnet?: PnetOption;
  /** The protocols that the listeners speak; undefined for all. */
  readonly dialects: readonly string[] | undefined;
  /** The place among nodes of synapse 1 and 2. */
  readonly swarm: SwarmPlace;
  /** How HTTP is served; undefined for not at all. */
  readonly http: ServeHttpOptions | undefined;
  /** Nodes to join in a cluster: their URLs. */
  readonly joins: readonly string[];
  /** Bitcoin's network that is served besides; undefined for none. */
  readonly btc?: BitcoinOption;
  /** Who may call what; everybody everything where there is no rule. */
  readonly rules: readonly AllowRule[];
  /** Path of the address book, where there is to be one. */
  readonly peers: string | undefined;
  readonly isJson: boolean;
}

/** Lets a key call functions. */
export interface AllowRule {
  /** A public key, base64url; `*` for everybody. */
  readonly key: string;
  /** Names of functions, in which `*` stands for any characters. */
  readonly pattern: string;
}

/** How Bitcoin's network is served. */
export interface BitcoinOption {
  /** Its name, as it was written. */
  readonly network: string;
  /** Nodes of it to ask, as they were written; others are looked for where there are none. */
  readonly peers: readonly string[];
}

/** How pnet's nodes are served. */
export interface PnetOption {
  /** The network's Fernet key, where it has one. */
  readonly networkKey: string | undefined;
}

/** A folder that takes files. */
export interface ReceptionOption {
  /** Its path. */
  readonly directory: string;
  /** Whether a file gives way to one of the same name. */
  readonly overwrite: boolean;
}

/** What a listener can tell apart. */
const DIALECTS: readonly string[] = [
  "msgpack-rpc",
  "synapse",
  "synapse-v0",
  "p2pnetwork",
  "http",
  "pnet",
];

/**
 * Declares the command.
 *
 * @param act Gets what was parsed.
 */
export function serveCommand(act: (options: ServeOptions) => void): Command {
  const command = new Command("serve")
    .summary("publish functions for others to call")
    .description("Publishes the functions of a module, or programs, for others to call.")
    .argument("[module]", "a .ts or .js file whose functions are published")
    .addOption(namespaceOption("the crowd to belong to"))
    .addOption(new VariableOption("--name <name>", "the node's name in there", "SYNAPSE_NAME"))
    .addOption(
      new VariableOption("--host <host>", "listen on this address", "SYNAPSE_HOST")
        .default("127.0.0.1", "127.0.0.1"),
    )
    .addOption(
      new VariableOption("--port <port>", "listen on this port; 0 for a free one", "SYNAPSE_PORT")
        .default(9999).argParser(wholeNumber(0, 65_535)),
    )
    .addOption(
      new Option("--listen <url>", "listen there, instead of on host and port; may be repeated")
        .argParser(collectAddress),
    )
    .option("--echo", "publish echo(...args), and send messages of p2p nodes back")
    .addOption(
      new Option("--exec <name=command>", "publish a program; may be repeated")
        .argParser(collectProgram),
    )
    .option("--receive <dir>", "take files that others send, into this folder")
    .option("--overwrite", "replace files of the same name; with --receive")
    .addOption(
      new Option(
        "--allow <key=pattern>",
        "let this key call functions of these names, and nobody else any; may be repeated",
      ).argParser(collectRule),
    )
    .addOption(
      new Option("--dialect <names>", "speak only these, such as msgpack-rpc,http")
        .argParser(parseDialects),
    )
    .option("--no-http", "no page, metrics, JSON-RPC or WebSockets")
    .addOption(
      new Option("--allow-origin <origin>", "let pages from there call; may be repeated")
        .argParser(collectOrigin),
    )
    .option("--page-calls", "let the node's own page call functions, also from elsewhere")
    .addOption(
      new VariableOption(
        "--secret <secret>",
        "let proxies of easyrpc call that know it",
        "SYNAPSE_SECRET",
      ),
    )
    .option("--swarm <name>", "the swarm, for nodes of synapse 1 and 2")
    .option("--team <name>", "the team in it", "default")
    .addOption(
      new Option("--join <url>", "share functions with this node's cluster; may be repeated")
        .argParser(collectAddress),
    )
    .option("--pnet", "serve the nodes of pnet too, whose network is the namespace")
    .addOption(networkKeyOption("of the network; with --pnet"))
    .option("--btc <network>", "publish btc.broadcast, btc.peers and btc.decode")
    .addOption(
      new Option("--btc-peer <host:port>", "ask this Bitcoin node, and no others; may be repeated")
        .argParser(collectText),
    )
    .option("--collect-logs", "print the log records that other nodes send")
    .option("--no-advertise", "don't look for others, nor be found by them")
    .option("--peers <file>", "keep found peers in this file");
  return addDiscoveryFlags(command)
    .addOption(jsonOption())
    .addOption(colorOption())
    .addHelpText("after", SERVE_HELP)
    .action((module: string | undefined, flags, command: Command) => {
      const namespace = flags.namespace ?? "";
      const needy = ["interface", "seed", "peers"].find((flag) => flags[flag] !== undefined);
      if (needy !== undefined && (namespace === "" || !flags.advertise)) {
        command.error(
          `error: --${needy} is for finding others, which takes --namespace and no --no-advertise`,
        );
      }
      act({
        ...readDiscoveryFlags(flags),
        module,
        namespace,
        name: flags.name ?? "",
        addresses: flags.listen ?? [tcpAddress(flags, command)],
        hasEcho: flags.echo ?? false,
        programs: flags.exec ?? [],
        ...readReception(flags, command),
        ...readPnet(flags, command),
        ...readBitcoin(flags, command),
        collectsLogs: flags.collectLogs ?? false,
        isAdvertised: flags.advertise && namespace !== "",
        dialects: flags.dialect,
        swarm: readSwarm(flags, command),
        http: readHttp(flags),
        joins: flags.join ?? [],
        rules: flags.allow ?? [],
        peers: flags.peers,
        isJson: flags.json ?? false,
      });
    });
}

function tcpAddress(flags: { host: string; port: number }, command: Command): string {
  const { host, port } = flags;
  try {
    return formatAddress(parseAddress(formatAddress({ scheme: "tcp", host, port, path: "" })));
  } catch {
    return command.error(`error: host is no name or IP address: got ${JSON.stringify(host)}`);
  }
}

function collectAddress(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, parseTarget(text)];
}

function collectText(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text];
}

function readSwarm(
  { swarm, team, dialect }: { swarm?: string; team: string; dialect?: readonly string[] },
  command: Command,
): SwarmPlace {
  const given = (["swarm", "team"] as const).find((flag) =>
    command.getOptionValueSource(flag) === "cli"
  );
  if (given !== undefined && !(dialect?.includes("synapse") ?? true)) {
    command.error(`error: --${given} needs synapse among what --dialect names`);
  }
  return { swarm, team };
}

function readBitcoin(
  { btc: network, btcPeer: peers = [] }: { btc?: string; btcPeer?: readonly string[] },
  command: Command,
): Pick<ServeOptions, "btc"> {
  if (network !== undefined) return { btc: { network, peers } };
  return peers.length > 0 ? command.error("error: --btc-peer needs --btc <network>") : {};
}

function collectProgram(text: string, previous: readonly ExecOption[] = []): readonly ExecOption[] {
  const [name, line] = splitPair(text, "name=command");
  return [...previous, { name, argv: readArgument(() => splitCommandLine(line)) }];
}

function collectOrigin(text: string, previous: readonly string[] = []): readonly string[] {
  if (text === "*" || (URL.canParse(text) && new URL(text).origin === text)) {
    return [...previous, text];
  }
  throw new InvalidArgumentError(
    `It must be an origin such as https://example.com, or *: got ${JSON.stringify(text)}`,
  );
}

// deno-lint-ignore no-explicit-any -- what commander has parsed
function readHttp({ http, allowOrigin, pageCalls, secret }: any): ServeHttpOptions | undefined {
  if (!http) return undefined;
  return { allowOrigins: allowOrigin, pageCalls, easyrpc: secret && { secret } };
}

function parseDialects(text: string): readonly string[] {
  const names = text.split(",");
  const unknown = names.find((name) => !DIALECTS.includes(name));
  if (unknown === undefined) return names;
  throw new InvalidArgumentError(
    `It must be some of ${DIALECTS.join(", ")}: got ${JSON.stringify(unknown)}`,
  );
}

function collectRule(text: string, previous: readonly AllowRule[] = []): readonly AllowRule[] {
  // A key is base64url: it holds no "=".
  const [key, pattern] = splitPair(text, "key=pattern");
  readArgument(() => new Permissions().allow(key, [pattern]));
  return [...previous, { key, pattern }];
}

function readPnet(
  { pnet, networkKey, namespace, name }: Readonly<Record<string, string | undefined>>,
  command: Command,
): Pick<ServeOptions, "pnet"> {
  if (pnet !== undefined) {
    if (namespace && name) return { pnet: { networkKey } };
    command.error("error: --pnet needs --namespace <name>, its network, and --name <name>");
  }
  const isGiven = command.getOptionValueSource("networkKey") === "cli";
  return isGiven ? command.error("error: --network-key needs --pnet") : {};
}

function readReception(
  { receive: directory, overwrite = false }: { receive?: string; overwrite?: boolean },
  command: Command,
): Pick<ServeOptions, "reception"> {
  if (directory !== undefined) return { reception: { directory, overwrite } };
  return overwrite ? command.error("error: --overwrite needs --receive <dir>") : {};
}
