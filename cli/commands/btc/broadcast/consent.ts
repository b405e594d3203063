/**
 * Nobody's money moves by a slip of the pen.
 *
 * @module
 */
import type { BitcoinNetwork } from "../../../../bitcoin.ts";
import { untilAborted } from "../../../abort.ts";
import type { CliIo } from "../../../io.ts";
import { UsageError } from "../../../usage_error.ts";
import type { BroadcastOptions } from "./command.ts";

type Consent = Pick<BroadcastOptions, "isSure" | "input" | "parents">;

/** Longer answers are no yes. */
const MAX_ANSWER_BYTES = 1024;

/**
 * Refuses where it takes a yes, and nobody can be asked.
 *
 * @param options What was asked for.
 * @param network Where the transaction goes.
 * @param io The surroundings.
 * @throws {UsageError} Where there is no terminal, or stdin is the transaction.
 */
export function requireConsent(options: Consent, network: BitcoinNetwork, io: CliIo): void {
  if (!needsConsent(options, network)) return;
  if (!io.isTty) throw cannotAsk(network, "there is no terminal to ask on");
  const takesStdin = [options.input, ...options.parents].includes("-");
  if (takesStdin) throw cannotAsk(network, "stdin is the transaction, and can't be the answer too");
}

/**
 * Asks, where real money moves.
 *
 * @param options What was asked for.
 * @param network Where the transaction goes.
 * @param io The surroundings.
 * @throws {UsageError} When the answer isn't yes.
 */
export async function confirm(
  options: Consent,
  network: BitcoinNetwork,
  io: CliIo,
): Promise<void> {
  if (!needsConsent(options, network)) return;
  await io.err.write(`Send this to ${network.name}, where it can't be taken back? [y/N] `);
  const answer = (await readLine(io)).trim().toLowerCase();
  if (answer === "y" || answer === "yes") return;
  throw new UsageError("nothing was sent, for the answer wasn't yes");
}

function needsConsent({ isSure }: Consent, { isTest }: BitcoinNetwork): boolean {
  return !isSure && !isTest;
}

function cannotAsk({ name }: BitcoinNetwork, reason: string): UsageError {
  return new UsageError(`Cannot broadcast to ${name} without asking, and ${reason}: say --yes`);
}

async function readLine({ stdin, signal }: CliIo): Promise<string> {
  const iterator = stdin[Symbol.asyncIterator]();
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes("\n") && text.length < MAX_ANSWER_BYTES) {
    const { done, value } = await untilAborted(iterator.next(), signal);
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await iterator.return?.();
  return text.split("\n", 1)[0];
}
