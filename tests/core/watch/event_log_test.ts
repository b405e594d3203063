import { assertEquals } from "@std/assert";
import type { Caller } from "../../../core/caller.ts";
import { Emitter } from "../../../core/emitter.ts";
import { SynapseError, TransportError } from "../../../core/errors.ts";
import type { NodeEvents } from "../../../core/node_options.ts";
import { EventLog } from "../../../core/watch/event_log.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const ADDRESS = { scheme: "tcp", host: "10.0.0.2", port: 4711, path: "" };
const STRANGER = { address: ADDRESS, info: undefined } as Caller;
const BOB = { address: ADDRESS, info: { name: "bob", namespace: "demo", window: 1 } } as Caller;

function follow() {
  const clock = new FakeClock(1_000_000);
  const source = new Emitter<NodeEvents>(() => {});
  return { clock, source, log: new EventLog(source, clock) };
}

Deno.test("EventLog tells what has happened, and when", async () => {
  const { clock, source, log } = follow();
  source.emit("accepted", { peer: STRANGER });
  await clock.advance(5);
  source.emit("released", { peer: BOB, error: undefined });
  assertEquals(log.since(0), [
    {
      unixMs: 1_000_000,
      name: "accepted",
      text: "tcp://10.0.0.2:4711 has connected",
      isWarning: false,
    },
    { unixMs: 1_000_005, name: "released", text: "bob@demo has left", isWarning: false },
  ]);
});

Deno.test("EventLog tells why somebody has left where something was wrong", () => {
  const { source, log } = follow();
  const lost = new TransportError("connection_lost", "tcp://10.0.0.2", "reset");
  source.emit("released", { peer: BOB, error: lost });
  source.emit("released", { peer: BOB, error: new SynapseError("protocol_error", "no map") });
  const texts = log.since(0).map(({ text }) => text);
  assertEquals(texts, ["bob@demo has left", "bob@demo has left: protocol_error"]);
});

Deno.test("EventLog keeps to itself what functions throw", () => {
  const { source, log } = follow();
  const error = new Error("the password is sesame");
  source.emit("taskFailed", { name: "backup", error });
  source.emit("notifyFailed", { peer: BOB, method: "log", error });
  source.emit("refused", { address: ADDRESS, error });
  assertEquals(log.since(0).map(({ text, isWarning }) => [text, isWarning]), [
    ["task backup failed", true],
    ["log failed, and its caller wants no answer", true],
    ["refused tcp://10.0.0.2:4711", true],
  ]);
});

Deno.test("EventLog keeps the last 50, and cuts the long", () => {
  const { source, log } = follow();
  for (let i = 0; i < 60; i++) {
    source.emit("taskFailed", { name: `${i}${"x".repeat(1_000)}`, error: undefined });
  }
  assertEquals(log.count, 60);
  assertEquals(log.since(0).length, 50);
  assertEquals(log.since(58).map(({ text }) => text.slice(0, 7)), ["task 58", "task 59"]);
  assertEquals(log.since(60), []);
  assertEquals(Math.max(...log.since(0).map(({ text }) => text.length)), 200);
});
