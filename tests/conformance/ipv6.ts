import { TcpTransport } from "../../transports/tcp.ts";

/** Whether this machine has an IPv6 loopback: containers often don't. */
export const hasIpv6: boolean = await new TcpTransport()
  .listen({ scheme: "tcp", host: "::1", port: 0, path: "" }, () => {})
  .then((listener) => listener.close().then(() => true), () => false);
