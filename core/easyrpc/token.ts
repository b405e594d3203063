/**
 * The tokens that easyrpc authenticates with: JSON Web Tokens of one kind, HMAC with SHA-256.
 *
 * They are signed, not encrypted: whoever sees one can read it, and, where it has no `exp`, use it again.
 * Spec: RFC 7519, RFC 7515; RFC 8725 § 3.1 for taking one algorithm alone.
 *
 * @module
 */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { base64urlnopad } from "@scure/base";
import { formatJson, type JsonLimits, parseJson } from "../codecs/easyrpc_json.ts";
import { SynapseError } from "../errors.ts";

/** What a token says. */
export type Claims = Readonly<Record<string, unknown>>;

/** What {@linkcode verifyToken} takes besides the token. */
export interface VerifyOptions {
  /**
   * Finds the secret.
   *
   * @param claims What the token says, which nobody has verified yet.
   * @returns undefined, or an empty one, where there is none: the token is then refused.
   */
  secretFor(claims: Claims): string | undefined;
  /** What the time is, for `exp` and `nbf`. */
  readonly unixMs: number;
  /** Bounds. */
  readonly limits: JsonLimits;
}

const UTF8 = new TextEncoder();
const STRICT_UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ALGORITHM = "HS256";
/** `{"alg":"HS256","typ":"JWT"}`, the header that real peers write. */
const HEADER = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
const MAX_HEADER_LENGTH = 1_024;

/**
 * Makes a token.
 *
 * @param claims What it says.
 * @param secret What both sides know.
 * @param bounds How large it may become.
 * @throws {EncodeError} When a claim has no JSON, or is too large.
 */
export function signToken(
  claims: Claims,
  secret: string,
  bounds: Pick<JsonLimits, "maxDepth" | "maxMessageBytes">,
): string {
  const { maxDepth, maxMessageBytes: maxBytes } = bounds;
  const json = formatJson(claims, { maxDepth, maxBytes, isCompact: true });
  const signed = `${HEADER}.${base64urlnopad.encode(UTF8.encode(json))}`;
  return `${signed}.${base64urlnopad.encode(macOf(signed, secret))}`;
}

/**
 * Reads a token, and makes sure that it was made by somebody who knows the secret.
 *
 * @param token Any text.
 * @param options Secret, time, bounds.
 * @returns What it says.
 * @throws {SynapseError} `unauthorized`; what exactly is wrong is for this side alone to know.
 */
export function verifyToken(token: string, options: VerifyOptions): Claims {
  const { secretFor, unixMs, limits } = options;
  const [header, payload, signature, ...others] = token.split(".", 4);
  if (signature === undefined || others.length > 0) throw refused("it has not three parts");
  if (header.length > MAX_HEADER_LENGTH) throw refused("its header is too long");
  const { alg, crit } = readPart("header", header, limits);
  // RFC 7515 § 4.1.11: extensions that have to be understood, of which none is.
  if (alg !== ALGORITHM || crit !== undefined) throw refused(`its algorithm is not ${ALGORITHM}`);
  const claims = readPart("payload", payload, limits);
  const secret = secretFor(claims);
  if (!secret) throw refused("there is no secret for its namespace");
  if (!isEqual(decodePart("signature", signature), macOf(`${header}.${payload}`, secret))) {
    throw refused("its signature is not of this secret");
  }
  checkTimes(claims, unixMs / 1000);
  return claims;
}

function checkTimes({ exp, nbf }: Claims, nowSeconds: number): void {
  if (exp !== undefined && !(typeof exp === "number" && nowSeconds < exp)) {
    throw refused("it has expired");
  }
  if (nbf !== undefined && !(typeof nbf === "number" && nowSeconds >= nbf)) {
    throw refused("it is not valid yet");
  }
}

function macOf(text: string, secret: string): Uint8Array {
  return hmac(sha256, UTF8.encode(secret), UTF8.encode(text));
}

/** In a time that tells nothing of where they differ. */
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= a[at] ^ b[at];
  return difference === 0;
}

function readPart(name: string, text: string, limits: JsonLimits): Claims {
  let value: unknown;
  try {
    value = parseJson(STRICT_UTF8.decode(decodePart(name, text)), limits);
  } catch (cause) {
    throw refused(`its ${name} is not JSON`, cause);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refused(`its ${name} is not a map`);
  }
  return value as Claims;
}

function decodePart(name: string, text: string): Uint8Array {
  try {
    return base64urlnopad.decode(text);
  } catch (cause) {
    throw refused(`its ${name} is not base64url`, cause);
  }
}

function refused(reason: string, cause?: unknown): SynapseError {
  return new SynapseError("unauthorized", `Cannot accept token as ${reason}`, { cause });
}
