import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Identity } from "../../core/identity.ts";
import { formatIdentity, parseIdentity } from "../../core/identity_file.ts";

const SECRET = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const PUBLIC = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
const TEXT = `# Whoever has this file can speak as this node. Keep it to yourself.
synapse-identity 1
public-key ${PUBLIC}
secret-key ${SECRET}
`;

Deno.test("formatIdentity() writes the documented text", () => {
  assertEquals(formatIdentity(parseIdentity(TEXT)), TEXT);
});

Deno.test("parseIdentity() reads what formatIdentity() writes", () => {
  const secretKey = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(secretKey, (secretKey) => {
      const read = parseIdentity(formatIdentity(new Identity(secretKey)));
      assertEquals(read.exportSecretKey(), secretKey);
    }),
    { seed: 1_000_003, numRuns: 20 },
  );
});

Deno.test("parseIdentity() reads what an editor makes of the file", () => {
  const edited = [
    TEXT.replaceAll("\n", "\r\n"),
    TEXT.trimEnd(),
    `\n\n${TEXT}\n# my notebook's\n`,
    `synapse-identity 1\nsecret-key ${SECRET}  \n  public-key ${PUBLIC}`,
  ];
  for (const text of edited) assertEquals(parseIdentity(text).id, PUBLIC);
});

Deno.test("parseIdentity() refuses what is no key file, and repeats no secret", () => {
  const refused: [string, string][] = [
    ["", "first line"],
    ["-----BEGIN OPENSSH PRIVATE KEY-----\n" + SECRET, "first line"],
    [TEXT.replace("identity 1", "identity 2"), "first line"],
    [TEXT.replace("public-key", "public"), "neither public-key nor secret-key"],
    [TEXT + SECRET, "neither public-key nor secret-key"],
    [TEXT + `secret-key ${SECRET}`, "two lines secret-key"],
    [TEXT.replace(SECRET, SECRET.slice(1)), "secret-key is not 43 characters"],
    [TEXT.replace(SECRET, SECRET.slice(1) + "B"), "secret-key is not 43 characters"],
    [TEXT.replace(SECRET, SECRET + " " + SECRET), "secret-key is not 43 characters"],
    [TEXT.replace(SECRET, ""), "secret-key is not 43 characters"],
    [TEXT.replace(`secret-key ${SECRET}`, ""), "secret-key is missing"],
    [TEXT.replace(`public-key ${PUBLIC}`, ""), "public-key is missing"],
    [TEXT.replace(PUBLIC, SECRET), "not that of its secret-key"],
    [TEXT.replace("nWGx", "nWGy"), "not that of its secret-key"],
  ];
  for (const [text, message] of refused) {
    const error = assertThrows(() => parseIdentity(text), TypeError, message);
    assertEquals(error.message.includes(SECRET.slice(4, -4)), false, error.message);
  }
});

Deno.test("parseIdentity() reads 4096 characters and no more", () => {
  const padded = TEXT + "#".repeat(4096 - TEXT.length);
  assertEquals(parseIdentity(padded).id, PUBLIC);
  assertThrows(() => parseIdentity(padded + "#"), TypeError, "got 4097");
});
