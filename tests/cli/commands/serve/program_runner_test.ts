import { assertEquals, assertRejects } from "@std/assert";
import {
  type ProgramLimits,
  ProgramRunner,
} from "../../../../cli/commands/serve/program_runner.ts";
import { SynapseError } from "../../../../mod.ts";

const NEVER: AbortSignal = new AbortController().signal;

async function run(argv: readonly string[], limits?: Partial<ProgramLimits>): Promise<string> {
  return new TextDecoder().decode(await new ProgramRunner(limits).run(argv, NEVER));
}

async function assertFails(running: Promise<unknown>, code: string): Promise<SynapseError> {
  const error = await assertRejects(() => running, SynapseError);
  assertEquals(error.code, code, error.message);
  return error;
}

Deno.test("ProgramRunner passes arguments on as they are, without a shell", async () => {
  const words = ["$HOME", "*", "a b", "'", '"', ";", "", "größer"];
  assertEquals(await run(["printf", "<%s>", ...words]), words.map((word) => `<${word}>`).join(""));
});

Deno.test("ProgramRunner closes stdin", async () => {
  assertEquals(await run(["cat"]), "");
});

Deno.test("ProgramRunner gives the exit code and what was said on stderr", async () => {
  const error = await assertFails(
    run(["sh", "-c", "echo out; echo why >&2; exit 7"]),
    "exec_failed",
  );
  assertEquals(error.message, "Cannot use the output of sh as its exit code is 7");
  assertEquals(error.data, { exitCode: 7, stderr: "why" });
});

Deno.test("ProgramRunner gives only the end of a long stderr", async () => {
  const script = "i=0; while [ $i -lt 3000 ]; do echo line $i >&2; i=$((i+1)); done; exit 1";
  const { data } = await assertFails(run(["sh", "-c", script]), "exec_failed");
  const { stderr } = data as { stderr: string };
  assertEquals(stderr.length <= 4_096, true);
  assertEquals(stderr.endsWith("line 2999"), true);
});

Deno.test("ProgramRunner says that a program was killed", async () => {
  const error = await assertFails(run(["sh", "-c", "kill -9 $$"]), "exec_failed");
  assertEquals(error.message, "Cannot use the output of sh as it was killed");
});

Deno.test("ProgramRunner says that there is no such program", async () => {
  const error = await assertFails(run(["synapse-no-such-program"]), "exec_failed");
  assertEquals(error.message, "Cannot run synapse-no-such-program as there is no such program");
});

Deno.test("ProgramRunner refuses an argument with a null character", async () => {
  await assertFails(run(["echo", "a\0b"]), "invalid_params");
});

Deno.test("ProgramRunner takes as much output as allowed", async () => {
  assertEquals(await run(["printf", "12345"], { maxOutputBytes: 5 }), "12345");
});

Deno.test("ProgramRunner ends a program that prints more", async () => {
  await assertFails(run(["printf", "123456"], { maxOutputBytes: 5 }), "limit_exceeded");
  await assertFails(run(["yes"], { maxOutputBytes: 100_000 }), "limit_exceeded");
});

Deno.test("ProgramRunner ends a program that takes too long", async () => {
  await assertFails(run(["sleep", "1000"], { timeoutMs: 1 }), "deadline_exceeded");
});

Deno.test("ProgramRunner ends a cancelled program, and whatever it has started", async () => {
  const runner = new ProgramRunner({ maxRuns: 1 });
  const cancelling = new AbortController();
  // The run is over when nobody holds its stdout any more: not the shell, nor the sleep that it
  // waits for.
  const running = runner.run(["sh", "-c", "sleep 1000; sleep 1000"], cancelling.signal);
  const reason = new SynapseError("cancelled", "enough");
  cancelling.abort(reason);
  assertEquals(await running.catch((error) => error), reason);
  await runner.run(["true"], NEVER);
});

Deno.test("ProgramRunner starts nothing that was cancelled before", async () => {
  const reason = new SynapseError("cancelled", "enough");
  const running = new ProgramRunner().run(["sleep", "1000"], AbortSignal.abort(reason));
  assertEquals(await running.catch((error) => error), reason);
});

Deno.test("ProgramRunner runs no more at once than allowed", async () => {
  const runner = new ProgramRunner({ maxRuns: 2 });
  const cancelling = new AbortController();
  const running = [1, 2].map(() => runner.run(["sleep", "1000"], cancelling.signal));
  await assertFails(runner.run(["true"], NEVER), "limit_exceeded");
  cancelling.abort(new SynapseError("cancelled", "enough"));
  await Promise.allSettled(running);
  await runner.run(["true"], NEVER);
});

Deno.test("ProgramRunner.kill() ends what ignores a polite request", async () => {
  const runner = new ProgramRunner();
  const running = runner.run(["sh", "-c", "trap '' TERM; sleep 1000"], NEVER);
  runner.kill();
  const error = await assertFails(running, "exec_failed");
  assertEquals(error.message, "Cannot use the output of sh as it was killed");
});
