/**
 * What the user can mend.
 *
 * @module
 */

/** The command can't be carried out as it is written: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
