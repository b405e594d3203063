// Serves a few functions from the bundle, under whatever runtime starts it: server.mjs PATH/TO/mod.js
import process from "node:process";
import { pathToFileURL } from "node:url";

const { Node, SynapseError } = await import(pathToFileURL(process.argv[2]).href);
const node = new Node({ namespace: "interop", name: "server" });
node.endpoint("sum", (a, b = 40) => a + b);
node.endpoint("reversed", (bytes) => bytes.toReversed());
node.endpoint("ticks", async function* (count) {
  for (let tick = 1; tick <= count; tick++) yield tick;
});
node.endpoint("fail", () => {
  throw new SynapseError("out_of_stock", "No apples left", { data: { left: 0 } });
});
node.endpoint("ask", { context: true }, ({ peer }) => peer.call("name"));
const { address } = await node.listen("tcp://127.0.0.1:0");
process.stdout.write(`127.0.0.1:${address.port}\n`);
