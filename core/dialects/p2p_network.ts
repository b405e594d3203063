/**
 * How a listener recognises nodes of python-p2p-network: they begin with their id and the port where they
 * listen, `id:port`, without an end, and wait for an answer.
 *
 * On a port that others share, an id has none of what tells them: no `|` as in pnet's packets, no space as in a
 * line of HTTP, no control character as in binary protocols, and no first character from U+0780 to U+07FF, whose
 * first bytes in UTF-8 begin a map in MessagePack.
 *
 * @module
 */

/** The dialect's name, as in logs and in `serve --dialect`. */
export const P2P_NETWORK: string = "p2pnetwork";

/** How much is looked at. The ids that nodes draw, 128 hexadecimal digits, are longer than that. */
export const P2P_OPENING_BYTES: number = 64;

/** Of more than fifteen entries. */
const MAP_TAGS = [0xde, 0xdf];
const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
// deno-lint-ignore no-control-regex
const ID = /^(?![\u0780-\u07ff])[^|:\s\x00-\x20\x7f-\x9f]+$/;
/** Whatever follows, `id:port` was whole; but for what shows that it was something else. */
const OPENING = /^[^:]+:\d{1,5}(?![\d:|])/;
const BEGINNING_OF_OPENING = /^[^:]+:?$/;

/**
 * Says whether a connection begins as those of python-p2p-network do.
 *
 * @param bytes The first ones.
 * @param maxBytes How many there will be at most to tell by. So many of an id alone are enough.
 * @returns undefined while it takes more of them to tell.
 */
export function recogniseP2pNetwork(
  bytes: Uint8Array,
  maxBytes: number = P2P_OPENING_BYTES,
): boolean | undefined {
  if (bytes.length === 0) return undefined;
  if (MAP_TAGS.includes(bytes[0])) return false;
  const text = decodeBeginning(bytes.subarray(0, maxBytes));
  if (text === undefined) return false;
  const colon = text.indexOf(":");
  const id = colon === -1 ? text : text.slice(0, colon);
  // Of the first character there may be too little yet.
  if (text !== "" && !isP2pId(id)) return false;
  if (OPENING.test(text)) return true;
  if (colon !== -1 && !BEGINNING_OF_OPENING.test(text)) return false;
  return bytes.length < maxBytes ? undefined : true;
}

/**
 * Says whether something can be an id where others share the port.
 *
 * @param id Any text.
 */
export function isP2pId(id: string): boolean {
  return ID.test(id);
}

/** UTF-8, of whose last character the end may be missing; undefined for anything else. */
function decodeBeginning(bytes: Uint8Array): string | undefined {
  for (let missing = 0; missing <= Math.min(3, bytes.length); missing++) {
    const whole = bytes.subarray(0, bytes.length - missing);
    const cut = bytes.subarray(bytes.length - missing);
    if (missing > 0 && !isBeginningOfCharacter(cut)) continue;
    try {
      return STRICT_UTF8.decode(whole);
    } catch {
      // Perhaps because of its last character.
    }
  }
  return undefined;
}

function isBeginningOfCharacter(bytes: Uint8Array): boolean {
  const [first, ...rest] = bytes;
  const length = first >= 0xf0 && first <= 0xf4 ? 4 : first >= 0xe0 ? 3 : 2;
  return first >= 0xc2 && first <= 0xf4 && bytes.length < length &&
    rest.every((byte) => byte >= 0x80 && byte <= 0xbf);
}
