/**
 * What `synapse serve` is asked for in tests.
 *
 * @module
 */
import type { ServeOptions } from "../../../../cli/commands/serve/command.ts";
import { ANYWHERE } from "../../crowd.ts";

/** Serves nothing, on a port that the system chooses, to this machine alone, and isn't to be found. */
export function serveOptions(changes: Partial<ServeOptions> = {}): ServeOptions {
  return {
    ...ANYWHERE,
    module: undefined,
    namespace: "",
    name: "",
    addresses: ["tcp://127.0.0.1:0"],
    hasEcho: false,
    programs: [],
    dialects: undefined,
    swarm: { swarm: undefined, team: "default" },
    http: undefined,
    joins: [],
    rules: [],
    collectsLogs: false,
    isAdvertised: false,
    peers: undefined,
    isJson: false,
    ...changes,
  };
}
