/**
 * `synapse btc addr`: what it does.
 *
 * @module
 */
import {
  AddressBook,
  AddressBookFile,
  type AddressRecord,
  formatEndpoint,
  serviceNames,
} from "../../../../bitcoin.ts";
import { DecodeError, formatDuration } from "../../../../mod.ts";
import { formatColumns } from "../../../columns.ts";
import { readVariables } from "../../../environment.ts";
import { EXIT_CODE } from "../../../exit_code.ts";
import { harmlessLine } from "../../../harmless.ts";
import { type CliIo, note } from "../../../io.ts";
import { createPaint } from "../../../paint.ts";
import { printValue } from "../../../print_value.ts";
import { explainFileError } from "../../../save_file.ts";
import { UsageError } from "../../../usage_error.ts";
import type { Variables } from "../../../variables.ts";
import { addressBookPath, findNetworkFlag } from "../with_conduit.ts";
import type { AddrOptions } from "./command.ts";

const HEADING = ["address", "connected", "heard of", "failures", "services"];
const NEVER = "-";

/**
 * Lists the address book.
 *
 * @param options What was asked for.
 * @param io The surroundings.
 * @param variables The environment.
 * @returns The exit code.
 */
export async function addr(
  options: AddrOptions,
  io: CliIo,
  variables: Variables = readVariables(),
): Promise<number> {
  const network = findNetworkFlag(options.network);
  const path = addressBookPath(network, variables);
  const records = path === undefined ? [] : await readBook(path);
  if (records.length === 0) {
    await note(io, `no node of ${network.name} is known yet: synapse btc peers finds some`);
  } else if (options.isJson) {
    for (const record of records) await printValue(describe(record), "json", io);
  } else {
    const nowMs = Date.now();
    await io.out.write(formatColumns(HEADING, records.map((record) => row(record, nowMs)), {
      columns: io.columns,
      paint: createPaint(io).dim,
    }));
  }
  return EXIT_CODE.ok;
}

async function readBook(path: string): Promise<readonly Readonly<AddressRecord>[]> {
  const book = new AddressBook();
  try {
    const json = await new AddressBookFile(path).load();
    if (json !== undefined) book.restore(json);
  } catch (error) {
    const name = `address book ${path}`;
    throw new UsageError(
      error instanceof DecodeError
        ? error.message.replace("address book", () => name)
        : `Cannot read ${name} as ${explainFileError(error)}`,
    );
  }
  return book.list();
}

function row(record: Readonly<AddressRecord>, nowMs: number): readonly string[] {
  const { connectedMs, seenMs, bannedUntilMs, failures, services } = record;
  const trouble = bannedUntilMs > nowMs ? "left alone" : String(failures);
  return [
    formatEndpoint(record),
    formatAgo(connectedMs, nowMs),
    formatAgo(seenMs, nowMs),
    trouble,
    serviceNames(services).join(", "),
  ].map(harmlessLine);
}

function formatAgo(ms: number, nowMs: number): string {
  return ms === 0 ? NEVER : `${formatDuration(Math.max(0, nowMs - ms))} ago`;
}

/** Times are milliseconds since 1970, null for never. */
function describe(record: Readonly<AddressRecord>): Readonly<Record<string, unknown>> {
  const { host, port, services, seenMs, triedMs, connectedMs, bannedUntilMs, failures } = record;
  return {
    host,
    port,
    services: serviceNames(services),
    seenMs: seenMs || null,
    triedMs: triedMs || null,
    connectedMs: connectedMs || null,
    bannedUntilMs: bannedUntilMs || null,
    failures,
  };
}
