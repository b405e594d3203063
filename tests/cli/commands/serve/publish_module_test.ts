import { assertEquals, assertRejects } from "@std/assert";
import { publishModule } from "../../../../cli/commands/serve/publish_module.ts";
import { UsageError } from "../../../../cli/usage_error.ts";
import { Node } from "../../../../mod.ts";

function names(node: Node): string[] {
  return node.endpoints.map((endpoint) => endpoint.name);
}

Deno.test("publishModule() publishes functions, generators and arrows, and nothing else", async () => {
  await using node = new Node();
  await publishModule({
    sum: (a: number, b: number) => a + b,
    ticks: function* () {},
    later: async () => {},
    Counter: class {},
    VERSION: "1.0.0",
    nothing: null,
  }, node);
  assertEquals(names(node), ["later", "sum", "ticks"]);
});

Deno.test("publishModule() publishes a function's description", async () => {
  await using node = new Node();
  const sum = Object.assign(() => 0, { description: "Adds." });
  await publishModule({ sum }, node);
  assertEquals(node.endpoints[0].description, "Adds.");
});

Deno.test("publishModule() lets the default export do what it likes, and waits for it", async () => {
  await using node = new Node();
  await publishModule({
    one: () => 1,
    default: async (node: Node) => {
      await Promise.resolve();
      node.endpoint("two", () => 2);
    },
  }, node);
  assertEquals(names(node), ["one", "two"]);
});

Deno.test("publishModule() passes over a default export that is no function", async () => {
  await using node = new Node();
  await publishModule({ default: { sum: () => 0 } }, node);
  assertEquals(names(node), []);
});

Deno.test("publishModule() schedules tasks by interval and by calendar", async () => {
  await using node = new Node();
  const run = () => {};
  await publishModule({
    background: {
      often: { every: "5s", run },
      seldom: { cron: "0 3 * * *", timezone: "UTC", run },
      millis: { every: 1_500, run },
    },
  }, node);
  assertEquals(node.tasks.map(({ name, schedule }) => [name, schedule.text]), [
    ["often", "every 5 s"],
    ["seldom", "cron 0 3 * * * (UTC)"],
    ["millis", "every 1.5 s"],
  ]);
});

Deno.test("publishModule() runs a task as a method, with a signal", async () => {
  await using node = new Node();
  const ran = Promise.withResolvers<unknown[]>();
  const task = {
    every: "1h",
    immediately: true,
    run(signal: unknown): void {
      ran.resolve([this, signal instanceof AbortSignal]);
    },
  };
  await publishModule({ background: { task } }, node);
  const [self, hasSignal] = await ran.promise;
  assertEquals(self === task, true);
  assertEquals(hasSignal, true);
});

Deno.test("publishModule() publishes a function that happens to be called background", async () => {
  await using node = new Node();
  await publishModule({ background: () => {} }, node);
  assertEquals(names(node), ["background"]);
});

const run = () => {};
for (
  const [task, reason] of [
    [5, "it isn't { every"],
    [null, "it isn't { every"],
    [run, "it isn't { every"],
    [{ every: "5s" }, "it isn't { every"],
    [{ run }, "it takes either every or cron"],
    [{ every: "5s", cron: "* * * * *", run }, "it takes either every or cron"],
    [{ every: "5", run }, "the unit is missing"],
    [{ every: 0, run }, "at least one whole millisecond"],
    [{ cron: "every day", run }, "Cannot read cron expression"],
  ] as const
) {
  Deno.test(`publishModule() refuses the task ${JSON.stringify(task)} (${reason})`, async () => {
    await using node = new Node();
    const error = await assertRejects(
      () => publishModule({ background: { oops: task } }, node),
      UsageError,
      "Cannot run task oops in the background as ",
    );
    assertEquals(error.message.includes(reason), true, error.message);
  });
}
