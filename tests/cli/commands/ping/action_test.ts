import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ping } from "../../../../cli/commands/ping/action.ts";
import { Interruption } from "../../../../cli/interruption.ts";
import { FakeIo } from "../../fake_io.ts";
import { servePlain } from "../../plain_server.ts";
import { withNode } from "../../with_node.ts";

const COMMON = {
  count: 3,
  intervalMs: 1,
  timeoutMs: 30_000,
  isJson: false,
  discovery: {},
  identity: undefined,
};

Deno.test("ping() prints a line for each answer and a summary, over one connection", async () => {
  let connections = 0;
  await withNode((node) => node.on("accepted", () => connections++), async (target) => {
    const io = new FakeIo();
    assertEquals(await ping({ target, ...COMMON }, io), 0);
    const lines = io.out.text.trimEnd().split("\n");
    assertEquals(lines.length, 4);
    for (const seq of [1, 2, 3]) {
      assertMatch(lines[seq - 1], new RegExp(`^${target} seq=${seq} time=[\\d.]+ (µs|ms|s)$`));
    }
    assertMatch(lines[3], /^3 sent, 3 answered, 0 % lost; min .+ (µs|ms|s), avg .+, max .+$/);
  });
  assertEquals(connections, 1);
});

Deno.test("ping() prints one JSON object a line", () =>
  withNode(() => {}, async (target) => {
    const io = new FakeIo();
    await ping({ target, ...COMMON, isJson: true }, io);
    const lines = io.out.text.trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals(lines.map(({ event, seq, sent, answered }) => [event, seq ?? sent, answered]), [
      ["answer", 1, undefined],
      ["answer", 2, undefined],
      ["answer", 3, undefined],
      ["summary", 3, 3],
    ]);
    assertEquals(lines.slice(0, 3).every(({ ms }) => ms > 0), true);
  }));

Deno.test("ping() takes a refusal for an answer", async () => {
  await using server = servePlain();
  const io = new FakeIo();
  assertEquals(await ping({ target: server.target, ...COMMON, count: 1 }, io), 0);
  assertMatch(io.out.text, /1 sent, 1 answered, 0 % lost; /);
});

Deno.test("ping() counts what isn't answered as lost", () =>
  withNode(
    (node) => node.endpoint("_synapse.ping", { hidden: true }, () => new Promise(() => {})),
    async (target) => {
      const io = new FakeIo();
      assertEquals(await ping({ target, ...COMMON, count: 2, timeoutMs: 300 }, io), 4);
      assertEquals(
        io.out.text,
        `${target} seq=1 no answer\n${target} seq=2 no answer\n2 sent, 0 answered, 100 % lost\n`,
      );
    },
  ));

Deno.test("ping() prints the summary at Ctrl-C", () =>
  withNode(() => {}, async (target) => {
    const io = new FakeIo();
    const pinging = ping({ target, ...COMMON, count: 1_000, intervalMs: 1e9 }, io);
    await io.out.until(/seq=1/);
    io.interrupt();
    await assertRejects(() => pinging, Interruption);
    assertMatch(io.out.text, /\n1 sent, 1 answered, 0 % lost; min [^\n]+\n$/);
  }));
