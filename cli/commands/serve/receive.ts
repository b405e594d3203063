/**
 * Files that others send to a node that serves.
 *
 * @module
 */
import {
  type FileReception,
  formatAddress,
  type Node,
  receiveFiles,
  SynapseError,
} from "../../../mod.ts";
import { harmlessLine } from "../../harmless.ts";
import { formatBytes } from "../../progress.ts";
import { UsageError } from "../../usage_error.ts";
import type { ReceptionOption } from "./command.ts";
import type { EventLog } from "./event_log.ts";

/**
 * Begins to take files, where that is wanted.
 *
 * @param option Where they go.
 * @param node Where they come.
 * @param log Is told of each.
 * @throws {UsageError} When there is no such folder.
 */
export async function receive(
  option: ReceptionOption | undefined,
  node: Node,
  log: EventLog,
): Promise<FileReception | undefined> {
  if (option === undefined) return undefined;
  const { directory, overwrite } = option;
  try {
    return await receiveFiles(node, directory, {
      overwrite,
      onReceived: ({ name, bytes, peer }) => {
        const from = formatAddress(peer.address);
        const message = `received ${harmlessLine(name)} (${formatBytes(bytes)}) from ${from}`;
        void log.report({ event: "received", message });
      },
    });
  } catch (error) {
    throw error instanceof SynapseError ? new UsageError(error.message) : error;
  }
}
