import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type Address, formatAddress, parseAddress } from "../../core/address.ts";
import { RUNS } from "../support/arbitraries.ts";

function tcp(host: string, port: number, path = ""): Address {
  return { scheme: "tcp", host, port, path };
}

const FORMATTED: readonly [string, Address][] = [
  ["tcp://127.0.0.1:9999", tcp("127.0.0.1", 9999)],
  ["tcp://localhost:0", tcp("localhost", 0)],
  ["tcp://a-b.example.org:65535", tcp("a-b.example.org", 65535)],
  ["tcp://[::1]:9999", tcp("::1", 9999)],
  ["tcp://[2001:db8::1]:1", tcp("2001:db8::1", 1)],
  ["tcp://[::ffff:10.0.0.1]:1", tcp("::ffff:10.0.0.1", 1)],
  ["ws://example.org:80/rpc", { scheme: "ws", host: "example.org", port: 80, path: "/rpc" }],
  ["unix:///run/a.sock", { scheme: "unix", host: "", port: 0, path: "/run/a.sock" }],
  ["pnet://lab/bob", { scheme: "pnet", host: "lab", port: 0, path: "/bob" }],
  ["memory://a", { scheme: "memory", host: "a", port: 0, path: "" }],
];

Deno.test("parseAddress() and formatAddress() run both ways", () => {
  for (const [text, address] of FORMATTED) {
    assertEquals(parseAddress(text), address, text);
    assertEquals(formatAddress(address), text);
  }
});

Deno.test("parseAddress() fills in what is left out", () => {
  const short: [string, Address][] = [
    ["localhost:80", tcp("localhost", 80)],
    [":80", tcp("127.0.0.1", 80)],
    ["tcp://:80", tcp("127.0.0.1", 80)],
    ["[::1]:80", tcp("::1", 80)],
    ["TCP://Host:80", tcp("Host", 80)],
    ["10.0.0.1:00080", tcp("10.0.0.1", 80)],
    ["host:80/path", tcp("host", 80, "/path")],
  ];
  for (const [text, address] of short) assertEquals(parseAddress(text), address, text);
});

Deno.test("parseAddress() refuses what is no address, and says why", () => {
  const refused: [string, string][] = [
    ["", "its port is missing"],
    ["localhost", "its port is missing"],
    ["tcp://localhost", "its port is missing"],
    ["[::1]", "its port is missing"],
    ["ws://host/path", "its port is missing"],
    ["host:65536", "its port is over 65535"],
    ["host:99999", "its port is over 65535"],
    ["host:123456", "it is not host:port"],
    ["host:-1", "it is not host:port"],
    ["host:80x", "it is not host:port"],
    ["host:", "it is not host:port"],
    ["::1:80", "it is not host:port"],
    ["[::1:80", "it is not host:port"],
    ["a b:80", "it is not host:port"],
    ["host:80 ", "it is not host:port"],
    ["://host:80", "it is not host:port"],
    ["1tcp://host:80", "it is not host:port"],
    ["unix://", "takes an absolute path"],
    ["unix://relative/path", "takes an absolute path"],
    ["unix://host:80/path", "takes an absolute path"],
  ];
  for (const [text, message] of refused) {
    const error = assertThrows(() => parseAddress(text), TypeError, message);
    assertEquals(error.message.endsWith(`: got ${JSON.stringify(text)}`), true, text);
  }
});

Deno.test("parseAddress() shows control characters escaped", () => {
  assertThrows(() => parseAddress("\u001b[31m:80"), TypeError, 'got "\\u001b[31m:80"');
});

Deno.test("parseAddress() takes linear time", () => {
  // A pattern that backtracks would not come back from these.
  for (const unit of ["a", "a.", "1:", "[", "/", ":", "a://", " ", "[::"]) {
    const text = unit.repeat(50_000);
    try {
      parseAddress(text);
    } catch (error) {
      assertEquals(error instanceof TypeError, true);
    }
  }
});

Deno.test("parseAddress() reads every address that formatAddress() writes", () => {
  const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(host, fc.integer({ min: 0, max: 65535 }), (host, port) => {
      assertEquals(parseAddress(formatAddress(tcp(host, port))), tcp(host, port));
    }),
    RUNS,
  );
});
