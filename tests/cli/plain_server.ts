/**
 * A server that speaks MessagePack-RPC and knows nothing of Synapse: it refuses every request.
 *
 * @module
 */
import { decodeMultiStream, encode } from "@msgpack/msgpack";

/** Such a server, until it is disposed of. */
export interface PlainServer extends AsyncDisposable {
  /** Its URL. */
  readonly target: string;
}

/** Starts one on a port of its own. */
export function servePlain(): PlainServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      for await (const message of decodeMultiStream(connection.readable)) {
        const [type, id, method] = message as unknown[];
        if (type !== 0) continue;
        const writer = connection.writable.getWriter();
        await writer.write(encode([1, id, `Invalid method: ${method}`, null]));
        writer.releaseLock();
      }
      await connection.writable.close();
    }
  })();
  return {
    target: `tcp://127.0.0.1:${listener.addr.port}`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}
