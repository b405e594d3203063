/**
 * easyrpc as a node calls others by it: `easyrpc://host:port/path`.
 *
 * @module
 */
import { type Address, formatAddress } from "../address.ts";
import { EASYRPC } from "../dialects/easyrpc.ts";
import { SynapseError } from "../errors.ts";
import type { ConnectOptions } from "../node_options.ts";
import type { Protocol } from "../protocol.ts";
import type { EasyrpcCredentials } from "./credentials.ts";
import { connectEasyrpc } from "./proxy.ts";
import type { TextChannel } from "./text_channel.ts";

/** What {@linkcode createEasyrpcCalls} takes; credentials are for those who bring none of their own. */
export interface EasyrpcCallsOptions extends EasyrpcCredentials {
  /** Opens a WebSocket. */
  dial(to: Address, signal: AbortSignal): Promise<TextChannel>;
  /** Makes up an id that nobody can guess and that is never used again. */
  createId(): string;
}

/**
 * Makes the protocol. It can't be served by itself: who serves is an HTTP server.
 *
 * @param defaults How to dial, and with what.
 */
export function createEasyrpcCalls(defaults: EasyrpcCallsOptions): Protocol {
  return {
    name: EASYRPC,
    schemes: [EASYRPC],
    connect(to, { clock, limits }, options: ConnectOptions & EasyrpcCredentials) {
      const { secret, namespace, signed } = { ...defaults, ...given(options) };
      if (!secret) {
        return Promise.reject(
          new SynapseError(
            "unauthorized",
            `Cannot connect to ${formatAddress(to)} as no secret is given`,
          ),
        );
      }
      return connectEasyrpc((signal) => defaults.dial(to, signal), {
        secret,
        namespace,
        signed,
        id: defaults.createId(),
        clock,
        limits,
        timeoutMs: options.timeoutMs,
        signal: options.signal,
      });
    },
  };
}

/** What is undefined doesn't hide a default. */
function given({ secret, namespace, signed }: EasyrpcCredentials): EasyrpcCredentials {
  return {
    ...(secret !== undefined && { secret }),
    ...(namespace !== undefined && { namespace }),
    ...(signed !== undefined && { signed }),
  };
}
