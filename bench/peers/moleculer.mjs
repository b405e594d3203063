/** moleculer: two nodes, the TCP transporter with static peers, its default JSON serializer. @module */
import moleculer from "moleculer";
import { fromBase64, toBase64 } from "./base64.mjs";
import { freePort } from "./free_port.mjs";

const createBroker = (nodeID, port, urls) =>
  new moleculer.ServiceBroker({
    nodeID,
    logger: false,
    requestTimeout: 0,
    transporter: { type: "TCP", options: { udpDiscovery: false, port, urls, gossipPeriod: 1 } },
  });

const urlsOf = ({ port, clientPort }) => [
  `127.0.0.1:${port}/server`,
  `127.0.0.1:${clientPort}/client`,
];

export async function serve() {
  const ports = { port: await freePort(), clientPort: await freePort() };
  const broker = createBroker("server", ports.port, urlsOf(ports));
  broker.createService({
    name: "bench",
    actions: {
      echo: (context) => context.params.args,
      blob: (context) => toBase64(fromBase64(context.params.data)),
    },
  });
  await broker.start();
  return ports;
}

export async function connect(ports) {
  const broker = createBroker("client", ports.clientPort, urlsOf(ports));
  await broker.start();
  await broker.waitForServices("bench", 20_000);
  return {
    echo: (...args) => broker.call("bench.echo", { args }),
    blob: async (bytes) => fromBase64(await broker.call("bench.blob", { data: toBase64(bytes) })),
  };
}
