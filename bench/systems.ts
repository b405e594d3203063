/**
 * The list of what is measured.
 *
 * @module
 */
import { type Runtime, RUNTIME_TITLES } from "./runtimes.ts";

/** A system that can be measured. */
export interface System {
  /** What `--systems` calls it. */
  readonly name: string;
  /** Its name in the report. */
  readonly title: string;
  /** Its adapter, relative to this file. Peers' adapters live where their packages are found. */
  readonly adapter: string;
  readonly kind: "ours" | "ceiling" | "peer";
  /** Whether each `connect()` is one more connection to the server process. */
  readonly isIdleMeasured: boolean;
  /** A program that it needs on the PATH. */
  readonly needs?: string;
}

/** Ours first, then the ceiling, then the peers. */
export const SYSTEMS: readonly System[] = [
  {
    name: "synapse",
    title: "Synapse",
    adapter: "systems/synapse.ts",
    kind: "ours",
    isIdleMeasured: true,
  },
  {
    name: "raw",
    title: "raw node:net",
    adapter: "systems/raw.ts",
    kind: "ceiling",
    isIdleMeasured: true,
  },
  peer("grpc", "@grpc/grpc-js"),
  peer("capnweb", "capnweb"),
  peer("rpc_websockets", "rpc-websockets"),
  peer("trpc", "@trpc/server"),
  peer("birpc", "birpc"),
  peer("msgpack5rpc", "msgpack5rpc"),
  { ...peer("moleculer", "moleculer"), isIdleMeasured: false },
  { ...peer("nats", "NATS"), isIdleMeasured: false, needs: "nats-server" },
];

function peer(name: string, title: string): System {
  return { name, title, adapter: `peers/${name}.mjs`, kind: "peer", isIdleMeasured: true };
}

/** A system under a runtime: one row of a table. */
export interface Row {
  readonly system: System;
  readonly runtime: Runtime;
  /** Names it in records and on the terminal, as in `grpc@node`. */
  readonly key: string;
  /** Names it in the report, as in `@grpc/grpc-js (Node)`. */
  readonly title: string;
}

/** Makes the rows of all `systems` under all `runtimes`. */
export function createRows(systems: readonly System[], runtimes: readonly Runtime[]): Row[] {
  return runtimes.flatMap((runtime) =>
    systems.map((system) => ({
      system,
      runtime,
      key: `${system.name}@${runtime}`,
      title: `${system.title} (${RUNTIME_TITLES[runtime]})`,
    }))
  );
}
