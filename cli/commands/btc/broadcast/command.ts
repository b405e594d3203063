/**
 * `synapse btc broadcast`: what it takes.
 *
 * @module
 */
import { Command, InvalidArgumentError, Option } from "commander";
import { colorOption, jsonOption, parseWait, wholeNumber } from "../../../options.ts";
import {
  addConnectingFlags,
  collect,
  type ConnectingFlags,
  readConnectingFlags,
} from "../flags.ts";

/** What the action takes. */
export interface BroadcastOptions extends ConnectingFlags {
  /** As it was written: hex, `-`, `@file`. */
  readonly input: string;
  /** Transactions that come along, as they were written. */
  readonly parents: readonly string[];
  /** How many peers are told. */
  readonly nodes: number;
  /** How many are left untold, and watched. */
  readonly watchers: number;
  /** How long to wait for evidence. */
  readonly waitMs: number;
  /** Whether nobody is to be asked before money moves. */
  readonly isSure: boolean;
  readonly isJson: boolean;
}

const MAX_PEERS = 100;
const MAX_WAIT_MS = 120_000;

const HELP = `
What happens:
  First the transaction is shown, and nothing is sent if it is none. Some peers
  are told that it is to be had, and get it when they ask. The others are never
  told, but watched: when they announce it, it has travelled. A node never tells
  a transaction to whoever it has it from, so that its silence says nothing. Of
  one node alone, a second connection is watched, and it is asked to give the
  transaction back. Nodes that want no transactions, or are still catching up
  with the chain, are passed over.

  Bitcoin Core never says that it refuses; other nodes may. "refused" is what
  strangers say, and "sent, unconfirmed" that nobody says anything.

What is printed:
  The transaction, the path that it took, and the verdict. Meanwhile stderr has
  a live line per peer on a terminal, or else a line for what happens. --json
  prints it all on stdout, one JSON value a line: type "decoded" first, then the
  events, with type "finished" and the report at the end.

Exit codes:
  0 somebody shows that they have it, 1 refused, 2 not a transaction,
  3 no peers, 4 no evidence in time

Examples:
  $ synapse btc broadcast @payment.hex
  $ synapse btc broadcast @payment.hex --network testnet4 --wait 60s
  $ cat payment.hex | synapse btc broadcast - --yes --json | tail -n 1
  $ synapse btc broadcast @child.hex --parent @parent.hex
  $ synapse btc broadcast @payment.hex --proxy socks5://127.0.0.1:9050
  $ synapse btc broadcast @tx.hex --network regtest --peer localhost:18444
`;

/**
 * Declares the command.
 *
 * @param act Gets what was parsed.
 */
export function broadcastCommand(act: (options: BroadcastOptions) => void): Command {
  const command = new Command("broadcast")
    .summary("send a transaction, and see that it travels")
    .description("Sends a signed transaction to some nodes, and watches others for it to arrive.")
    .argument("<rawtx>", "the transaction in hex, - for stdin, or @file");
  return addConnectingFlags(command)
    .option("--nodes <n>", "tell so many", wholeNumber(1, MAX_PEERS), 5)
    .option("--watch <n>", "leave so many untold, and watch them", wholeNumber(0, MAX_PEERS), 4)
    .addOption(
      new Option("--wait <duration>", "wait for evidence for so long, 2m at most")
        .default(30_000, "30s").argParser(parseBroadcastWait),
    )
    .addOption(
      new Option(
        "--parent <rawtx>",
        "a transaction that this one spends, to be sent along; may be repeated",
      ).argParser(collect),
    )
    .option("--yes", "don't ask before real money moves")
    .addOption(jsonOption())
    .addOption(colorOption())
    .addHelpText("after", HELP)
    .action((input: string, flags) =>
      act({
        ...readConnectingFlags(flags),
        input,
        parents: flags.parent ?? [],
        nodes: flags.nodes,
        watchers: flags.watch,
        waitMs: flags.wait,
        isSure: flags.yes ?? false,
        isJson: flags.json ?? false,
      })
    );
}

function parseBroadcastWait(text: string): number {
  const ms = Math.ceil(parseWait(text));
  if (ms <= MAX_WAIT_MS) return ms;
  throw new InvalidArgumentError(`It must be 2m at most: got ${JSON.stringify(text)}`);
}
