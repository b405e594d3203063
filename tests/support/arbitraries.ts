/**
 * Values for property tests: what MessagePack and JavaScript have in common. Not -0 nor texts that
 * begin with a byte order mark, which the libraries that serve as oracles don't keep.
 *
 * @module
 */
import fc from "fast-check";

/** How often properties are tried, and from which seed: the same inputs on every run. */
export const RUNS: fc.Parameters<unknown> = { seed: 1_000_003, numRuns: 500 };

/** Whole numbers, mostly near the borders of MessagePack's size classes. */
export function wholeNumber(): fc.Arbitrary<number> {
  const exponents = [0, 5, 7, 8, 15, 16, 31, 32, 53];
  const near = fc.tuple(fc.constantFrom(...exponents), fc.integer({ min: -2, max: 2 })).map(
    ([exponent, offset]) => 2 ** exponent + offset,
  ).filter(Number.isSafeInteger);
  const positive = fc.oneof(near, fc.maxSafeNat(), fc.nat(300));
  return fc.oneof(positive, positive.map((n) => n === 0 ? 0 : -n));
}

/** Text of any code points, mostly ASCII of lengths about the borders of the encoder's ways. */
export function text(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.string({ maxLength: 70 }),
    fc.string({ unit: "binary", maxLength: 70 }),
    fc.tuple(fc.constantFrom("a", "ä", "€", "😀"), fc.nat(300)).map(([unit, n]) => unit.repeat(n)),
  ).filter((text) => !text.startsWith("\ufeff"));
}

/** Bytes. */
export function bytes(): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ maxLength: 300 });
}

/** Anything made of null, booleans, numbers, text, bytes, arrays and objects. */
export function value(): fc.Arbitrary<unknown> {
  return fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant(null),
      fc.boolean(),
      wholeNumber(),
      fc.double().filter((double) => !Object.is(double, -0)),
      text(),
      bytes(),
      fc.array(tie("value"), { maxLength: 20 }),
      fc.dictionary(key(), tie("value"), { maxKeys: 20 }),
    ),
  })).value;
}

function key(): fc.Arbitrary<string> {
  return text().filter((key) => key !== "__proto__");
}
