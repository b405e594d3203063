/**
 * `synapse discover --watch`, where there is no terminal to draw on.
 *
 * @module
 */
import { formatDuration, type Peer, type PeerEvents } from "../../../mod.ts";
import { untilAborted } from "../../abort.ts";
import { harmlessLine } from "../../harmless.ts";
import type { CliIo } from "../../io.ts";
import { printValue } from "../../print_value.ts";
import { describePeer, formatPeer } from "./peer_lines.ts";
import type { Surveyor } from "./surveyor.ts";

/** What has happened, for programs and for people. */
interface News {
  readonly json: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/**
 * Prints what happens to peers, a line each, until Ctrl-C.
 *
 * @param surveyor Has not begun yet.
 * @param isJson Whether a program reads it.
 * @param io The surroundings.
 * @throws {Interruption} In the end.
 */
export async function watchEvents(surveyor: Surveyor, isJson: boolean, io: CliIo): Promise<never> {
  const { node } = surveyor;
  let reject = (_reason: unknown): void => {};
  const failed = new Promise<never>((_resolve, rejectIt) => reject = rejectIt);
  let printing = Promise.resolve();
  const print = ({ json, text }: News): void => {
    printing = printing.then(() =>
      isJson ? printValue(json, "json", io) : io.out.write(`${text}\n`)
    );
    printing.catch(reject);
  };
  for (const peer of surveyor.found()) print(peerNews("joined", peer.peer));
  const unsubscribe = [
    node.on("peerJoined", ({ peer }) => print(peerNews("joined", peer))),
    node.on("peerUpdated", ({ peer }) => print(peerNews("updated", peer))),
    node.on("peerOffline", ({ peer }) => print(peerNews("offline", peer))),
    node.on("peerLeft", ({ peer, reason }) => print(peerNews("left", peer, { reason }))),
    node.on("peerKeyChanged", (change) => print(keyNews(change))),
  ];
  surveyor.begin((found) => {
    const { peer, functions = [] } = found;
    const latency = formatDuration(peer.latency?.smoothedMs ?? 0);
    print({
      json: { event: "answered", peer: describePeer(found) },
      text: harmlessLine(`answered ${formatPeer(peer)} ${latency} ${functions.join(", ")}`),
    });
  });
  try {
    return await untilAborted(failed, io.signal);
  } finally {
    for (const stop of unsubscribe) stop();
    await printing.catch(() => {});
  }
}

function peerNews(event: string, peer: Peer, more: Readonly<Record<string, string>> = {}): News {
  const json = { event, peer: describePeer({ peer, functions: undefined }), ...more };
  return { json, text: [event, formatPeer(peer), ...Object.values(more)].join(" ") };
}

function keyNews({ knownKey, observation }: PeerEvents["peerKeyChanged"]): News {
  const { address, ...about } = observation;
  const text = `key_changed ${formatPeer({ ...about, key: about.key, addresses: [address] })}`;
  return { json: { event: "key_changed", knownKey, observation }, text };
}
