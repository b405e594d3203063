/**
 * An object that has every function, for names that somebody else knows.
 *
 * @module
 */

/** Every function but those that every object has, all giving the same kind of result. */
export type NamedFunctions<Result> = Readonly<Record<string, (...args: unknown[]) => Result>>;

/**
 * Makes the object.
 *
 * @param invoke Gets the name and the arguments of each call.
 */
export function createNamedFunctions<Result>(
  invoke: (name: string, args: readonly unknown[]) => Result,
): NamedFunctions<Result> {
  const functions = new Map<string, (...args: unknown[]) => Result>();
  return new Proxy({}, {
    get(target, name) {
      // Whoever awaits, prints or compares the object itself must not call anybody.
      if (typeof name !== "string" || name === "then" || name === "toJSON" || name in target) {
        return Reflect.get(target, name);
      }
      let named = functions.get(name);
      if (named === undefined) {
        named = (...args) => invoke(name, args);
        functions.set(name, named);
      }
      return named;
    },
  });
}
