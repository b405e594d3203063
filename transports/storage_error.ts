/**
 * What a file system's error means, in words that may be said to a peer: without paths.
 *
 * @module
 */
import { SynapseError } from "../core/errors.ts";

const EXPLANATIONS: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  EDQUOT: "the quota is used up",
  EFBIG: "the file system takes no file of that size",
  EIO: "the disk fails",
  EISDIR: "it is a folder",
  ELOOP: "it is a symbolic link",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "the file system takes no name of that length",
  ENFILE: "too many files are open",
  ENOENT: "there is no such file",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of its path is no folder",
  EPERM: "permission is denied",
  EROFS: "the disk can only be read",
};

/**
 * Makes the error for what a file system refuses.
 *
 * @param attempt What was attempted: `write report.pdf`.
 * @param cause What the file system has thrown; a {@linkcode SynapseError} is kept.
 * @returns `storage_failed`.
 */
export function storageError(attempt: string, cause: unknown): SynapseError {
  if (cause instanceof SynapseError) return cause;
  const code = storageErrorCode(cause);
  const reason = EXPLANATIONS[code] ?? `the file system fails${code === "" ? "" : `: got ${code}`}`;
  return new SynapseError("storage_failed", `Cannot ${attempt} as ${reason}`, { cause });
}

/**
 * The system's code, such as `ENOSPC`.
 *
 * @param error What a file system has thrown.
 * @returns The code, or an empty string where there is none.
 */
export function storageErrorCode(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code ?? "");
}
