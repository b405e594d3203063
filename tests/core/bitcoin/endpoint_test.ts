import { assertEquals, assertThrows } from "@std/assert";
import {
  formatEndpoint,
  isRoutable,
  netgroupOf,
  parseEndpoint,
} from "../../../core/bitcoin/endpoint.ts";

Deno.test("parseEndpoint() takes hosts with and without ports", () => {
  for (
    const [text, host, port] of [
      ["10.0.0.1", "10.0.0.1", 8333],
      ["10.0.0.1:18444", "10.0.0.1", 18444],
      ["Seed.Example.org:1", "seed.example.org", 1],
      ["[2001:db8::1]:65535", "2001:db8::1", 65535],
      ["[::1]", "::1", 8333],
      ["2001:db8::1", "2001:db8::1", 8333],
      [" a.onion:8333 ", "a.onion", 8333],
    ] as const
  ) {
    assertEquals(parseEndpoint(text, 8333), { host, port }, text);
    assertEquals(parseEndpoint(formatEndpoint({ host, port }), 0), {
      host,
      port,
    }, text);
  }
});

Deno.test("parseEndpoint() refuses what is no host and port", () => {
  for (
    const text of [
      "",
      ":8333",
      "host:",
      "host:0",
      "host:65536",
      "a b:1",
      "tcp://h:1",
      "[::1",
    ]
  ) {
    assertThrows(
      () => parseEndpoint(text, 8333),
      TypeError,
      "Cannot read Bitcoin peer",
      text,
    );
  }
});

Deno.test("netgroupOf() puts a /16 of IPv4 and a /32 of IPv6 together, and names apart", () => {
  assertEquals(netgroupOf("81.2.3.4"), netgroupOf("81.2.250.1"));
  assertEquals(netgroupOf("81.2.3.4") === netgroupOf("81.3.3.4"), false);
  assertEquals(netgroupOf("2a01:4f8::1"), netgroupOf("2a01:04f8:ffff::2"));
  assertEquals(netgroupOf("2a01:4f8::1") === netgroupOf("2a01:4f9::1"), false);
  assertEquals(netgroupOf("a.onion") === netgroupOf("b.onion"), false);
});

Deno.test("isRoutable() believes strangers only about public addresses", () => {
  for (
    const host of [
      "8.8.8.8",
      "100.128.0.1",
      "172.32.0.1",
      "2a01:4f8::1",
      "2003:1:2:3:4:5:6:7",
    ]
  ) {
    assertEquals(isRoutable(host), true, host);
  }
  const ipv4 = [
    "0.0.0.0",
    "10.1.2.3",
    "127.0.0.1",
    "100.64.0.1",
    "169.254.1.1",
    "172.16.0.1",
  ];
  const more = [
    "192.168.0.1",
    "192.0.2.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "1.2.3.256",
  ];
  const ipv6 = [
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "2001:db8::1",
    "2001:0:1::1",
    "ff02::1",
    "1:2",
  ];
  for (const host of [...ipv4, ...more, ...ipv6, "host.example", ""]) {
    assertEquals(isRoutable(host), false, host);
  }
});
