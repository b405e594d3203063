import { assertEquals, assertThrows } from "@std/assert";
import {
  checkPnetName,
  formatPnetPlace,
  isIpv4,
  parsePnetPlace,
} from "../../../core/codecs/pnet_advert.ts";
import { DecodeError, EncodeError } from "../../../core/errors.ts";

Deno.test("parsePnetPlace() reads what formatPnetPlace() writes", () => {
  for (
    const place of [
      { name: "alice", host: "127.0.0.1", port: 23300 },
      { name: "bob's café", host: "localhost", port: 1 },
      { name: "x".repeat(64), host: "255.255.255.255", port: 65535 },
    ]
  ) assertEquals(parsePnetPlace(formatPnetPlace(place)), place);
});

for (
  const text of [
    "",
    "alice",
    "alice@127.0.0.1",
    "alice@127.0.0.1:",
    "alice@127.0.0.1:x",
    "alice@127.0.0.1:65536",
    "alice@127.0.0.1:-1",
    "@127.0.0.1:1",
    "a@b@127.0.0.1:1",
    "alice@::1:80",
    " alice@127.0.0.1:1",
    "al\tice@127.0.0.1:1",
    "al\u202eice@127.0.0.1:1",
    `${"x".repeat(65)}@127.0.0.1:1`,
    "alice@127.0.0.1:1\n",
  ]
) {
  Deno.test(`parsePnetPlace() refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => parsePnetPlace(text), DecodeError, "Cannot decode pnet advert");
  });
}

Deno.test("isIpv4() takes dotted decimals and nothing else", () => {
  for (const host of ["0.0.0.0", "1.2.3.4", "255.255.255.255", "192.168.10.99"]) {
    assertEquals(isIpv4(host), true, host);
  }
  for (
    const host of ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4.", "01.2.3.4x", "::1", "a.b.c.d"]
  ) {
    assertEquals(isIpv4(host), false, host);
  }
});

Deno.test("formatPnetPlace() refuses what real nodes don't take", () => {
  for (const host of ["::1", "example.org", "300.1.1.1"]) {
    assertThrows(() => formatPnetPlace({ name: "a", host, port: 1 }), EncodeError, "IPv4");
  }
});

for (const name of ["", "a|b", "a@b", "a&b", "a=b", "a?b", "a\nb", " a", "x".repeat(65)]) {
  Deno.test(`checkPnetName() refuses ${JSON.stringify(name)}`, () => {
    assertThrows(() => checkPnetName(name), EncodeError);
  });
}
