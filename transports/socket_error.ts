/**
 * What a socket's error means, in words for people.
 *
 * @module
 */

const EXPLANATIONS: Readonly<Record<string, string>> = {
  EACCES: "permission is denied",
  EADDRINUSE: "the address is taken: choose another",
  EADDRNOTAVAIL: "the address is not one of this machine",
  EAI_AGAIN: "the host name could not be looked up",
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the other side reset it",
  EHOSTUNREACH: "there is no route to the host",
  EINVAL: "the system refuses that address",
  ENETUNREACH: "the network is unreachable",
  ENOENT: "there is no such path",
  ENOTFOUND: "the host name is unknown",
  EPIPE: "the other side closed it",
  ETIMEDOUT: "the other side did not answer",
  UNKNOWN: "the system gives no reason",
};

/**
 * Explains in one line, also where a name had several addresses and each failed in its own way.
 *
 * @param error What a socket's `error` event carried.
 * @returns A clause without a full stop; the error's own message where the code is not known.
 */
export function explainSocketError(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return [...new Set(error.errors.map(explainSocketError))].join("; ");
  }
  return EXPLANATIONS[socketErrorCode(error)] ??
    (error instanceof Error ? error.message : String(error));
}

/**
 * The system's code, such as `ECONNREFUSED`.
 *
 * @param error What a socket's `error` event carried.
 * @returns The code, or an empty string where there is none.
 */
export function socketErrorCode(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code ?? "");
}
