/**
 * Asks a Bitcoin node some questions, all at once, and prints what it answers, a line of JSON each:
 *
 * ```sh
 * deno run --allow-net examples/conduit.ts regtest 127.0.0.1 18444
 * ```
 *
 * @module
 */
import process from "node:process";
import { Conduit, INVENTORY_TYPES, parseHash, PROTOCOL_VERSION } from "@synapse/p2p/bitcoin";

const [network = "regtest", host = "127.0.0.1", port] = process.argv.slice(2);

const conduit = new Conduit({ network });
conduit.addPeers([[host, port === undefined ? conduit.network.port : Number(port)]]);

// Requests wait until there is a peer that has shaken hands.
const genesis = parseHash(conduit.network.genesisHash);
conduit.sendRequestNowait("ping");
conduit.sendRequestNowait("getheaders", {
  version: PROTOCOL_VERSION,
  locator: [genesis],
  stopHash: new Uint8Array(32),
});
conduit.sendRequestNowait("getdata", {
  items: [{ type: INVENTORY_TYPES.block, hash: genesis }],
});

for (const result of await conduit.runUntilQueueEmpty()) {
  const line = JSON.stringify(result);
  process.stdout.write(`${line.length > 300 ? `${line.slice(0, 300)}…` : line}\n`);
}
await conduit.close();
