import { assertEquals, assertThrows } from "@std/assert";
import { formatPnetUrl, parsePnetUrl } from "../../../core/pnet/pnet_url.ts";

for (
  const [text, network, name] of [
    ["pnet://labnet/bob", "labnet", "bob"],
    ["pnet://cryptocurrencies.bitcoin/*", "cryptocurrencies.bitcoin", "*"],
    ["pnet://my%20lab/caf%C3%A9", "my lab", "café"],
  ] as const
) {
  Deno.test(`parsePnetUrl() reads what formatPnetUrl() writes: ${text}`, () => {
    assertEquals(parsePnetUrl(text), { network, name });
    assertEquals(formatPnetUrl({ network, name }), text);
  });
}

for (
  const text of [
    "",
    "pnet://",
    "pnet://lab",
    "pnet://lab/",
    "pnet:///bob",
    "tcp://lab/bob",
    "pnet://l/b/c",
    "pnet://l/%zz",
  ]
) {
  Deno.test(`parsePnetUrl() refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => parsePnetUrl(text), TypeError, "Cannot read address");
  });
}
