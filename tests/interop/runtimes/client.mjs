// Calls the functions of server.mjs and prints what comes back: client.mjs PATH/TO/mod.js HOST:PORT
import process from "node:process";
import { pathToFileURL } from "node:url";

const { Node } = await import(pathToFileURL(process.argv[2]).href);
const node = new Node({ namespace: "interop", name: "client" });
node.endpoint("name", () => node.name);
const remote = await node.connect(process.argv[3]);
const seen = {
  sum: await remote.fn.sum(2),
  keywords: await remote.call("sum", [], { kwargs: { b: 2, a: 1 } }),
  bytes: Array.from(await remote.call("reversed", [Uint8Array.of(1, 2, 255)])),
  large: (await remote.call("reversed", [new Uint8Array(1_000_000)])).length,
  ticks: [],
  error: await remote.call("fail").catch(({ name, code, data }) => [name, code, data]),
  asked: await remote.call("ask"),
  many: (await Promise.all(Array.from({ length: 1_000 }, (_, n) => remote.call("sum", [n, 1])))).at(
    -1,
  ),
};
for await (const tick of remote.stream("ticks", [200])) seen.ticks.push(tick);
seen.ticks = [seen.ticks.length, seen.ticks.at(-1)];
await node.close();
process.stdout.write(JSON.stringify(seen));
