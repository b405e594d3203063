/**
 * Whom a call through pnet is for: `pnet://network/name`, or `pnet://network/*` for all.
 *
 * What a URL can't hold as it is, such as a space, is percent-encoded.
 *
 * @module
 */

/** A node of a network, by its name; `*` stands for all of them. */
export interface PnetUrl {
  /** The network's name. */
  readonly network: string;
  /** The node's name in it. */
  readonly name: string;
}

const URL_PATTERN = /^pnet:\/\/([^/?#\s]+)\/([^/?#\s]+)$/i;

/**
 * Reads a URL.
 *
 * @param text Such as `pnet://labnet/bob`.
 * @throws {TypeError} When it is none.
 */
export function parsePnetUrl(text: string): PnetUrl {
  const found = URL_PATTERN.exec(text);
  try {
    if (found !== null) {
      return { network: decodeURIComponent(found[1]), name: decodeURIComponent(found[2]) };
    }
  } catch {
    // Percent signs that encode nothing: refused below.
  }
  throw new TypeError(
    `Cannot read address as it is not pnet://network/name: got ${
      JSON.stringify(text.slice(0, 200))
    }`,
  );
}

/**
 * Writes a URL as {@linkcode parsePnetUrl} reads it.
 *
 * @param url Network and name.
 */
export function formatPnetUrl({ network, name }: PnetUrl): string {
  return `pnet://${encodeURIComponent(network)}/${encodeURIComponent(name)}`;
}
