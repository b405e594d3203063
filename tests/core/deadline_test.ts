import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type DeadlineOptions, withDeadline } from "../../core/deadline.ts";
import { TimeoutError } from "../../core/errors.ts";
import { FakeClock } from "../support/fake_clock.ts";

function createOptions(
  options: Partial<DeadlineOptions> = {},
): DeadlineOptions & { clock: FakeClock } {
  return { timeoutMs: 100, operation: "do it", ...options, clock: new FakeClock() };
}

const never = (): Promise<never> => new Promise(() => {});

Deno.test("withDeadline() gives what comes in time, and leaves no timer", async () => {
  const options = createOptions();
  assertEquals(await withDeadline(options, () => Promise.resolve(5)), 5);
  await assertRejects(
    () => withDeadline(options, () => Promise.reject(new Error("own"))),
    Error,
    "own",
  );
  await assertRejects(
    () =>
      withDeadline(options, () => {
        throw new Error("at once");
      }),
    Error,
    "at once",
  );
  assertEquals(options.clock.pendingTimers, 0);
});

Deno.test("withDeadline() rejects when time is up, and says so to what runs", async () => {
  const options = createOptions();
  let signal: AbortSignal | undefined;
  const late = assertRejects(() =>
    withDeadline(options, (given) => {
      signal = given;
      return never();
    }), TimeoutError);
  await options.clock.advance(99);
  assertEquals(signal!.aborted, false);
  await options.clock.advance(1);
  const error = await late;
  assertEquals([error.operation, error.timeoutMs, signal!.reason], ["do it", 100, error]);
});

Deno.test("withDeadline() rejects with its caller's reason, untouched", async () => {
  for (const reason of [new Error("mine"), "text", null]) {
    const controller = new AbortController();
    const options = createOptions({ signal: controller.signal });
    let signal: AbortSignal | undefined;
    const running = withDeadline(options, (given) => {
      signal = given;
      return never();
    });
    controller.abort(reason);
    assert(await running.then(() => assert(false), (error) => error) === reason);
    assert(signal!.reason === reason);
    assertEquals(options.clock.pendingTimers, 0);
  }
});

Deno.test("withDeadline() runs nothing for a caller who has left already", async () => {
  const reason = new Error("left");
  let runs = 0;
  const options = createOptions({ signal: AbortSignal.abort(reason) });
  const error = await withDeadline(options, () => Promise.resolve(runs++)).catch((error) => error);
  assert(error === reason);
  assertEquals([runs, options.clock.pendingTimers], [0, 0]);
});

Deno.test("withDeadline() waits for ever where told to, and no time at all where none is left", async () => {
  const patient = createOptions({ timeoutMs: Infinity });
  const { promise, resolve } = Promise.withResolvers<string>();
  const running = withDeadline(patient, () => promise);
  assertEquals(patient.clock.pendingTimers, 0);
  await patient.clock.advance(1e9);
  resolve("in the end");
  assertEquals(await running, "in the end");
  const hurried = createOptions({ timeoutMs: -5 });
  const late = assertRejects(() => withDeadline(hurried, never), TimeoutError);
  await hurried.clock.advance(0);
  await late;
});

Deno.test("What fails after its deadline fails unheard", async () => {
  const options = createOptions();
  const { promise, reject } = Promise.withResolvers<never>();
  const late = assertRejects(() => withDeadline(options, () => promise), TimeoutError);
  await options.clock.advance(100);
  await late;
  reject(new Error("too late"));
  await options.clock.runMicrotasks();
  assertThrows(() => AbortSignal.abort(new Error("x")).throwIfAborted(), Error, "x");
});
