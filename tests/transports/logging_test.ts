import { configure, getLogger, type LogLevel, type LogRecord, reset } from "@logtape/logtape";
import { assertEquals } from "@std/assert";
import { collectLogs, createRemoteSink, Node } from "../../mod.ts";

/** What LogTape gets, as text, while something is done. */
async function logged(level: LogLevel | undefined, act: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = [];
  if (level !== undefined) {
    const sink = ({ level, category, message }: LogRecord): void => {
      const text = message.join("").replaceAll(/:\d{4,5}/g, ":PORT").replace(/ [\d.]+ ms$/, " MS");
      lines.push(`${level} ${category.join(".")} ${text}`);
    };
    await configure({
      sinks: { sink },
      loggers: [
        { category: "synapse", lowestLevel: level, sinks: ["sink"] },
        { category: ["logtape", "meta"], lowestLevel: "fatal" },
      ],
    });
  }
  try {
    await act();
  } finally {
    await reset();
  }
  return lines;
}

async function talk(): Promise<void> {
  const server = new Node();
  server.endpoint("sum", (a: number, b: number) => a + b);
  const { address } = await server.listen("tcp://127.0.0.1:0");
  const client = new Node();
  const remote = await client.connect(`tcp://127.0.0.1:${address.port}`);
  await remote.call("sum", [1, 2]);
  await client.close();
  await server.close();
}

Deno.test("LogTape gets a line a message at debug", async () => {
  const lines = await logged("debug", talk);
  const served = lines.filter((line) => line.includes(" <- ") || line.includes(" -> "));
  assertEquals(served.filter((line) => line.includes("sum")), [
    "debug synapse.message -> tcp://127.0.0.1:PORT msgpack-rpc request sum 10 B",
    "debug synapse.message <- tcp://127.0.0.1:PORT msgpack-rpc request sum 10 B",
    "debug synapse.message -> tcp://127.0.0.1:PORT msgpack-rpc result sum 5 B MS",
    "debug synapse.message <- tcp://127.0.0.1:PORT msgpack-rpc result sum 5 B MS",
  ]);
  assertEquals(lines.includes("debug synapse.connection accepted tcp://127.0.0.1:PORT"), true);
});

Deno.test("LogTape gets what happens to a node at info, and no messages", async () => {
  assertEquals(await logged("info", talk), [
    "info synapse.connection listening on tcp://127.0.0.1:PORT",
  ]);
});

Deno.test("the library is silent where nobody has configured LogTape", async () => {
  assertEquals(await logged(undefined, talk), []);
});

Deno.test("createRemoteSink() sends an application's records to a node that collects them", async () => {
  const collector = new Node();
  const collected: string[] = [];
  collectLogs(collector, {
    onRecord: ({ level, category, message }) =>
      void collected.push(`${level} ${category.join(".")} ${message}`),
  });
  const { address } = await collector.listen("tcp://127.0.0.1:0");
  const client = new Node();
  const remote = await client.connect(`tcp://127.0.0.1:${address.port}`);
  await configure({
    sinks: { remote: createRemoteSink(remote) },
    loggers: [
      { category: [], lowestLevel: "debug", sinks: ["remote"] },
      { category: ["logtape", "meta"], lowestLevel: "fatal" },
    ],
  });
  getLogger(["app", "shop"]).info("sold {count} of {what}", { count: 2, what: { size: 3 } });
  // Makes messages of its own, which must not be sent in turn.
  await remote.call("_synapse.ping");
  await reset();
  await client.close();
  await collector.close();
  assertEquals(collected.filter((line) => line.includes("app")), [
    'info app.shop sold 2 of {"size":3}',
  ]);
  assertEquals(collected.filter((line) => line.includes("synapse.message")), []);
});

Deno.test("LogTape hears of refusals and of what throws", async () => {
  const lines = await logged("warning", async () => {
    const server = new Node({ limits: { maxConnections: 1 } });
    server.endpoint("fails", () => {
      throw new Error("broken");
    });
    server.on("accepted", () => {
      throw new Error("listens badly");
    });
    const { address } = await server.listen("tcp://127.0.0.1:0");
    const refused = new Promise((resolve) => server.on("refused", resolve));
    const failed = new Promise((resolve) => server.on("notifyFailed", resolve));
    const client = new Node();
    const url = `tcp://127.0.0.1:${address.port}`;
    const remote = await client.connect(url);
    remote.notify("fails");
    await failed;
    const second = client.connect(url).then((other) => other.call("fails").catch(() => {}));
    await refused;
    await second.catch(() => {});
    await client.close(0);
    await server.close(0);
  });
  assertEquals(lines.sort(), [
    "error synapse.task a listener of accepted failed: listens badly",
    "warning synapse.connection refused tcp://127.0.0.1:PORT: Cannot accept connection as 1 are open already",
    "warning synapse.task fails failed, and its caller wants no answer: broken",
  ]);
});
