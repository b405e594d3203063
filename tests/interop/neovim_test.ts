import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { Extension, Node, RemoteError, SynapseError } from "@synapse/p2p";
import { findProgram, runProgram, type Server, startServer } from "./program.ts";

const SCRIPT = `${import.meta.dirname}/neovim/client.vim`;
const CLI = `${import.meta.dirname}/../../cli/main.ts`;
const nvim = findProgram(["nvim", "--version"]);

function startNeovim(): Promise<Server> {
  return startServer(
    nvim!,
    ...["--headless", "--clean", "--listen", "127.0.0.1:0"],
    ...["-c", "lua io.stdout:write(vim.v.servername, '\\n') io.stdout:flush()"],
  );
}

if (nvim === undefined) {
  Deno.test.ignore("Neovim: nvim is not installed (Debian's package: neovim)", () => {});
} else {
  Deno.test("Neovim evaluates an expression for us", async () => {
    await using neovim = await startNeovim();
    await using node = new Node();
    const remote = await node.connect(neovim.address);
    assertEquals(await remote.call("nvim_eval", ["6*7"]), 42);
    assertEquals(await remote.fn.nvim_eval("'a' . 'b'"), "ab");
  });

  Deno.test("synapse call reaches Neovim as it does any other peer", async () => {
    await using neovim = await startNeovim();
    const call = (...args: string[]): Promise<string> =>
      runProgram(
        Deno.execPath(),
        ...["run", "--quiet", "--no-prompt", "--allow-net", "--allow-read", "--allow-env"],
        ...[CLI, "call", neovim.address, ...args],
      );
    assertEquals(await call("nvim_eval", "6*7"), "42\n");
    assertEquals(await call("nvim_buf_line_count", "0", "--json"), "1\n");
    await assertRejects(() => call("nvim_eval", "nonsense"), Error, "E121: Undefined variable");
  });

  Deno.test("Neovim's description of its whole API, 30 KB of it, arrives", async () => {
    await using neovim = await startNeovim();
    await using node = new Node();
    const remote = await node.connect(neovim.address);
    const [channel, api] = await remote.call("nvim_get_api_info") as [number, ApiInfo];
    assert(channel > 0);
    assert(api.functions.some(({ name }) => name === "nvim_eval"));
    assertEquals(api.types.Buffer.id, 0);
  });

  Deno.test("Neovim's error keeps its own data", async () => {
    await using neovim = await startNeovim();
    await using node = new Node();
    const remote = await node.connect(neovim.address);
    const error = await assertRejects(
      () => remote.call("nvim_eval", ["nonsense"]),
      RemoteError,
      "E121: Undefined variable: nonsense",
    );
    assertEquals(error.data, [0, error.message]);
    assertEquals(error.method, "nvim_eval");
  });

  Deno.test("Neovim's blob arrives as bytes", async () => {
    await using neovim = await startNeovim();
    await using node = new Node();
    const remote = await node.connect(neovim.address);
    assertEquals(await remote.call("nvim_eval", ["0z00FF10"]), Uint8Array.of(0, 255, 16));
  });

  Deno.test("Neovim takes a megabyte, as text and as bytes", async () => {
    await using neovim = await startNeovim();
    await using node = new Node();
    const remote = await node.connect(neovim.address);
    const text = "x".repeat(1024 * 1024);
    assertEquals(await remote.call("nvim_call_function", ["strlen", [text]]), text.length);
    const bytes = new TextEncoder().encode(text);
    assertEquals(await remote.call("nvim_call_function", ["strlen", [bytes]]), bytes.length);
  });

  Deno.test("Neovim's buffers and windows go back as they came", async () => {
    await using neovim = await startNeovim();
    await using node = new Node();
    const remote = await node.connect(neovim.address);
    const buffer = await remote.call("nvim_get_current_buf");
    const window = await remote.call("nvim_get_current_win");
    assertInstanceOf(buffer, Extension);
    assertInstanceOf(window, Extension);
    await remote.call("nvim_buf_set_lines", [buffer, 0, -1, true, ["first", "second"]]);
    assertEquals(await remote.call("nvim_buf_line_count", [buffer]), 2);
    assertEquals(await remote.call("nvim_win_get_buf", [window]), buffer);
  });

  Deno.test("Neovim obeys notifications, and tells which of them failed", async () => {
    await using neovim = await startNeovim();
    await using node = new Node();
    const failed = Promise.withResolvers<unknown[]>();
    node.endpoint("nvim_error_event", (_type: number, message: string) => {
      if (message.includes("E492")) failed.resolve([message]);
    });
    const remote = await node.connect(neovim.address);
    remote.notify("nvim_set_var", ["answer", 42]);
    remote.notify("nvim_command", ["NoSuchCommand"]);
    assertEquals(await remote.call("nvim_get_var", ["answer"]), 42);
    assertEquals(await failed.promise, ["Vim:E492: Not an editor command: NoSuchCommand"]);
  });

  Deno.test("Neovim calls back while our call to it is unanswered", async () => {
    await using neovim = await startNeovim();
    await using node = new Node();
    node.endpoint("double", (n: number) => Promise.resolve(n * 2));
    const remote = await node.connect(neovim.address);
    const [channel] = await remote.call("nvim_get_api_info") as [number];
    const nested = `rpcrequest(${channel}, 'double', rpcrequest(${channel}, 'double', 10)) + 2`;
    assertEquals(await remote.call("nvim_eval", [nested]), 42);
  });

  Deno.test("Neovim's script calls our functions and reads our errors", async () => {
    await using node = new Node();
    const logged = Promise.withResolvers<unknown[]>();
    node.endpoint("sum", (a: number, b: number) => a + b)
      .endpoint("greet", (name: string) => `hello ${name}`)
      .endpoint("later", (text: string) => Promise.resolve(text))
      .endpoint("echo", (value: unknown) => value)
      .endpoint("fail", () => {
        throw new SynapseError("out_of_stock", "No apples left");
      })
      .endpoint("ticks", function* () {
        yield 1;
      })
      .endpoint("log", (...args: unknown[]) => logged.resolve(args));
    const { address } = await node.listen("tcp://127.0.0.1:0");
    const seen = JSON.parse(
      await runProgram(
        nvim,
        ...["--headless", "--clean", "--cmd", `let address = '127.0.0.1:${address.port}'`],
        ...["-S", SCRIPT],
      ),
    );
    assertEquals(seen.sum, 3);
    assertEquals(seen.greeting, "hello Åsa");
    assertEquals(seen.later, "soon");
    assertEquals(seen.list, [true, null, -1, 1.5, "text", { key: [] }]);
    assertEquals(lastLine(seen.fail), "out_of_stock: No apples left");
    assert(lastLine(seen.ticks).startsWith("not_supported: "), seen.ticks);
    assert(lastLine(seen.nonsense).startsWith("method_not_found: "), seen.nonsense);
    assertEquals(await logged.promise, ["one line", Uint8Array.of(0, 255)]);
  });
}

/** What `nvim_get_api_info` tells, as far as it is looked at here. */
interface ApiInfo {
  readonly functions: readonly { readonly name: string }[];
  readonly types: Readonly<Record<string, { readonly id: number }>>;
}

/** Neovim puts a line of its own before an error of ours. */
function lastLine(text: string): string {
  return text.split("\n").at(-1)!;
}
