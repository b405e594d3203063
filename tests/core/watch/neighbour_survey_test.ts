import { assertEquals } from "@std/assert";
import type { Caller } from "../../../core/caller.ts";
import { createDeferred, type Deferred } from "../../../core/deferred.ts";
import { RemoteError } from "../../../core/errors.ts";
import { NeighbourSurvey } from "../../../core/watch/neighbour_survey.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** A neighbour that answers when the test says so. */
class Neighbour {
  readonly info: Caller["info"] = { name: "bob", namespace: "demo", window: 64 };
  readonly questions: Deferred<unknown>[] = [];

  get caller(): Caller {
    return this as unknown as Caller;
  }

  call(): Promise<unknown> {
    const question = createDeferred<unknown>();
    this.questions.push(question);
    return question.promise;
  }
}

Deno.test("NeighbourSurvey learns whom a neighbour knows, and how far away it is", async () => {
  const clock = new FakeClock();
  const survey = new NeighbourSurvey(clock);
  const bob = new Neighbour();
  survey.ask([bob.caller]);
  await clock.advance(30);
  assertEquals(survey.of(bob.caller)?.latency, undefined);
  bob.questions[0].resolve([{ name: "carol", namespace: "demo" }, "junk", { name: "a|b" }, null]);
  await clock.runMicrotasks();
  const { latency, knows } = survey.of(bob.caller)!;
  assertEquals([latency?.smoothedMs, knows], [30, ["carol@demo"]]);
});

Deno.test("NeighbourSurvey asks again after five seconds, and never twice at once", async () => {
  const clock = new FakeClock();
  const survey = new NeighbourSurvey(clock);
  const bob = new Neighbour();
  survey.ask([bob.caller]);
  await clock.advance(6_000);
  survey.ask([bob.caller]);
  assertEquals(bob.questions.length, 1);
  bob.questions[0].resolve([]);
  await clock.runMicrotasks();
  survey.ask([bob.caller]);
  survey.ask([bob.caller]);
  assertEquals(bob.questions.length, 2);
});

Deno.test("NeighbourSurvey takes a refusal for an answer, and silence for none", async () => {
  const clock = new FakeClock();
  const survey = new NeighbourSurvey(clock);
  const [plain, dead] = [new Neighbour(), new Neighbour()];
  survey.ask([plain.caller, dead.caller]);
  await clock.advance(7);
  plain.questions[0].reject(new RemoteError("_synapse.peers", "method_not_found", "no"));
  dead.questions[0].reject(new Error("Gone"));
  await clock.runMicrotasks();
  assertEquals(survey.of(plain.caller)?.latency?.smoothedMs, 7);
  assertEquals(survey.of(dead.caller)?.latency, undefined);
});

Deno.test("NeighbourSurvey asks the first 32, and none that hasn't introduced itself", () => {
  const survey = new NeighbourSurvey(new FakeClock());
  const silent = Object.assign(new Neighbour(), { info: undefined });
  const many = Array.from({ length: 40 }, () => new Neighbour());
  survey.ask([silent, ...many].map(({ caller }) => caller));
  assertEquals(silent.questions.length, 0);
  assertEquals(many.filter(({ questions }) => questions.length > 0), many.slice(0, 32));
});

Deno.test("NeighbourSurvey believes a neighbour in 32 others", async () => {
  const clock = new FakeClock();
  const survey = new NeighbourSurvey(clock);
  const bob = new Neighbour();
  survey.ask([bob.caller]);
  bob.questions[0].resolve(
    Array.from({ length: 1_000 }, (_, i) => ({ name: `n${i}`, namespace: "demo" })),
  );
  await clock.runMicrotasks();
  assertEquals(survey.of(bob.caller)?.knows.length, 32);
});
