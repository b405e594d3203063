/**
 * Adverts that are cheap to sign, for tests.
 *
 * @module
 */
import { type Advert, type AdvertContent, createAdvert } from "../../core/advert.ts";
import { cheapSigner } from "./cheap_signatures.ts";

/** When all adverts here are signed, where nothing else is said. */
export const ADVERT_TIME_MS: number = Date.UTC(2026, 0, 1);

/** The advert of a node that goes by its number. */
export function advertOf(number: number, change: Partial<AdvertContent> = {}): Advert {
  const host = `10.${number >> 16}.${(number >> 8) & 255}.${number & 255 || 1}`;
  return createAdvert({
    type: "adv",
    namespace: "demo",
    name: `node-${number}`,
    host,
    port: 1_000 + number,
    timeMs: ADVERT_TIME_MS,
    ...change,
  }, cheapSigner(number));
}
