/** `@grpc/grpc-js`, unary calls, the schema read by `@grpc/proto-loader`. @module */
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";

const schema = loader.loadSync(fileURLToPath(new URL("./grpc.proto", import.meta.url)));
const { Bench } = grpc.loadPackageDefinition(schema).bench;

export async function serve() {
  const server = new grpc.Server();
  const answerRequest = (call, answer) => answer(null, call.request);
  server.addService(Bench.service, { echo: answerRequest, blob: answerRequest });
  const credentials = grpc.ServerCredentials.createInsecure();
  return { port: await promisify(server.bindAsync).call(server, "127.0.0.1:0", credentials) };
}

export async function connect({ port }) {
  // A pool of its own, or all clients of this process would share one connection.
  const client = new Bench(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
    "grpc.use_local_subchannel_pool": 1,
  });
  await promisify(client.waitForReady).call(client, Date.now() + 5000);
  return {
    echo: (text, number, options) =>
      new Promise((resolve, reject) =>
        client.echo(
          { text, number, options },
          (error, answer) =>
            error ? reject(error) : resolve([answer.text, answer.number, answer.options]),
        )
      ),
    blob: (data) =>
      new Promise((resolve, reject) =>
        client.blob({ data }, (error, answer) => error ? reject(error) : resolve(answer.data))
      ),
  };
}
