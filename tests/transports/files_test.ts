import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  link,
  lstat,
  mkdir,
  readFile,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { createHash } from "node:crypto";
import net from "node:net";
import { RemoteError, SynapseError } from "../../core/errors.ts";
import { formatAddress, Node, type ReceiveFilesOptions } from "../../mod.ts";
import { DirectoryStore } from "../../transports/directory_store.ts";
import { OpenFile } from "../../transports/file_source.ts";
import { receiveFiles, sendFile, type SendFileOptions } from "../../transports/files.ts";
import { fileBytes } from "../support/memory_files.ts";
import { TemporaryFolder } from "../support/temporary_folder.ts";

const KEY = "0123456789abcdef".repeat(2);
const FAST = { floorMs: 1, baseMs: 1, capMs: 1, maxAttempts: 20 };

/** A node that takes files into one folder, and one that sends them from another. */
class Exchange implements AsyncDisposable {
  readonly from: TemporaryFolder;
  readonly to: TemporaryFolder;
  readonly receiver: Node = new Node();
  readonly sender: Node = new Node();
  target = "";

  constructor(from: TemporaryFolder, to: TemporaryFolder) {
    this.from = from;
    this.to = to;
  }

  static async begin(options?: ReceiveFilesOptions): Promise<Exchange> {
    const exchange = new Exchange(await TemporaryFolder.create(), await TemporaryFolder.create());
    const { address } = await exchange.receiver.listen("tcp://127.0.0.1:0");
    exchange.target = formatAddress(address);
    await receiveFiles(exchange.receiver, exchange.to.path, options);
    return exchange;
  }

  /** Writes a file and sends it. */
  async send(
    name: string,
    bytes: Uint8Array,
    options?: SendFileOptions,
  ): Promise<{ bytes: number; sha256: string; resumedAt: number }> {
    await writeFile(this.from.at(name), bytes);
    return await this.sendAgain(name, options);
  }

