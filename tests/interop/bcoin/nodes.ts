/**
 * Real Bitcoin nodes, of a regtest network of their own: bcoin, in a process of its own.
 *
 * Needs Node.js, and npm to install bcoin into this folder the first time.
 *
 * @module
 */
import net from "node:net";
import { tmpdir } from "node:os";

/** A transaction that the nodes' wallet has made, and that no node knows yet. */
export interface MadeTransaction {
  readonly kind: string;
  readonly txid: string;
  readonly wtxid: string;
  readonly hex: string;
  readonly vsize: number;
}

/** Anything that the nodes have said. */
interface Said {
  readonly ev: string;
  readonly [field: string]: unknown;
}

/** How many nodes, and who dials whom. */
export interface NodesOptions {
  readonly nodes?: number;
  readonly topology?: "line" | "star";
}

const FOLDER = new URL("./", import.meta.url).pathname;
const SCRIPT = `${FOLDER}regtest_node.cjs`;
const LOCK = `${tmpdir()}/synapse-installs-bcoin`;
const LOCK_POLL_MS = 100;
const INSTALLATION_MS = 120_000;
/** Below Linux's ephemeral ports, and not bcoin's own. */
const FIRST_PORT = 21_000;
const LAST_PORT = 29_000;

/**
 * Installs bcoin where it isn't. Test files that run side by side wait for each other.
 *
 * @returns Why it can't be had; undefined when it is there.
 */
export async function installBcoin(): Promise<string | undefined> {
  for (let waitedMs = 0; !await makeFolder(LOCK); waitedMs += LOCK_POLL_MS) {
    if (waitedMs >= INSTALLATION_MS) {
      return `somebody else's installation hangs: remove ${LOCK}`;
    }
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
  }
  try {
    if (await exists(`${FOLDER}node_modules/bcoin/package.json`)) {
      return undefined;
    }
    const { success } = await new Deno.Command("npm", {
      args: ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
      cwd: FOLDER,
      stdin: "null",
      stdout: "null",
      stderr: "null",
      signal: AbortSignal.timeout(INSTALLATION_MS),
    }).output();
    return success ? undefined : "npm could not install bcoin";
  } catch {
    return "there is no npm";
  } finally {
    await Deno.remove(LOCK);
  }
}

/** Nodes that are up, until their scope ends. */
export class BcoinNodes implements AsyncDisposable {
  /** Where each listens, as in `127.0.0.1:21000`. */
  readonly addresses: readonly string[];
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #said: Said[] = [];
  #waiting: (() => void)[] = [];
  #reading: Promise<void>;
  #serial = 0;
  #hasEnded = false;

  constructor(child: Deno.ChildProcess, addresses: readonly string[]) {
    this.addresses = addresses;
    this.#child = child;
    this.#input = child.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Starts nodes, with blocks and with coins to spend. */
  static async start(options: NodesOptions = {}): Promise<BcoinNodes> {
    const { nodes = 1, topology = "line" } = options;
    const p2p = await findFreePorts(2 * nodes);
    const args = [SCRIPT, `${p2p}`, `${p2p + nodes}`, "--quiet-blocks"];
    const child = new Deno.Command("node", {
      args: [...args, "--nodes", `${nodes}`, "--topology", topology],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const addresses = Array.from(
      { length: nodes },
      (_, i) => `127.0.0.1:${p2p + i}`,
    );
    const started = new BcoinNodes(child, addresses);
    await started.said(({ ev }) => ev === "ready");
    return started;
  }

  /** Makes transactions of one kind. */
  async make(kind: string, n = 1): Promise<MadeTransaction[]> {
    const { txids } = await this.command({
      cmd: "make",
      kind,
      n,
    }) as unknown as {
      txids: string[];
    };
    return txids.map((txid) =>
      this.#said.find((said) =>
        said.ev === "tx-ready" && said.txid === txid
      ) as unknown as MadeTransaction
    );
  }

  /** The txids in each node's mempool. */
  async mempools(): Promise<string[][]> {
    const { nodes } = await this.command({ cmd: "mempool" });
    return nodes as string[][];
  }

  /** Has the nodes do something, and waits for their answer. */
  async command(command: Readonly<Record<string, unknown>>): Promise<Said> {
    const id = ++this.#serial;
    await this.#input.write(
      new TextEncoder().encode(`${JSON.stringify({ ...command, id })}\n`),
    );
    const reply = await this.said((said) => said.ev === "reply" && said.id === id);
    if (reply.error !== undefined) {
      throw new Error(`bcoin refused ${command.cmd}: ${reply.error}`);
    }
    return reply;
  }

  /** Waits until the nodes say something; what they have said before counts too. */
  async said(isIt: (said: Said) => boolean): Promise<Said> {
    while (true) {
      const found = this.#said.find(isIt);
      if (found !== undefined) return found;
      if (this.#hasEnded) {
        throw new Error(`bcoin ended: ${JSON.stringify(this.#said.slice(-3))}`);
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Ends all nodes at once, as a crash would. */
  async kill(): Promise<void> {
    if (!this.#hasEnded) this.#child.kill("SIGKILL");
    await Promise.all([this.#child.status, this.#reading]);
    await this.#input.close().catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (
      const text of this.#child.stdout.pipeThrough(new TextDecoderStream())
    ) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) this.#said.push(JSON.parse(line));
      this.#wake();
    }
    this.#hasEnded = true;
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

/** @returns false when it is there already. */
async function makeFolder(path: string): Promise<boolean> {
  try {
    await Deno.mkdir(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch {
    return false;
  }
}

/** Finds so many free ports in a row. @returns The first of them. */
async function findFreePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const first = FIRST_PORT +
      Math.floor(Math.random() * (LAST_PORT - FIRST_PORT - count));
    const ports = Array.from({ length: count }, (_, i) => first + i);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first;
  }
  throw new Error("Cannot find free ports");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
