/**
 * The texts that pnet's advanced nodes say to each other: `CHUNKED?pt=part&id=...&dt=...`.
 *
 * Nothing is escaped: a value ends at `&`, and what follows a second `=` in it is lost, which the ids of real
 * nodes (`b'PompTFvo0_w='`) rely on. So values with `=`, `&` or `?` can't be written.
 *
 * @module
 */
import { DecodeError, EncodeError } from "../errors.ts";

/** One of them. */
export interface PnetCommand {
  /** `RAW`, `CHUNKED`, `CHUNKED_REQUEST`, `CHUNKED_RESPONSE`, `RESPONSE` or `ERROR`. */
  readonly name: string;
  /** In the order in which they are written. */
  readonly fields: Readonly<Record<string, string>>;
}

const NAME = /^[A-Z_]{1,32}$/;
/** Real commands have at most six. */
const MAX_FIELDS = 16;
const UNSAFE = /[&=?]/;
/** Real nodes have `=` in their ids. */
const UNSAFE_ID = /[&?]/;

/**
 * Writes a command.
 *
 * @param command Its fields are written in their own order.
 * @throws {EncodeError} `not_supported` when a value holds `=`, `&` or `?`.
 */
export function formatPnetCommand(command: PnetCommand): string {
  const fields = Object.entries(command.fields).map(([key, value]) => {
    if ((key === "id" ? UNSAFE_ID : UNSAFE).test(value)) {
      throw new EncodeError(
        "not_supported",
        `Cannot write ${command.name} as pnet has no way to say =, & or ? in ${key}: got ${
          JSON.stringify(value.slice(0, 80))
        }`,
      );
    }
    return `${key}=${value}`;
  });
  return `${command.name}?${fields.join("&")}`;
}

/**
 * Reads a command.
 *
 * @param text What came.
 * @throws {DecodeError} `malformed` when it is none.
 */
export function parsePnetCommand(text: string): PnetCommand {
  const mark = text.indexOf("?");
  const name = text.slice(0, Math.max(mark, 0));
  if (!NAME.test(name)) {
    throw new DecodeError("malformed", "Cannot decode pnet command as it has no name and ?");
  }
  const fields: Record<string, string> = Object.create(null);
  const pairs = text.slice(mark + 1).split("&", MAX_FIELDS);
  for (const pair of pairs) {
    const [key, value] = pair.split("=", 2);
    if (value !== undefined) fields[key] = value;
  }
  return { name, fields };
}

/**
 * Reads a field that must be there.
 *
 * @param command The command.
 * @param key The field's name.
 * @throws {DecodeError} `malformed` when it is missing.
 */
export function requireField(command: PnetCommand, key: string): string {
  const value = command.fields[key];
  if (value === undefined) {
    throw new DecodeError("malformed", `Cannot read ${command.name} as its ${key} is missing`);
  }
  return value;
}
