import { getLogger } from "@logtape/logtape";
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { withLogging } from "../../cli/log.ts";
import { FakeIo } from "./fake_io.ts";

const logger = getLogger(["synapse", "message"]);

Deno.test("withLogging() logs in lines of text that no value can break", async () => {
  const io = new FakeIo();
  await withLogging({ level: "info", format: "text" }, io, async () => {
    logger.debug("too fine");
    logger.info("called {method}", { method: "sum\n[ERR] forged \u001b[2J" });
    await io.out.write("");
  });
  assertMatch(
    io.err.text,
    /^\S+ \S+ \S+ \[INF\] synapse·message: called sum \[ERR\] forged \\u001b\[2J\n$/,
  );
  assertEquals(io.out.text, "");
});

Deno.test("withLogging() logs one JSON object a line", async () => {
  const io = new FakeIo();
  await withLogging({ level: "debug", format: "json" }, io, () => {
    logger.debug("called {method}", { method: "sum" });
    return Promise.resolve();
  });
  const { level, logger: name, properties } = JSON.parse(io.err.text);
  assertEquals([level, name, properties], ["DEBUG", "synapse.message", { method: "sum" }]);
});

Deno.test("withLogging() ends with what it logs for, however that ends", async () => {
  const io = new FakeIo();
  const fails = () => Promise.reject(new Error("fails"));
  await assertRejects(
    () => withLogging({ level: "debug", format: "text" }, io, fails),
    Error,
    "fails",
  );
  logger.error("nobody hears this");
  assertEquals(io.err.text, "");
});
