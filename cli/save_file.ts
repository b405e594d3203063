/**
 * Writes files that only their owner may read, and that are never half written.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";

/** Nobody else has to know. */
const MODE = 0o600;

/**
 * Puts a file in place of the one that there may be: others see the old one or the new one, also when
 * the machine stops in between.
 *
 * @param path Where. Its folder must be there.
 * @param text What.
 */
export async function saveFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await createFile(draft, text);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/**
 * Makes a file where there is none.
 *
 * @param path Where. Its folder must be there.
 * @param text What.
 * @throws `EEXIST`, when there is one.
 */
export async function createFile(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", MODE);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Explains why a file can't be read or written.
 *
 * @param error What `node:fs` has thrown.
 * @returns A clause without a full stop.
 */
export function explainFileError(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
      return "there is no such file or folder";
    case "EEXIST":
      return "there is a file already";
    case "EACCES":
    case "EPERM":
      return "permission is denied";
    case "EISDIR":
      return "it is a folder";
    default:
      return message;
  }
}
