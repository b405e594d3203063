/**
 * `synapse btc`: which commands it has.
 *
 * @module
 */
import { Command } from "commander";
import type { CliIo } from "../../io.ts";
import { addrCommand } from "./addr/command.ts";
import { blockCommand } from "./block/command.ts";
import { broadcastCommand } from "./broadcast/command.ts";
import { decodeCommand } from "./decode/command.ts";
import { headersCommand } from "./headers/command.ts";
import { peersCommand } from "./peers/command.ts";
import { txCommand } from "./tx/command.ts";
import { watchCommand } from "./watch/command.ts";

/** Gets what was parsed, and what is to be run with it. */
export type Act = <Options extends object>(
  options: Options,
  run: (io: CliIo) => Promise<number>,
) => void;

const HELP = `
Networks:
  main, testnet3, testnet4, signet, regtest; bsv-main, bsv-test, bsv-stn,
  bsv-regtest; bch-main. Nodes are found by asking DNS seeds, and remembered in
  bitcoin-<network>.json beside the key file (synapse key path), unless --peer
  names some. Regtests have no seeds.

Exit codes of broadcast:
  0 somebody shows that they have it, 1 refused, 2 not a transaction,
  3 no peers, 4 no evidence in time

Examples:
  $ synapse btc decode @payment.hex
  $ synapse btc broadcast @payment.hex --network testnet4
  $ synapse btc peers --count 20
  $ synapse btc help broadcast
`;

/**
 * Declares the command and those that it holds. Each action is loaded when it is called for.
 *
 * @param act Gets what was parsed.
 */
export function btcCommand(act: Act): Command {
  return new Command("btc")
    .summary("broadcast Bitcoin transactions, and look at the network")
    .description("Broadcasts Bitcoin transactions, and looks at the network, without a node.")
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .helpCommand("help [command]", "print help for a command")
    .addCommand(broadcastCommand((options) =>
      act(
        options,
        async (io) => (await import("./broadcast/action.ts")).broadcast(options, io),
      )
    ))
    .addCommand(
      decodeCommand((options) =>
        act(options, async (io) => (await import("./decode/action.ts")).decode(options, io))
      ),
    )
    .addCommand(
      peersCommand((options) =>
        act(options, async (io) => (await import("./peers/action.ts")).peers(options, io))
      ),
    )
    .addCommand(
      watchCommand((options) =>
        act(options, async (io) => (await import("./watch/action.ts")).watch(options, io))
      ),
    )
    .addCommand(
      headersCommand((options) =>
        act(options, async (io) => (await import("./headers/action.ts")).headers(options, io))
      ),
    )
    .addCommand(
      blockCommand((options) =>
        act(options, async (io) => (await import("./block/action.ts")).block(options, io))
      ),
    )
    .addCommand(
      txCommand((options) =>
        act(options, async (io) => (await import("./tx/action.ts")).tx(options, io))
      ),
    )
    .addCommand(
      addrCommand((options) =>
        act(options, async (io) => (await import("./addr/action.ts")).addr(options, io))
      ),
    )
    .addHelpText("after", HELP);
}
