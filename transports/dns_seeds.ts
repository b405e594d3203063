/**
 * Asks DNS seeds for nodes: IPv4 and IPv6 addresses at once, over `node:dns`.
 *
 * @module
 */
import { Resolver } from "node:dns/promises";

/** One that doesn't answer is done without. */
const TIMEOUT_MS = 5_000;
/** An honest seed answers with a few dozen. */
const MAX_ADDRESSES = 256;

/**
 * Looks a seed's addresses up.
 *
 * @param name Such as `seed.example.org`.
 * @param signal Gives up.
 * @param servers Whom to ask, as `127.0.0.1:53`; those that the system asks where left out.
 * @returns IP addresses of both kinds.
 * @throws The resolver's error, when both questions fail.
 */
export async function resolveDnsSeed(
  name: string,
  signal?: AbortSignal,
  servers?: readonly string[],
): Promise<string[]> {
  signal?.throwIfAborted();
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 1 });
  if (servers !== undefined) resolver.setServers(servers);
  const cancel = (): void => resolver.cancel();
  signal?.addEventListener("abort", cancel);
  try {
    const answers = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    signal?.throwIfAborted();
    if (answers.every(({ status }) => status === "rejected")) {
      throw (answers[0] as PromiseRejectedResult).reason;
    }
    return answers.flatMap((answer) => answer.status === "fulfilled" ? answer.value : [])
      .slice(0, MAX_ADDRESSES);
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
}
