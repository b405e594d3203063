/** NATS request-reply: `nats-server` from the PATH between two clients, JSON as the body. @module */
import { spawn } from "node:child_process";
import process from "node:process";
import { connect as dial } from "@nats-io/transport-node";
import { freePort } from "./free_port.mjs";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const encode = (value) => encoder.encode(JSON.stringify(value));
const decode = (bytes) => JSON.parse(decoder.decode(bytes));

export async function serve() {
  const port = await freePort();
  const broker = spawn("nats-server", ["-a", "127.0.0.1", "-p", String(port)], {
    stdio: "ignore",
  });
  process.on("exit", () => broker.kill());
  const client = await dial({
    servers: `127.0.0.1:${port}`,
    waitOnFirstConnect: true,
    reconnectTimeWait: 50,
  });
  client.subscribe("echo", {
    callback: (_error, message) => message.respond(encode(decode(message.data))),
  });
  client.subscribe("blob", { callback: (_error, message) => message.respond(message.data) });
  await client.flush();
  return { port, pids: [broker.pid] };
}

export async function connect({ port }) {
  const client = await dial({ servers: `127.0.0.1:${port}` });
  const options = { timeout: 20_000 };
  return {
    echo: async (...args) => decode((await client.request("echo", encode(args), options)).data),
    blob: async (bytes) => (await client.request("blob", bytes, options)).data,
  };
}