  /** Sends a file that was written. */
  async sendAgain(
    name: string,
    options?: SendFileOptions,
  ): Promise<{ bytes: number; sha256: string; resumedAt: number }> {
    const remote = await this.sender.connect(this.target, { reconnect: FAST });
    return await sendFile(this.sender, remote, this.from.at(name), options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.sender.close(0), this.receiver.close(0)]);
    await this.from[Symbol.asyncDispose]();
    await this.to[Symbol.asyncDispose]();
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

for (const size of [0, 1, 65_536, 1024 * 1024, 3 * 1024 * 1024 + 17]) {
  Deno.test(`sendFile() brings over ${size} bytes, readable by their owner only`, async () => {
    await using exchange = await Exchange.begin();
    const bytes = fileBytes(size);
    const receipt = await exchange.send("a.bin", bytes);
    assertEquals(receipt, { bytes: size, sha256: sha256(bytes), resumedAt: 0 });
    assertEquals(new Uint8Array(await readFile(exchange.to.at("a.bin"))), bytes);
    assertEquals(await exchange.to.names(), ["a.bin"]);
    assertEquals((await stat(exchange.to.at("a.bin"))).mode & 0o777, 0o600);
  });
}

Deno.test("sendFile() goes on when the connection is cut in the middle", async () => {
  await using exchange = await Exchange.begin();
  const bytes = fileBytes(12 * 1024 * 1024);
  await using proxy = await CuttingProxy.begin(exchange.target, 8 * 1024 * 1024);
  exchange.target = proxy.target;
  const receipt = await exchange.send("a.bin", bytes);
  assert(proxy.connections > 1, "nothing was cut");
  assert(receipt.resumedAt > 0, "it began anew");
  assertEquals(receipt.sha256, sha256(bytes));
  assertEquals(sha256(await readFile(exchange.to.at("a.bin"))), sha256(bytes));
  assertEquals(await exchange.to.names(), ["a.bin"]);
});

Deno.test("sendFile() goes on in a later run, from what has come in an earlier one", async () => {
  await using exchange = await Exchange.begin();
  const bytes = fileBytes(12 * 1024 * 1024);
  const stopping = new AbortController();
  const stop = new Error("enough");
  const error = await assertRejects(() =>
    exchange.send("a.bin", bytes, {
      signal: stopping.signal,
      onProgress: (done) => done > 8 * 1024 * 1024 && stopping.abort(stop),
    })
  );
  assertEquals(error, stop);
  const receipt = await exchange.sendAgain("a.bin");
  assert(receipt.resumedAt > 0, "it began anew");
  assertEquals([receipt.sha256, await exchange.to.names()], [sha256(bytes), ["a.bin"]]);
});

Deno.test("sendFile() sends no folder, no pipe and nothing that isn't there", async () => {
  await using exchange = await Exchange.begin();
  await mkdir(exchange.from.at("folder"));
  for (const [name, reason] of [["folder", /it is no file/], ["none", /no such file/]] as const) {
    const error = await assertRejects(() => exchange.sendAgain(name), SynapseError);
    assertEquals([error.code, reason.test(error.message)], ["storage_failed", true], error.message);
  }
});

Deno.test("sendFile() sends nothing of a file that is changed meanwhile", async () => {
  await using exchange = await Exchange.begin();
  const path = exchange.from.at("a.bin");
  let isChanged = false;
  const error = await assertRejects(() =>
    exchange.send("a.bin", fileBytes(12 * 1024 * 1024), {
      onProgress: () => {
        if (!isChanged) utimes(path, 1, 1);
        isChanged = true;
      },
    }), RemoteError);
  assertEquals(error.code, "file_changed");
  assertEquals((await exchange.to.names()).includes("a.bin"), false);
});

Deno.test("OpenFile notices that a file has become shorter", async () => {
  await using folder = await TemporaryFolder.create();
  await writeFile(folder.at("a"), fileBytes(100));
  const file = await OpenFile.open(folder.at("a"));
  try {
    await truncate(folder.at("a"), 50);
    const error = await assertRejects(() => Array.fromAsync(file.read(0, 100)), SynapseError);
    assertEquals(error.code, "file_changed");
  } finally {
    await file.close();
  }
});

Deno.test("receiveFiles() leaves a file that is there, and looks before anything is sent", async () => {
  await using exchange = await Exchange.begin();
  await writeFile(exchange.to.at("a"), "old");
  const progress: number[] = [];
  const error = await assertRejects(
    () => exchange.send("a", fileBytes(10), { onProgress: (bytes) => progress.push(bytes) }),
    RemoteError,
  );
  assertEquals([error.code, progress], ["file_exists", []]);
  assertEquals(await readFile(exchange.to.at("a"), "utf8"), "old");
  assertEquals(await exchange.to.names(), ["a"]);
});

Deno.test("receiveFiles() replaces a file where it may", async () => {
  await using exchange = await Exchange.begin({ overwrite: true });
  await writeFile(exchange.to.at("a"), "old");
  await exchange.send("a", fileBytes(10));
  assertEquals(new Uint8Array(await readFile(exchange.to.at("a"))), fileBytes(10));
});

Deno.test("receiveFiles() never replaces a folder", async () => {
  await using exchange = await Exchange.begin({ overwrite: true });
  await mkdir(exchange.to.at("a"));
  const error = await assertRejects(() => exchange.send("a", fileBytes(10)), RemoteError);
  assertEquals([error.code, await exchange.to.names()], ["file_exists", ["a"]]);
});

Deno.test("receiveFiles() writes through no link, be it dangling", async () => {
  for (const overwrite of [false, true]) {
    await using exchange = await Exchange.begin({ overwrite });
    const secret = exchange.from.at("secret");
    await writeFile(secret, "secret");
    await symlink(secret, exchange.to.at("link"));
    await symlink(exchange.from.at("nothing"), exchange.to.at("dangling"));
    for (const name of ["link", "dangling"]) {
      const sent = exchange.send(name, fileBytes(10));
      if (overwrite) await sent;
      else assertEquals((await assertRejects(() => sent, RemoteError)).code, "file_exists");
      assertEquals((await lstat(exchange.to.at(name))).isSymbolicLink(), !overwrite);
    }
    assertEquals(await readFile(secret, "utf8"), "secret");
    assertEquals((await exchange.from.names()).includes("nothing"), false);
  }
});

Deno.test("receiveFiles() takes several files at once, and one of two of the same name", async () => {
  await using exchange = await Exchange.begin();
  await using other = await TemporaryFolder.create();
  await writeFile(exchange.from.at("same"), fileBytes(1_000_000));
  await writeFile(other.at("same"), fileBytes(1_000_001));
  const remote = await exchange.sender.connect(exchange.target);
  const results = await Promise.allSettled([
    sendFile(exchange.sender, remote, exchange.from.at("same")),
    sendFile(exchange.sender, remote, other.at("same")),
    exchange.send("b", fileBytes(2_000_000)),
  ]);
  assertEquals(results.map(({ status }) => status).sort(), ["fulfilled", "fulfilled", "rejected"]);
  const refused = results.find(({ status }) => status === "rejected") as PromiseRejectedResult;
  assertEquals(refused.reason.code, "file_exists");
  const names = (await exchange.to.names()).filter((name) => !name.startsWith("."));
  assertEquals(names, ["b", "same"]);
});

Deno.test("receiveFiles() takes no more once it is closed", async () => {
  await using folder = await TemporaryFolder.create();
  await using node = new Node();
  const reception = await receiveFiles(node, folder.path);
  const offer = "_synapse.file.offer";
  await reception.close();
  assertEquals(node.removeEndpoint(offer), false);
});

Deno.test("DirectoryStore.open() opens folders only", async () => {
  await using folder = await TemporaryFolder.create();
  await writeFile(folder.at("a"), "");
  for (const [name, reason] of [["a", /it is no folder/], ["b", /there is no such/]] as const) {
    const error = await assertRejects(() => DirectoryStore.open(folder.at(name)), SynapseError);
    assertMatch(error.message, reason);
  }
});

Deno.test("DirectoryStore keeps to where its folder was, whatever becomes of the link to it", async () => {
  await using folder = await TemporaryFolder.create();
  await mkdir(folder.at("real"));
  await symlink(folder.at("real"), folder.at("link"));
  const store = await DirectoryStore.open(folder.at("link"));
  assertMatch(store.path, /real$/);
});

Deno.test("DirectoryStore shows what isn't whole under no name of a file", async () => {
  await using folder = await TemporaryFolder.create();
  const store = await DirectoryStore.open(folder.path);
  const name = "é".repeat(127);
  const partial = await store.open({ name, size: 5, key: KEY });
  await partial.append(fileBytes(3));
  await partial.close();
  const [left] = await folder.names();
  assertEquals(left, `.${"é".repeat(40)}.${KEY}.part`);
  assertEquals((await stat(folder.at(left))).mode & 0o777, 0o600);
  const again = await store.open({ name, size: 5, key: KEY });
  assertEquals(again.bytes, 3);
  assertEquals(await Array.fromAsync(again.read()), [fileBytes(3)]);
  await again.discard();
  assertEquals(await folder.names(), []);
});

Deno.test("DirectoryStore leaves a file that comes up while another is written", async () => {
  await using folder = await TemporaryFolder.create();
  const store = await DirectoryStore.open(folder.path);
  const partial = await store.open({ name: "a", size: 3, key: KEY });
  await partial.append(fileBytes(3));
  await writeFile(folder.at("a"), "mine");
  const error = await assertRejects(() => partial.commit(), SynapseError);
  assertEquals(error.code, "file_exists");
  await partial.close();
  assertEquals(await readFile(folder.at("a"), "utf8"), "mine");
});

Deno.test("DirectoryStore goes on with nothing but a file of its own", async () => {
  await using folder = await TemporaryFolder.create();
  await writeFile(folder.at("secret"), "secret");
  const store = await DirectoryStore.open(folder.path);
  const partialPath = folder.at(`.a.${KEY}.part`);
  const plant = [
    () => symlink(folder.at("secret"), partialPath),
    () => symlink(folder.at("nothing"), partialPath),
    () => link(folder.at("secret"), partialPath),
    () => mkdir(partialPath),
  ];
  for (const make of plant) {
    await make();
    const error = await assertRejects(
      () => store.open({ name: "a", size: 3, key: KEY }),
      SynapseError,
      "something else has its temporary name",
    );
    assertEquals(error.code, "storage_failed");
    await Deno.remove(partialPath);
  }
  assertEquals(await readFile(folder.at("secret"), "utf8"), "secret");
  assertEquals(await folder.names(), ["secret"]);
});

Deno.test("DirectoryStore bounds how many partial files lie around, and forgets old ones", async () => {
  await using folder = await TemporaryFolder.create();
  const store = await DirectoryStore.open(folder.path, { maxPartials: 2, keepPartialsDays: 7 });
  const begin = async (digit: string) => {
    const partial = await store.open({ name: "a", size: 3, key: digit.repeat(32) });
    await partial.close();
  };
  await begin("1");
  await begin("2");
  const error = await assertRejects(() => begin("3"), SynapseError);
  assertEquals(error.code, "limit_exceeded");
  await begin("2");
  const oldSeconds = Date.now() / 1_000 - 8 * 24 * 60 * 60;
  await utimes(folder.at(`.a.${"1".repeat(32)}.part`), oldSeconds, oldSeconds);
  await writeFile(folder.at(".hidden"), "");
  await begin("3");
  assertEquals(await folder.names(), [
    ".a.22222222222222222222222222222222.part",
    ".a.33333333333333333333333333333333.part",
    ".hidden",
  ]);
});

Deno.test("receiveFiles() says that its folder is gone, without saying where it was", async () => {
  await using exchange = await Exchange.begin();
  await Deno.remove(exchange.to.path);
  const error = await assertRejects(() => exchange.send("a", fileBytes(10)), RemoteError);
  assertEquals(error.code, "storage_failed");
  assertEquals(error.message, "Cannot write a as there is no such file");
});

/** Stands between both ends, and cuts each connection after so many bytes to the receiver; the last stays. */
class CuttingProxy implements AsyncDisposable {
  connections = 0;
  target = "";
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();

  constructor(to: string, cutAfter: number) {
    const port = Number(new URL(to.replace("tcp:", "http:")).port);
    this.#server = net.createServer((near) => {
      const isCut = ++this.connections === 1;
      const far = net.connect(port, "127.0.0.1");
      let count = 0;
      for (const [one, other] of [[near, far], [far, near]]) {
        this.#sockets.add(one);
        one.on("error", () => {});
        one.on("close", () => other.destroy());
        one.pipe(other);
      }
      near.on("data", (chunk) => {
        count += chunk.length;
        if (isCut && count >= cutAfter) near.destroy();
      });
    });
  }

  static async begin(to: string, cutAfter: number): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(to, cutAfter);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    proxy.target = `tcp://127.0.0.1:${(proxy.#server.address() as net.AddressInfo).port}`;
    return proxy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
