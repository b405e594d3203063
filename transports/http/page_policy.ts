/**
 * What the page may do: run the scripts and styles that are written in it and no others, and talk to its own host.
 *
 * @module
 */
import { createHash } from "node:crypto";

const INLINE = /<(script|style)\b[^>]*>([\s\S]*?)<\/\1>/gi;

/**
 * Writes a Content-Security-Policy (level 3).
 *
 * @param html The page, which has all that it needs in it.
 */
export function pagePolicy(html: string): string {
  const hashes: Record<string, string[]> = { script: [], style: [] };
  for (const [, tag, content] of html.matchAll(INLINE)) {
    const digest = createHash("sha256").update(content).digest("base64");
    hashes[tag.toLowerCase()].push(`'sha256-${digest}'`);
  }
  const only = (sources: readonly string[]): string => sources.join(" ") || "'none'";
  return [
    "default-src 'none'",
    `script-src ${only(hashes.script)}`,
    `style-src ${only(hashes.style)}`,
    "img-src data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // What others write can't become markup by mistake: Trusted Types, where the browser knows them.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}
