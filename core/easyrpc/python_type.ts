/**
 * Whether a value is what a Python function wants, as easyrpc's own proxies judge it before they send it.
 *
 * @module
 */
import type { PythonType } from "./python_signature.ts";

/** JSON has one kind of number, and lists where Python has tuples: each passes for what it may become. */
const CLASSES: Readonly<Record<string, (value: unknown) => boolean>> = {
  int: (value) =>
    Number.isInteger(value) || typeof value === "bigint" || typeof value === "boolean",
  float: (value) => typeof value === "number" || typeof value === "bigint",
  str: (value) => typeof value === "string",
  bool: (value) => typeof value === "boolean",
  list: Array.isArray,
  tuple: Array.isArray,
  dict: isMap,
  NoneType: isNone,
};

/**
 * Checks a value.
 *
 * @param value An argument.
 * @param type What is wanted. Classes that JSON has no values of let everything pass.
 */
export function isOfType(value: unknown, type: PythonType): boolean {
  switch (type.kind) {
    case "any":
      return true;
    case "none":
      return isNone(value);
    case "literal":
      return type.values.includes(value);
    case "union":
      return type.types.some((one) => isOfType(value, one));
    case "class":
      return isOfClass(value, type.name);
    case "generic":
      return isOfClass(value, type.name) && areItemsOfTypes(value, type.name, type.types);
  }
}

/**
 * Writes a type as Python does.
 *
 * @param type The type.
 */
export function formatType(type: PythonType): string {
  switch (type.kind) {
    case "any":
      return "Any";
    case "none":
      return "None";
    case "literal":
      return `Literal[${type.values.map((value) => JSON.stringify(value)).join(", ")}]`;
    case "union":
      return type.types.map(formatType).join(" | ");
    case "class":
      return type.name;
    case "generic":
      return `${type.name}[${type.types.map(formatType).join(", ")}]`;
  }
}

function isOfClass(value: unknown, name: string): boolean {
  return !Object.hasOwn(CLASSES, name) || CLASSES[name](value);
}

function areItemsOfTypes(value: unknown, name: string, types: readonly PythonType[]): boolean {
  if (name === "list" && types.length === 1) {
    return (value as readonly unknown[]).every((item) => isOfType(item, types[0]));
  }
  if (name === "dict" && types.length === 2) {
    const items = value instanceof Map ? [...value.values()] : Object.values(value as object);
    return items.every((item) => isOfType(item, types[1]));
  }
  return true;
}

function isMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNone(value: unknown): boolean {
  return value === null || value === undefined;
}
