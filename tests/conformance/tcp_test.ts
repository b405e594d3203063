import { TcpTransport } from "../../transports/tcp.ts";
import { hasIpv6 } from "./ipv6.ts";
import { testTransport } from "./transport.ts";

const transport = new TcpTransport();
let nextPath = 1;

testTransport({
  name: "tcp on 127.0.0.1",
  transport,
  freshAddress: () => ({ scheme: "tcp", host: "127.0.0.1", port: 0, path: "" }),
});

if (hasIpv6) {
  testTransport({
    name: "tcp on ::1",
    transport,
    freshAddress: () => ({ scheme: "tcp", host: "::1", port: 0, path: "" }),
  });
} else {
  Deno.test.ignore("tcp on ::1: this machine has no IPv6", () => {});
}

testTransport({
  name: "unix",
  transport,
  freshAddress: () => ({
    scheme: "unix",
    host: "",
    port: 0,
    path: `/tmp/synapse-conformance-${Deno.pid}-${nextPath++}.sock`,
  }),
});
