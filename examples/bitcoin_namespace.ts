/**
 * A node of the namespace `cryptocurrencies.bitcoin`, which programs of synapse's first version can call, too:
 *
 * ```sh
 * deno run --allow-net examples/bitcoin_namespace.ts
 * synapse call localhost:9999 broadcast_message hello
 * synapse call synapse-v0://localhost:9999 get_nodes
 * ```
 *
 * @module
 */
import process from "node:process";
import { every, formatAddress, Node } from "@synapse/p2p";

const node = new Node({ namespace: "cryptocurrencies.bitcoin", name: "alice" });

/** Everybody of the namespace who is known here, this node included. */
node.endpoint("get_nodes", () => [
  { name: node.name, address: formatAddress(node.addresses[0]) },
  ...node.peers.list(node.homeNamespace).map(({ name, addresses }) => ({
    name,
    address: addresses[0],
  })),
]);

let messages = 0;
node.endpoint("broadcast_message", (message: string) => {
  messages++;
  return `sending: ${message}`;
});

node.background(every("5s"), function do_stuff() {
  process.stdout.write(`${messages} messages so far\n`);
});

const [port = "9999"] = process.argv.slice(2);
const { address } = await node.listen(`tcp://127.0.0.1:${port}`);
process.stdout.write(`${formatAddress(address)}\n`);
