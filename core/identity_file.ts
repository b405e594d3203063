/**
 * The text of a key file. Reading and writing the file, with mode 0600, is up to the caller.
 *
 * ```text
 * # Whoever has this file can speak as this node. Keep it to yourself.
 * synapse-identity 1
 * public-key 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo
 * secret-key nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A
 * ```
 *
 * A name, a space and a value a line. The first line names the format and its version; the two keys are
 * base64url of 32 bytes each, the secret one as in RFC 8032, 5.1.5. Empty lines and lines that begin
 * with `#` say nothing. The public key is there for people, and to notice a damaged file.
 *
 * @module
 */
import { base64urlnopad } from "@scure/base";
import { Identity, isKeyText } from "./identity.ts";

const FORMAT = "synapse-identity";
const VERSION = "1";
const MAX_CHARACTERS = 4096;

/**
 * Writes an identity, its secret included.
 *
 * @param identity The key pair.
 * @returns The text of a key file.
 */
export function formatIdentity(identity: Identity): string {
  return [
    "# Whoever has this file can speak as this node. Keep it to yourself.",
    `${FORMAT} ${VERSION}`,
    `public-key ${identity.id}`,
    `secret-key ${base64urlnopad.encode(identity.exportSecretKey())}`,
    "",
  ].join("\n");
}

/**
 * Reads an identity. What the file holds is not repeated in errors, as it may be secret.
 *
 * @param text The text of a key file.
 * @returns The key pair.
 * @throws {TypeError} When it is none, or when its halves don't belong together.
 */
export function parseIdentity(text: string): Identity {
  if (text.length > MAX_CHARACTERS) {
    throw refusal(`it has more than ${MAX_CHARACTERS} characters: got ${text.length}`);
  }
  const [format, ...fields] = text.split("\n").map((line) => line.trim()).filter(isMeaningful);
  if (format !== `${FORMAT} ${VERSION}`) {
    throw refusal(`its first line must be "${FORMAT} ${VERSION}"`);
  }
  const values = new Map<string, string>();
  for (const field of fields) {
    const [name, value = ""] = field.split(" ", 2);
    if (name !== "public-key" && name !== "secret-key") {
      throw refusal("it has a line that is neither public-key nor secret-key");
    }
    if (values.has(name)) throw refusal(`it has two lines ${name}`);
    if (field !== `${name} ${value}` || !isKeyText(value)) {
      throw refusal(`its ${name} is not 43 characters of base64url`);
    }
    values.set(name, value);
  }
  const secretKey = values.get("secret-key");
  if (secretKey === undefined) throw refusal("its secret-key is missing");
  const identity = new Identity(base64urlnopad.decode(secretKey));
  if (values.get("public-key") !== identity.id) {
    throw refusal("its public-key is missing or is not that of its secret-key");
  }
  return identity;
}

function isMeaningful(line: string): boolean {
  return line !== "" && !line.startsWith("#");
}

function refusal(reason: string): TypeError {
  return new TypeError(`Cannot read key file as ${reason}`);
}
