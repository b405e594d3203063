/**
 * The flags that the commands of `synapse btc` have in common.
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from "commander";

/** Which network. */
export interface NetworkFlag {
  /** Its name, as it was written. */
  readonly network: string;
}

/** Which network, and whom to ask. */
export interface ConnectingFlags extends NetworkFlag {
  /** Nodes to ask, as they were written; others are looked for where there are none. */
  readonly peers: readonly string[];
  /** URL of a SOCKS5 proxy; undefined for none. */
  readonly proxy: string | undefined;
}

const HASH_PATTERN = /^[0-9a-f]{64}$/i;

/** `--network`. */
export function networkOption(): Option {
  return new Option("--network <name>", "the network; synapse btc --help has their names").default(
    "main",
    "main",
  );
}

/**
 * Adds the flags of those that connect to nodes.
 *
 * @param command Is changed.
 * @returns The same command.
 */
export function addConnectingFlags(command: Command): Command {
  return command
    .addOption(networkOption())
    .addOption(
      new Option("--peer <host:port>", "ask this node, and no others; may be repeated")
        .argParser(collect),
    )
    .option("--proxy <url>", "go through this proxy: socks5://host:port; Tor's is at port 9050");
}

/**
 * Reads them.
 *
 * @param flags What commander has parsed.
 */
export function readConnectingFlags(flags: Readonly<Record<string, unknown>>): ConnectingFlags {
  return {
    network: flags.network as string,
    peers: (flags.peer ?? []) as readonly string[],
    proxy: flags.proxy as string | undefined,
  };
}

/**
 * Gathers the values of a flag that may be repeated.
 *
 * @param text What the user wrote.
 * @param previous What came before.
 */
export function collect(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text];
}

/**
 * Reads the id of a transaction or the hash of a block.
 *
 * @param text What the user wrote.
 * @throws {InvalidArgumentError} When it is none.
 */
export function parseHashArgument(text: string): string {
  if (HASH_PATTERN.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError(
    `It must be 64 hex digits: got ${JSON.stringify(text.slice(0, 80))}`,
  );
}
