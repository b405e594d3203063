/**
 * Where things lie.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** The project's folder, in which every process of the benchmark runs. Ends with a slash. */
export const PROJECT_DIR: string = fileURLToPath(new URL("..", import.meta.url));

/** The peers' adapters and packages. */
export const PEERS_DIR: string = `${PROJECT_DIR}bench/peers`;

/** The sides' files as JavaScript, for Node 20 reads no TypeScript. */
export const NODE_SIDES_DIR: string = `${PROJECT_DIR}dist/bench`;

/** What every sample of the latest run was. */
export const SAMPLES_FILE: string = `${PROJECT_DIR}bench/results/samples.jsonl`;

/** The report of the latest complete run. */
export const REPORT_FILE: string = `${PROJECT_DIR}bench/results.md`;
