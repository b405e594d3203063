/**
 * Files that hold a node's key pair.
 *
 * @module
 */
import { mkdir, readFile } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { formatIdentity, Identity, parseIdentity } from "../mod.ts";
import { createFile, explainFileError, saveFile } from "./save_file.ts";
import { UsageError } from "./usage_error.ts";
import type { Variables } from "./variables.ts";

const KEY_BYTES = 32;

/**
 * Says where the key file is, where nobody names another.
 *
 * @param variables The environment.
 * @returns A path within the user's configuration, as the XDG Base Directory Specification has it.
 * @throws {UsageError} When there is no home.
 */
export function defaultKeyPath(variables: Variables): string {
  const { XDG_CONFIG_HOME: config, HOME, USERPROFILE } = variables;
  // The specification wants relative ones ignored.
  if (config && isAbsolute(config)) return join(config, "synapse", "identity");
  const home = HOME || USERPROFILE;
  if (home) return join(home, ".config", "synapse", "identity");
  throw new UsageError(
    "Cannot tell where the key file is as neither XDG_CONFIG_HOME nor HOME is set: use --identity",
  );
}

/**
 * Reads a key file.
 *
 * @param path Where it is.
 * @throws {UsageError} When there is none, or when it is none.
 */
export async function readKeyFile(path: string): Promise<Identity> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const hint = (error as NodeJS.ErrnoException).code === "ENOENT"
      ? `: synapse key new --identity ${path} makes one`
      : "";
    throw new UsageError(`Cannot read key file ${path} as ${explainFileError(error)}${hint}`);
  }
  try {
    return parseIdentity(text);
  } catch (error) {
    throw new UsageError((error as Error).message.replace("key file", () => `key file ${path}`));
  }
}

/**
 * Makes a new key pair, and a file for it.
 *
 * @param path Where. Folders that are missing are made.
 * @param isForced Whether a file that is there may be replaced.
 * @throws {UsageError} When there is one already, or it can't be written.
 */
export async function createKeyFile(path: string, isForced: boolean): Promise<Identity> {
  const identity = new Identity(crypto.getRandomValues(new Uint8Array(KEY_BYTES)));
  const text = formatIdentity(identity);
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    if (isForced) await saveFile(path, text);
    else await createFile(path, text);
  } catch (error) {
    const hint = (error as NodeJS.ErrnoException).code === "EEXIST"
      ? ": whoever knows that key would not know you any more; --force replaces it"
      : "";
    throw new UsageError(`Cannot make key file ${path} as ${explainFileError(error)}${hint}`);
  }
  return identity;
}
