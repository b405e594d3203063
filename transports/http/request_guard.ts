/**
 * Which requests are refused whatever they ask for: tricks with hosts, origins and paths.
 *
 * @module
 */

/** What a request says before its body. */
export interface RequestHead {
  /** As in the request line: path and query. */
  readonly target: string;
  /** Names and values by turns, as they came. */
  readonly rawHeaders: readonly string[];
  /** This end's IP address; undefined on a Unix socket. */
  readonly localAddress: string | undefined;
}

/** Why it is refused. */
export interface Refusal {
  readonly status: number;
  /** For people: a clause. */
  readonly reason: string;
}

const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/i;
const LOOPBACK_ADDRESS = /^(?:127\.|::1$|::ffff:127\.)/;
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;
/** Dot segments, plain or in disguise, and what hides a slash or ends a C string. */
const TRAVERSAL = /(?:^|\/)\.{1,2}(?:\/|$)|\\|%(?:2e|2f|5c|00)|[\0-\x20\x7f]/i;
/** Any page may call. */
const ANY_ORIGIN = "*";

/**
 * Looks at a request before it is served.
 *
 * @param head The request.
 * @param allowOrigins Origins of pages that may call besides our own, such as `https://example.com`; `*` for all.
 * @returns Why not; undefined where nothing is wrong.
 */
export function refuseHead(
  head: RequestHead,
  allowOrigins: readonly string[],
): Refusal | undefined {
  const { target, localAddress } = head;
  if (!target.startsWith("/")) return { status: 400, reason: "its target is not a path" };
  if (TRAVERSAL.test(pathOf(target))) {
    return { status: 400, reason: "its path leads out of where it begins" };
  }
  const hosts = headerValues(head, "host");
  const name = hosts.length === 1 ? HOST.exec(hosts[0])?.[1] : undefined;
  if (name === undefined) return { status: 400, reason: "it doesn't name one host" };
  // A page whose own host name is made to point here (DNS rebinding) would pass for one of ours.
  if (
    localAddress !== undefined && LOOPBACK_ADDRESS.test(localAddress) &&
    !LOOPBACK_HOST.test(name) && !isAllowedHost(hosts[0], allowOrigins)
  ) {
    return { status: 421, reason: "its host is not this machine" };
  }
  const origins = headerValues(head, "origin");
  if (origins.length > 1 || origins.some((origin) => !isAllowed(origin, hosts[0], allowOrigins))) {
    return { status: 403, reason: "pages of its origin may not call here" };
  }
  return undefined;
}

/**
 * The path of a target.
 *
 * @param target As in the request line.
 */
export function pathOf(target: string): string {
  const end = target.search(/[?#]/);
  return end === -1 ? target : target.slice(0, end);
}

function headerValues({ rawHeaders }: RequestHead, name: string): string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1].toLowerCase() === name);
}

function isAllowed(origin: string, host: string, allowOrigins: readonly string[]): boolean {
  const isOwn = /^https?:\/\//i.test(origin) &&
    origin.slice(origin.indexOf("//") + 2).toLowerCase() === host.toLowerCase();
  return isOwn || allowOrigins.includes(origin) || allowOrigins.includes(ANY_ORIGIN);
}

/** Behind a proxy on the same machine, our own host is the one whose pages were allowed. */
function isAllowedHost(host: string, allowOrigins: readonly string[]): boolean {
  return allowOrigins.some((origin) =>
    origin.slice(origin.indexOf("//") + 2).toLowerCase() === host.toLowerCase()
  );
}
