/**
 * Which keys may do what: names, allowed to keys by patterns. What isn't allowed is refused.
 *
 * A pattern is a name in which each `*` stands for any characters, or none: `sum` is that name alone, `btc.*`
 * all that begin with `btc.`, `*` all. A rule for the key `*` holds for everybody, those without a key included.
 *
 * Whoever asks has to know whose key it is: this only looks rules up.
 *
 * @example Usage
 * ```ts
 * import { Identity } from "@synapse/p2p";
 * import { assert } from "@std/assert";
 *
 * const alice = new Identity(new Uint8Array(32).fill(1)).id;
 * const permissions = new Permissions();
 * permissions.allow(alice, ["btc.*"]);
 * permissions.allow("*", ["ping"]);
 * assert(permissions.isAllowed(alice, "btc.send"));
 * assert(!permissions.isAllowed(undefined, "btc.send"));
 * assert(permissions.isAllowed(undefined, "ping"));
 * ```
 * @module
 */
import { isKeyText } from "./identity.ts";

/** The key that stands for everybody. */
export const ANYBODY: string = "*";

/** A set of rules. Begins empty: nobody may do anything. */
export class Permissions {
  readonly #patterns = new Map<string, Set<string>>();

  /**
   * Allows names to a key, besides those that it is allowed already.
   *
   * @param key A public key, base64url; or `*` for everybody.
   * @param patterns Names, in which `*` stands for any characters.
   * @throws {TypeError} When the key is none, or a pattern is empty.
   */
  allow(key: string, patterns: readonly string[]): void {
    if (key !== ANYBODY && !isKeyText(key)) {
      throw new TypeError(
        `Cannot allow anything to key as it is not 43 characters of base64url, nor *: got ${
          JSON.stringify(`${key}`.slice(0, 64))
        }`,
      );
    }
    if (patterns.includes("")) {
      throw new TypeError(`Cannot allow anything to key ${key} as a pattern is empty`);
    }
    const known = this.#patterns.get(key) ?? new Set();
    for (const pattern of patterns) known.add(pattern);
    this.#patterns.set(key, known);
  }

  /**
   * Takes back what {@linkcode allow} has allowed.
   *
   * @param key The same key.
   * @param patterns The same patterns; all of the key's where left out. `allow(key, ["*"])` stays as it is when
   * `btc.*` is taken back.
   * @returns Whether there was anything to take back.
   */
  revoke(key: string, patterns?: readonly string[]): boolean {
    const known = this.#patterns.get(key);
    if (known === undefined) return false;
    if (patterns === undefined) return this.#patterns.delete(key);
    const removed = patterns.filter((pattern) => known.delete(pattern)).length;
    if (known.size === 0) this.#patterns.delete(key);
    return removed > 0;
  }

  /**
   * Looks up whether something is allowed.
   *
   * @param key Who asks; undefined for somebody who hasn't proved a key.
   * @param name What for. Time is at most proportional to its length times that of the key's patterns.
   */
  isAllowed(key: string | undefined, name: string): boolean {
    if (this.#matches(ANYBODY, name)) return true;
    return key !== undefined && this.#matches(key, name);
  }

  #matches(key: string, name: string): boolean {
    for (const pattern of this.#patterns.get(key) ?? []) {
      if (matchesPattern(pattern, name)) return true;
    }
    return false;
  }
}

/**
 * Compares a name with a pattern.
 *
 * @param pattern A name in which each `*` stands for any characters, or none.
 * @param name Any text. No regular expression is made of either, and nothing is tried twice: the parts between
 * the asterisks are looked for in turn, each from where the one before it ended.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  const [first, ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return pattern === name;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}
