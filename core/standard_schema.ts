/**
 * Checks values against the schemas of zod, valibot, arktype and whatever else implements Standard
 * Schema, without depending on any of them.
 *
 * Spec: https://standardschema.dev, version 1.
 *
 * @module
 */
import { type ErrorCode, SynapseError } from "./errors.ts";

/** One thing that is wrong with a value. */
export interface SchemaIssue {
  /** What is wrong. */
  readonly message: string;
  /** Where: the keys that lead to it from the outside, each bare or in an object of its own. */
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined;
}

/** What a schema says of a value: the value that it made of it, or what is wrong. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** The part of a schema that the standard defines. */
export interface StandardSchemaProperties<Input = unknown, Output = Input> {
  /** The version of the standard. */
  readonly version: 1;
  /** The library that made the schema. */
  readonly vendor: string;
  /** Judges a value, and may convert it. */
  readonly validate: (
    value: unknown,
  ) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
  /** Only for the type checker: never there at run time. */
  readonly types?: { readonly input: Input; readonly output: Output } | undefined;
}

/** A schema of any library that implements the standard. */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The part of a schema that the standard defines. */
  readonly "~standard": StandardSchemaProperties<Input, Output>;
}

/** What a schema takes. */
export type InferInput<Schema extends StandardSchema> = NonNullable<
  Schema["~standard"]["types"]
>["input"];

/** What a schema makes of it. */
export type InferOutput<Schema extends StandardSchema> = NonNullable<
  Schema["~standard"]["types"]
>["output"];

/** How many issues the error's message spells out. */
const MAX_ISSUES_IN_MESSAGE = 3;

/** How many go along as data: a million wrong items must not make an answer of a million. */
const MAX_ISSUES_IN_DATA = 32;

/** Issues quote the value, which may be long. */
const MAX_ISSUE_LENGTH = 200;

/**
 * Tells whether a value is a schema.
 *
 * @param value Anything. Arktype's schemas are functions.
 */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const properties = (value as Partial<StandardSchema>)["~standard"];
  return typeof properties === "object" && properties !== null && properties.version === 1 &&
    typeof properties.validate === "function";
}

/**
 * Checks a value. Synchronous whenever the schema is.
 *
 * @param schema The schema.
 * @param value The value. Not changed; a schema that converts makes a new one.
 * @param what What the value is, for the error, such as `arguments of sum`.
 * @param code The error's code; `internal_error` suits a result, where the caller is not to blame.
 * @returns What the schema made of the value, or a promise of it when the schema is asynchronous.
 * @throws {SynapseError} With the first issues in its message and `{ issues: [{ message, path }] }`
 * as data; as a rejection when the schema is asynchronous.
 */
export function validate<Output>(
  schema: StandardSchema<unknown, Output>,
  value: unknown,
  what: string,
  code: ErrorCode = "invalid_params",
): Output | Promise<Output> {
  const result = schema["~standard"].validate(value);
  return isPromise(result)
    ? Promise.resolve(result).then((settled) => valueOf(settled, what, code))
    : valueOf(result, what, code);
}

/** By its `then`: any other thenable taken for a result would let every value pass. */
function isPromise<Value>(value: Value | Promise<Value>): value is Promise<Value> {
  return typeof (value as Partial<Promise<Value>>).then === "function";
}

function valueOf<Output>(result: SchemaResult<Output>, what: string, code: ErrorCode): Output {
  if (!result.issues) return result.value;
  // Arktype's lists are arrays with fields and methods of their own: the data needs plain ones.
  const issues = Array.from(result.issues).slice(0, MAX_ISSUES_IN_DATA).map((issue) => ({
    message: issue.message,
    path: Array.from(issue.path ?? [], plainKey),
  }));
  const lines = issues.slice(0, MAX_ISSUES_IN_MESSAGE).map(formatIssue);
  const unsaid = result.issues.length - lines.length;
  if (unsaid > 0) lines.push(`and ${unsaid} more`);
  const reasons = lines.join("; ") || "no reason given";
  throw new SynapseError(
    code,
    `Cannot accept ${what} as the schema refuses: ${reasons}`,
    { data: { issues } },
  );
}

/** Data goes over the wire, where there are no symbols. */
function plainKey(segment: PropertyKey | { readonly key: PropertyKey }): string | number {
  const key = typeof segment === "object" ? segment.key : segment;
  return typeof key === "symbol" ? String(key) : key;
}

function formatIssue(issue: { message: string; path: readonly (string | number)[] }): string {
  const path = issue.path
    .map((key) => typeof key === "number" ? `[${key}]` : `.${key}`)
    .join("")
    .replace(/^\./, "");
  const message = issue.message.replace(/\s+/g, " ");
  const line = path === "" ? message : `${path}: ${message}`;
  return line.length > MAX_ISSUE_LENGTH ? `${line.slice(0, MAX_ISSUE_LENGTH)}…` : line;
}
