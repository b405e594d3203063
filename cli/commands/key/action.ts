/**
 * `synapse key`: what it does.
 *
 * @module
 */
import { fingerprint, type Identity } from "../../../mod.ts";
import { readVariables } from "../../environment.ts";
import { EXIT_CODE } from "../../exit_code.ts";
import { harmlessLine } from "../../harmless.ts";
import type { CliIo } from "../../io.ts";
import { createKeyFile, defaultKeyPath, readKeyFile } from "../../key_file.ts";
import { createPaint } from "../../paint.ts";
import { printValue } from "../../print_value.ts";
import { formatTable } from "../../table.ts";
import type { Variables } from "../../variables.ts";
import type { KeyOptions } from "./command.ts";

/**
 * Makes a key file, or tells of one.
 *
 * @param options What was asked for.
 * @param io The surroundings.
 * @param variables The environment.
 * @returns The exit code.
 */
export async function key(
  options: KeyOptions,
  io: CliIo,
  variables: Variables = readVariables(),
): Promise<number> {
  const { deed, isForced, isJson } = options;
  const path = options.identity ?? defaultKeyPath(variables);
  if (deed === "path") {
    await printValue(path, isJson ? "json" : "text", io);
    return EXIT_CODE.ok;
  }
  const identity = deed === "new" ? await createKeyFile(path, isForced) : await readKeyFile(path);
  if (isJson) await printValue(describe(identity, path), "json", io);
  else await io.out.write(formatIdentityRows(identity, path, io));
  return EXIT_CODE.ok;
}

function describe(identity: Identity, path: string): Readonly<Record<string, string>> {
  const { id, publicKey } = identity;
  return { key: id, fingerprint: fingerprint(publicKey), path };
}

function formatIdentityRows(identity: Identity, path: string, io: CliIo): string {
  return formatTable([
    ["public key", identity.id],
    ["fingerprint", fingerprint(identity.publicKey)],
    ["file", harmlessLine(path)],
  ], { paint: createPaint(io).dim });
}
