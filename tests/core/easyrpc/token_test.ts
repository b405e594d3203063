import { assertEquals, assertThrows } from "@std/assert";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { base64urlnopad } from "@scure/base";
import { SynapseError } from "../../../core/errors.ts";
import { signToken, verifyToken } from "../../../core/easyrpc/token.ts";
import { DEFAULT_LIMITS } from "../../../core/limits.ts";
import { SECRET, vectorText } from "../../support/easyrpc_vectors.ts";

const UTF8 = new TextEncoder();
const NOW = Date.UTC(2026, 0, 1);
const PROXY_CLAIMS = {
  type: "PROXY",
  id: "00000000-0000-1000-8000-000000000001",
  namespace: "DEFAULT",
  serialization: "json",
};
const TOKEN = vectorText("setup.token.fixed.PROXY");

const verify = (token: string, secret: string | undefined = SECRET) =>
  verifyToken(token, { secretFor: () => secret, unixMs: NOW, limits: DEFAULT_LIMITS });

/** A token with any header, rightly signed. */
function forge(header: unknown, claims: unknown = PROXY_CLAIMS, secret = SECRET): string {
  const encode = (value: unknown): string =>
    base64urlnopad.encode(UTF8.encode(typeof value === "string" ? value : JSON.stringify(value)));
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${
    base64urlnopad.encode(hmac(sha256, UTF8.encode(secret), UTF8.encode(signed)))
  }`;
}

function assertRefused(token: string, reason: string, secret: string | undefined = SECRET): void {
  const error = assertThrows(() => verify(token, secret), SynapseError, reason);
  assertEquals(error.code, "unauthorized");
}

for (
  const [name, claims] of [
    ["setup.token.fixed.PROXY", PROXY_CLAIMS],
    ["setup.token.fixed.SERVER", { ...PROXY_CLAIMS, type: "SERVER" }],
    ["encrypted.token.fixed", { data: { action: "sum", args: [1, 2], kwargs: {} } }],
  ] as const
) {
  Deno.test(`signToken() writes the recorded ${name} byte for byte, and verifyToken() reads it`, () => {
    assertEquals(signToken(claims, SECRET, DEFAULT_LIMITS), vectorText(name));
    assertEquals(verify(vectorText(name)), claims);
  });
}

Deno.test("verifyToken() refuses a token of another secret, and the recorded one too", () => {
  assertRefused(TOKEN, "signature", "abcd12345");
  const { setup } = JSON.parse(vectorText("auth_error.4"));
  assertRefused(setup, "signature");
});

Deno.test("verifyToken() refuses where there is no secret, or an empty one", () => {
  const refusing = (secret: string | undefined) =>
    assertThrows(
      () =>
        verifyToken(forge({ alg: "HS256" }, PROXY_CLAIMS, ""), {
          secretFor: () => secret,
          unixMs: NOW,
          limits: DEFAULT_LIMITS,
        }),
      SynapseError,
      "no secret",
    );
  refusing(undefined);
  refusing("");
});

Deno.test("verifyToken() asks for the secret with what the token says", () => {
  let asked: unknown;
  const secretFor = (claims: unknown) => (asked = claims, SECRET);
  verifyToken(TOKEN, { secretFor, unixMs: NOW, limits: DEFAULT_LIMITS });
  assertEquals(asked, PROXY_CLAIMS);
});

for (const alg of ["none", "None", "HS512", "RS256", "hs256", "", null, undefined, ["HS256"]]) {
  Deno.test(`verifyToken() refuses the algorithm ${JSON.stringify(alg)}, however it is signed`, () => {
    assertRefused(forge({ alg, typ: "JWT" }), "algorithm");
  });
}

Deno.test("verifyToken() refuses a token without signature", () => {
  const [header, payload] = TOKEN.split(".");
  assertRefused(`${header}.${payload}.`, "signature");
  assertRefused(`${header}.${payload}`, "three parts");
});

Deno.test("verifyToken() refuses extensions that have to be understood", () => {
  assertRefused(forge({ alg: "HS256", crit: ["b64"], b64: false }), "algorithm");
});

Deno.test("verifyToken() honours exp and nbf", () => {
  const claims = (times: object) => forge({ alg: "HS256" }, { ...PROXY_CLAIMS, ...times });
  const now = NOW / 1000;
  assertRefused(claims({ exp: now }), "expired");
  assertRefused(claims({ exp: now - 1 }), "expired");
  assertRefused(claims({ exp: "tomorrow" }), "expired");
  assertRefused(claims({ exp: null }), "expired");
  assertRefused(claims({ nbf: now + 1 }), "not valid yet");
  verify(claims({ exp: now + 1, nbf: now }));
});

Deno.test("verifyToken() refuses a token in which any character was changed", () => {
  for (let at = 0; at < TOKEN.length; at++) {
    const other = TOKEN[at] === "A" ? "B" : "A";
    const changed = TOKEN.slice(0, at) + other + TOKEN.slice(at + 1);
    assertThrows(() => verify(changed), SynapseError);
  }
});

for (
  const [what, token] of [
    ["nothing", ""],
    ["two parts", "a.b"],
    ["four parts", `${TOKEN}.x`],
    ["padding", `${TOKEN}=`],
    ["standard base64", TOKEN.replaceAll("_", "/")],
    ["a payload that is a list", forge({ alg: "HS256" }, [1])],
    ["a payload that isn't JSON", forge({ alg: "HS256" }, "nope")],
    ["a header that isn't a map", forge("5")],
    ["a long header", forge({ alg: "HS256", x: "x".repeat(2_000) })],
    ["a deep payload", forge({ alg: "HS256" }, `{"a":${"[".repeat(200)}${"]".repeat(200)}}`)],
  ]
) {
  Deno.test(`verifyToken() refuses ${what}`, () => {
    assertEquals(assertThrows(() => verify(token), SynapseError).code, "unauthorized");
  });
}
