/**
 * Where the nodes of one measurement meet, and nobody else.
 *
 * @module
 */
import type { Meeting } from "../tasks/crowd.ts";

const FIRST_PORT = 20_000;
const PORTS = 10_000;

/** Makes one up. */
export function createMeeting(): Meeting {
  const [number] = crypto.getRandomValues(new Uint32Array(1));
  return { namespace: `bench-${number}`, port: FIRST_PORT + number % PORTS };
}
