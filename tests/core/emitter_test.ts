import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { Emitter } from "../../core/emitter.ts";
import { FakeClock } from "../support/fake_clock.ts";

interface Events {
  readonly joined: string;
  readonly left: { readonly reason: string };
}

function createEmitter(): { emitter: Emitter<Events>; errors: unknown[] } {
  const errors: unknown[] = [];
  const emitter = new Emitter<Events>((error, name) => errors.push([name, error]));
  return { emitter, errors };
}

Deno.test("Emitter.emit() calls listeners in the order in which they came", () => {
  const { emitter } = createEmitter();
  const heard: string[] = [];
  emitter.on("joined", (name) => heard.push(`first ${name}`));
  emitter.on("joined", (name) => heard.push(`second ${name}`));
  emitter.on("left", ({ reason }) => heard.push(reason));
  assertEquals(emitter.emit("joined", "Alice"), true);
  assertEquals(heard, ["first Alice", "second Alice"]);
});

Deno.test("Emitter.emit() says whether anybody listens", () => {
  const { emitter } = createEmitter();
  assertEquals(emitter.emit("joined", "Alice"), false);
  const unsubscribe = emitter.on("joined", () => {});
  assertEquals(emitter.emit("joined", "Alice"), true);
  unsubscribe();
  unsubscribe();
  assertEquals(emitter.emit("joined", "Alice"), false);
});

Deno.test("Emitter.on() counts a function that listens twice twice", () => {
  const { emitter } = createEmitter();
  let calls = 0;
  const listener = () => calls++;
  const unsubscribe = emitter.on("joined", listener);
  emitter.on("joined", listener);
  emitter.emit("joined", "Alice");
  unsubscribe();
  emitter.emit("joined", "Bob");
  assertEquals(calls, 3);
});

Deno.test("Emitter.emit() goes on after a listener that throws, and reports it", () => {
  const { emitter, errors } = createEmitter();
  const mistake = new Error("listener is broken");
  const heard: string[] = [];
  emitter.on("joined", () => {
    throw mistake;
  });
  emitter.on("joined", (name) => heard.push(name));
  assertEquals(emitter.emit("joined", "Alice"), true);
  assertEquals(heard, ["Alice"]);
  assertEquals(errors, [["joined", mistake]]);
});

Deno.test("Emitter.emit() reports a listener whose promise rejects", async () => {
  const { emitter, errors } = createEmitter();
  emitter.on("joined", () => Promise.reject("broken later"));
  emitter.emit("joined", "Alice");
  await new FakeClock().runMicrotasks();
  assertEquals(errors, [["joined", "broken later"]]);
});

Deno.test("Emitter.emit() skips a listener that an earlier one has just removed", () => {
  const { emitter } = createEmitter();
  const heard: string[] = [];
  emitter.on("joined", () => unsubscribe());
  const unsubscribe = emitter.on("joined", () => heard.push("removed"));
  emitter.on("joined", () => heard.push("kept"));
  emitter.emit("joined", "Alice");
  assertEquals(heard, ["kept"]);
});

Deno.test("Emitter.emit() leaves a listener that joins meanwhile for the next event", () => {
  const { emitter } = createEmitter();
  const heard: string[] = [];
  emitter.on("joined", (outer) => emitter.on("joined", (inner) => heard.push(outer + inner)));
  emitter.emit("joined", "A");
  assertEquals(heard, []);
  emitter.emit("joined", "B");
  assertEquals(heard, ["AB"]);
});

Deno.test("Emitter.once() gives the next event, and only that", async () => {
  const { emitter } = createEmitter();
  const next = emitter.once("joined");
  emitter.emit("joined", "Alice");
  assertEquals(emitter.emit("joined", "Bob"), false);
  assertEquals(await next, "Alice");
});

Deno.test("Emitter.once() stops waiting with the signal's reason", async () => {
  const { emitter } = createEmitter();
  const controller = new AbortController();
  const next = emitter.once("joined", { signal: controller.signal });
  const reason = new Error("no longer interested");
  controller.abort(reason);
  assertStrictEquals(await assertRejects(() => next), reason);
  assertEquals(emitter.emit("joined", "Alice"), false);
});

Deno.test("Emitter.once() does not listen when the signal was aborted before", async () => {
  const { emitter } = createEmitter();
  const reason = new Error("too late");
  const error = await assertRejects(() =>
    emitter.once("joined", { signal: AbortSignal.abort(reason) })
  );
  assertStrictEquals(error, reason);
  assertEquals(emitter.emit("joined", "Alice"), false);
});

Deno.test("Emitter.once() leaves nothing on the signal", async () => {
  const { emitter } = createEmitter();
  const controller = new AbortController();
  const added: unknown[] = [];
  const { signal } = controller;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (type: string, listener: EventListener) => {
    added.push(listener);
    addEventListener.call(signal, type, listener);
  };
  signal.removeEventListener = (type: string, listener: EventListener) => {
    added.splice(added.indexOf(listener), 1);
    removeEventListener.call(signal, type, listener);
  };
  const next = emitter.once("joined", { signal });
  assertEquals(added.length, 1);
  emitter.emit("joined", "Alice");
  await next;
  assertEquals(added.length, 0);
});
