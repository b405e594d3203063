/** msgpack5rpc: MessagePack-RPC over one TCP socket. @module */
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect as dial, createServer } from "node:net";
import Session from "msgpack5rpc";

export async function serve() {
  const server = createServer({ noDelay: true }, (socket) => {
    const session = new Session();
    session.on(
      "request",
      (method, args, response) => response.send(method === "echo" ? args : args[0]),
    );
    session.attach(socket, socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: server.address().port };
}

export async function connect({ port }) {
  const socket = dial({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  const session = new Session();
  session.attach(socket, socket);
  const request = (method, args) =>
    new Promise((resolve, reject) =>
      session.request(
        method,
        args,
        (error, result) => error ? reject(new Error(String(error))) : resolve(result),
      )
    );
  return {
    echo: (...args) => request("echo", args),
    blob: (bytes) => request("blob", [Buffer.from(bytes)]),
  };
}
