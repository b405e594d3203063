/**
 * Schemas by hand, to be independent of the libraries that make them.
 *
 * @module
 */
import type { SchemaResult, StandardSchema } from "../../core/standard_schema.ts";

/** A schema of one function; an answer of text is what is wrong. */
export function createSchema(judge: (value: unknown) => unknown): StandardSchema {
  const result = (judged: unknown): SchemaResult<unknown> =>
    typeof judged === "string" ? { issues: [{ message: judged }] } : { value: judged };
  return {
    "~standard": {
      version: 1,
      vendor: "by hand",
      validate(value) {
        const judged = judge(value);
        return judged instanceof Promise ? judged.then(result) : result(judged);
      },
    },
  };
}
