/**
 * Part ten: native calls over WebSocket with 64 in flight, beside those who call over WebSocket too.
 *
 * @module
 */
import { measureCalls } from "../calls.ts";
import { judge } from "../judge.ts";
import type { Part } from "../part.ts";
import { prepare } from "../prepare.ts";
import { CallResults } from "../results.ts";
import { createRows, type Row, type System, SYSTEMS } from "../systems.ts";
import { formatNumber } from "../table.ts";
import { PHASES } from "../work.ts";

/** No row of the tables of calls, which have it over TCP. */
const OURS: System = {
  name: "synapse_websocket",
  title: "Synapse over WebSocket",
  adapter: "systems/synapse_websocket.ts",
  kind: "ours",
  isIdleMeasured: false,
};
/** How many times as fast as these it has to be, whatever they run under. */
const TO_REACH: Readonly<Record<string, number>> = { rpc_websockets: 3, capnweb: 7 };
const PHASE = PHASES.find(({ name }) => name === "64")!;

/** `--websocket` */
export const WEBSOCKET_PART: Part = {
  name: "websocket",
  help: "calls over WebSocket, beside rpc-websockets and capnweb",
  async measure({ rows: ours, rounds, retries, times }, print) {
    const systems = [OURS, ...SYSTEMS.filter(({ name }) => name in TO_REACH)];
    const runtimes = ours.map(({ runtime }) => runtime);
    const { rows } = prepare(createRows(systems, runtimes), print);
    const results = new CallResults();
    for (let round = 1; round <= rounds; round++) {
      for (const row of rows) {
        const samples = await measureCalls(row, { phases: [PHASE], times, retries });
        results.add(row, round, samples);
        const [{ callsPerSecond }] = samples;
        print(`round ${round}  ${row.key.padEnd(24)} ${formatNumber(callsPerSecond)}/s`);
      }
    }
    const rate = (row: Row) => results.median(row, PHASE.name, "callsPerSecond");
    const ratio = (row: Row, base: Row) => results.ratio(row, base, PHASE.name, "callsPerSecond");
    const [first] = results.rows;
    return {
      sections: [{
        title: `${PHASE.title}, over WebSocket`,
        table: [
          ["system", "calls/s", `${first.title} ÷ it`, "other CPUs"],
          ...results.rows.toSorted((a, b) => rate(b) - rate(a)).map((row) => [
            row.title,
            formatNumber(rate(row)),
            formatNumber(ratio(first, row)),
            formatNumber(results.median(row, PHASE.name, "foreignCpus")),
          ]),
        ],
      }],
      figures: results.rows.filter(({ system }) => system === OURS).flatMap((row) =>
        Object.entries(TO_REACH).map(([name, atLeast]) => {
          const [fastest] = results.rows.filter(({ system }) => system.name === name)
            .toSorted((a, b) => rate(b) - rate(a));
          return {
            work: `${PHASE.title}, ${row.title}`,
            ...judge(ratio(row, fastest), { atLeast }, ` × ${fastest.title}`),
          };
        })
      ),
    };
  },
};
