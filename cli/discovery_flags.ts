/**
 * The flags of all commands that look for peers, or let themselves be found.
 *
 * @module
 */
import { type Command, Option } from "commander";
import type { DiscoverOptions } from "../mod.ts";
import { identityOption, parseTarget, wholeNumber } from "./options.ts";

/** Where to look, and as whom. */
export interface DiscoveryFlags {
  /** Where. */
  readonly discovery: DiscoverOptions;
  /** Path of a key file; undefined for a new key. */
  readonly identity: string | undefined;
}

const DEFAULT_PORT = 3334;

/**
 * Adds them to a command.
 *
 * @param command Is changed.
 * @returns The same command.
 */
export function addDiscoveryFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--interface <name>",
        "find others on this network interface only, given by name or address; may be repeated",
      ).argParser(collectWord),
    )
    .addOption(
      new Option("--advertise-port <port>", "find others on this UDP port")
        .default(DEFAULT_PORT).argParser(wholeNumber(1, 65_535)),
    )
    .addOption(
      new Option(
        "--seed <host:port>",
        "ask this node for others, where broadcasts don't reach them; may be repeated",
      ).argParser(collectSeed),
    )
    .addOption(identityOption("be known by the key in this file, and sign calls with it"));
}

/**
 * Reads them.
 *
 * @param flags What commander has parsed.
 */
export function readDiscoveryFlags(flags: Readonly<Record<string, unknown>>): DiscoveryFlags {
  return {
    discovery: {
      port: flags.advertisePort as number,
      interfaces: flags.interface as readonly string[] | undefined,
      seeds: flags.seed as readonly string[] | undefined,
    },
    identity: flags.identity as string | undefined,
  };
}

function collectWord(word: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, word];
}

function collectSeed(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, parseTarget(text)];
}
