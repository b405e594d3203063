/**
 * The page that a node shows of itself.
 *
 * Whatever nodes have written is text here, never markup.
 *
 * @module
 */
/// <reference lib="dom" />
import { SynapseError } from "../browser.ts";
import { connectHome, watch } from "./connection.ts";
import { byId, setText } from "./dom.ts";
import { Overview } from "./overview.ts";

/** The link's state in words, for whoever can't see the dot's colour. */
function showState(state: "connected" | "lost", text: string): void {
  byId("state").dataset.state = state;
  setText(byId("state-text"), text);
  if (state === "lost") setText(byId("uptime"), "");
}

const remote = await connectHome(() => showState("lost", "not there: trying again"));
remote.on("disconnected", () => showState("lost", "connection lost: trying again"));

function failed(error: unknown): void {
  // That the connection is lost has been said.
  if (!(error instanceof SynapseError) || !remote.isConnected) return;
  showState("lost", `nothing to see: ${error.code}`);
}

const overview = new Overview(remote);
for await (const snapshot of watch(remote, failed)) {
  try {
    await overview.update(snapshot);
    showState("connected", "connected");
  } catch (error) {
    failed(error);
  }
}
