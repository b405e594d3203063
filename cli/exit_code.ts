/**
 * What the process's exit code says.
 *
 * @module
 */
import {
  DecodeError,
  EncodeError,
  RemoteError,
  SynapseError,
  TimeoutError,
  TransportError,
} from "../mod.ts";
import { Interruption } from "./interruption.ts";
import { OutputClosedError } from "./io.ts";
import { UsageError } from "./usage_error.ts";

/** Part of the contract with scripts, as is 130 for Ctrl-C (and 143 for `SIGTERM`). */
export const EXIT_CODE = {
  ok: 0,
  /** The remote refused or failed. */
  failed: 1,
  /** The command can't be carried out as it is written. */
  usage: 2,
  /** Nobody is there, or not any more. */
  unreachable: 3,
  timeout: 4,
  /** The other side doesn't speak the protocol. */
  protocol: 5,
} as const;

/**
 * Says with which exit code an error ends the process.
 *
 * @param error What a command threw.
 */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Interruption) return error.exitCode;
  if (error instanceof OutputClosedError) return EXIT_CODE.ok;
  if (error instanceof UsageError || error instanceof EncodeError) return EXIT_CODE.usage;
  if (error instanceof TransportError) return EXIT_CODE.unreachable;
  if (error instanceof TimeoutError) return EXIT_CODE.timeout;
  if (error instanceof DecodeError) return EXIT_CODE.protocol;
  if (error instanceof SynapseError && error.code === "protocol_error") return EXIT_CODE.protocol;
  if (error instanceof RemoteError) return EXIT_CODE.failed;
  // A scheme that no transport has.
  if (error instanceof SynapseError && error.code === "not_supported") return EXIT_CODE.usage;
  return EXIT_CODE.failed;
}
