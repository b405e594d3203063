/**
 * Where time went, from the CPU profiles that `--profile` wrote.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";

/** The parts used here of V8's `.cpuprofile` format. */
interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  /** The node that was running at each sample. */
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

const LINES_A_PROFILE = 20;

/** Lists, for each profile in `dir`, the functions with the most time of their own. */
export function summarizeProfiles(dir: string): string {
  return readdirSync(dir).filter((name) => name.endsWith(".cpuprofile")).sort().map((name) =>
    `${name}\n${summarizeProfile(JSON.parse(readFileSync(`${dir}/${name}`, "utf8")))}`
  ).join("\n");
}

function summarizeProfile(profile: CpuProfile): string {
  const frames = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const selfUs = new Map<string, number>();
  let busyUs = 0;
  profile.samples.forEach((id, index) => {
    const frame = frames.get(id)!;
    if (frame.functionName === "(idle)") return;
    const place = formatFrame(frame);
    selfUs.set(place, (selfUs.get(place) ?? 0) + profile.timeDeltas[index]);
    busyUs += profile.timeDeltas[index];
  });
  return [...selfUs].sort(([, a], [, b]) => b - a).slice(0, LINES_A_PROFILE).map(([place, us]) =>
    `${(us / busyUs * 100).toFixed(1).padStart(6)} %  ${place}\n`
  ).join("");
}

function formatFrame({ functionName, url, lineNumber }: CallFrame): string {
  const file = url.split("/").slice(-2).join("/");
  return `${functionName || "(anonymous)"} ${file}:${lineNumber + 1}`;
}
