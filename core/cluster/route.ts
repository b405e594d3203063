/**
 * What nodes of a cluster tell each other: which functions there are, whose they are, and by whom they are reached.
 *
 * @module
 */
import { type EndpointInfo, parseEndpoints } from "../endpoint_info.ts";
import { DecodeError } from "../errors.ts";

/** A function somewhere in the cluster, as a neighbour tells of it. */
export interface Route {
  /** The node whose function it is: its id in the cluster. */
  readonly provider: string;
  /** The nodes on the way, the neighbour first and the provider last. */
  readonly path: readonly string[];
  /** What it takes. */
  readonly info: EndpointInfo;
}

/** Longer ways are not taken: clusters are small, and a way that grows is a mistake. */
export const MAX_PATH: number = 16;
/** What one neighbour may tell of. */
export const MAX_ROUTES: number = 10_000;

/** A node's id is so many random bytes, base64url. */
export const NODE_ID_BYTES: number = 16;
const ID = /^[A-Za-z0-9_-]{22}$/;
const MAX_NAME_CHARACTERS = 256;

/** Says whether something is a node's id. */
export function isNodeId(id: unknown): id is string {
  return typeof id === "string" && ID.test(id);
}

/**
 * Writes routes as they are sent.
 *
 * @param routes Any.
 * @returns Plain data: `[[provider, path, info], ...]`.
 */
export function formatRoutes(routes: readonly Route[]): unknown[] {
  return routes.map(({ provider, path, info }) => [provider, path, info]);
}

/**
 * Reads what a neighbour has sent.
 *
 * @param value Anything.
 * @param neighbour The neighbour's id, where every way has to begin.
 * @returns The routes; those whose ways go in circles, or are too long, are left out.
 * @throws {DecodeError} When it is no list of routes, or too long a one.
 */
export function parseRoutes(value: unknown, neighbour: string): Route[] {
  if (!Array.isArray(value) || value.length > MAX_ROUTES) {
    throw malformed(`they are not a list of at most ${MAX_ROUTES}`);
  }
  const routes = value.map((entry) => parseRoute(entry, neighbour));
  return routes.filter(({ path }) => path.length <= MAX_PATH && new Set(path).size === path.length);
}

function parseRoute(entry: unknown, neighbour: string): Route {
  if (!Array.isArray(entry)) throw malformed("one is not a list");
  const [provider, path, published] = entry;
  if (!isNodeId(provider) || !Array.isArray(path) || !path.every(isNodeId)) {
    throw malformed("one has no provider, or no path");
  }
  if (path[0] !== neighbour || path.at(-1) !== provider) {
    throw malformed("a path does not lead from the neighbour to the provider");
  }
  const [info] = parseEndpoints([published]);
  if (info.name === "" || info.name.length > MAX_NAME_CHARACTERS) {
    throw malformed(`a name has not 1 to ${MAX_NAME_CHARACTERS} characters`);
  }
  return { provider, path, info };
}

function malformed(reason: string): DecodeError {
  return new DecodeError("malformed", `Cannot read routes of a cluster as ${reason}`);
}
