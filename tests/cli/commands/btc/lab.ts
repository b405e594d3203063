/**
 * A terminal, a clock and some Bitcoin nodes for the commands of `synapse btc`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { ConduitWorld } from "../../../../bitcoin.ts";
import type { Block } from "../../../../core/codecs/bitcoin/block.ts";
import { blockHash, type BlockHeader } from "../../../../core/codecs/bitcoin/block_header.ts";
import { formatHash } from "../../../../core/codecs/bitcoin/hash.ts";
import type { BitcoinMessage } from "../../../../core/codecs/bitcoin/messages.ts";
import { ConduitLab } from "../../../support/bitcoin/conduit_lab.ts";
import {
  type Conversation,
  ScriptedNode,
  type Surroundings,
} from "../../../support/bitcoin/scripted_node.ts";
import { seededRandom } from "../../../support/seeded_random.ts";

/** Who is asked, where nothing else is said. */
export const AT_A = { network: "regtest", peers: ["a:1"], proxy: undefined };

/** What a command runs in. */
export class CommandLab extends ConduitLab {
  #draws = 0;

  /** What differs from this machine. */
  get world(): ConduitWorld {
    return {
      transport: this.network,
      clock: this.clock,
      random: seededRandom(1),
      randomBytes: (count) => new Uint8Array(count).fill(++this.#draws),
    };
  }
}

/** A node that has some blocks. */
export class ChainNode extends ScriptedNode {
  readonly #headers: readonly BlockHeader[];
  readonly #blocks: ReadonlyMap<string, Block>;

  constructor(
    surroundings: Surroundings,
    name: string,
    { headers = [], blocks = [] }: {
      readonly headers?: readonly BlockHeader[];
      readonly blocks?: readonly Block[];
    },
  ) {
    super(surroundings, name);
    this.#headers = headers;
    this.#blocks = new Map(blocks.map((block) => [formatHash(blockHash(block.header)), block]));
  }

  override heard(conversation: Conversation, message: BitcoinMessage): void {
    super.heard(conversation, message);
    if (message.command === "getheaders") {
      conversation.send({ command: "headers", headers: this.#headers });
    }
    if (message.command !== "getdata") return;
    for (const { hash } of message.items) {
      const block = this.#blocks.get(formatHash(hash));
      if (block !== undefined) conversation.send({ command: "block", block });
    }
  }
}

/** Hex as the bytes that it stands for. */
export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

/** Each line of output as JSON. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}
