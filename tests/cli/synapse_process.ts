/**
 * The real thing: `synapse` as a process. From source, or the executable that `SYNAPSE_BIN` names.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What the documentation tells to allow, and nothing more. */
const FROM_SOURCE: readonly string[] = [
  Deno.execPath(),
  "run",
  "--quiet",
  "--no-prompt",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-run",
  "--allow-sys=networkInterfaces",
  `${ROOT}cli/main.ts`,
];

/** What a {@linkcode SynapseProcess} may be given. */
export interface ProcessOptions {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** How a process ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command line of `synapse` with some arguments. */
export function synapseCommand(...args: string[]): readonly string[] {
  const executable = Deno.env.get("SYNAPSE_BIN");
  const command = executable === undefined ? FROM_SOURCE : [Deno.realPathSync(executable)];
  return [...command, ...args];
}

/** One process. */
export class SynapseProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #out: TextReader;
  readonly #err: TextReader;

  /**
   * @param args After `synapse`.
   * @param options What it is given.
   */
  constructor(args: readonly string[], options: ProcessOptions = {}) {
    const { stdin, env } = options;
    const [program, ...rest] = synapseCommand(...args);
    this.#child = new Deno.Command(program, {
      args: rest,
      cwd: ROOT,
      env: { ...env },
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#out = new TextReader(this.#child.stdout);
    this.#err = new TextReader(this.#child.stderr);
    if (stdin !== undefined) this.#feed(stdin);
  }

  /** Starts `synapse serve` on a port of its own. @returns With the URL that it listens on. */
  static async serve(
    args: readonly string[],
    options: ProcessOptions = {},
  ): Promise<SynapseProcess & { readonly target: string }> {
    const server = new SynapseProcess(["serve", "--port", "0", "--json", ...args], options);
    const line = await server.line();
    if (line === undefined) throw new Error((await server.end()).err);
    return Object.assign(server, { target: JSON.parse(line).addresses[0] as string });
  }

  /** The next line on stdout; undefined at its end. */
  line(): Promise<string | undefined> {
    return this.#out.line();
  }

  /** The next line on stderr; undefined at its end. */
  errorLine(): Promise<string | undefined> {
    return this.#err.line();
  }

  /** Sends a signal. */
  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Closes our end of its stdout, as `head` does when it has seen enough. */
  leave(): Promise<void> {
    return this.#out.leave();
  }

  /** Waits for its end. What was read before is left out. */
  async end(): Promise<Ended> {
    const [out, err, { code }] = await Promise.all([
      this.#out.rest(),
      this.#err.rest(),
      this.#child.status,
    ]);
    return { code, out, err };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.end();
  }

  async #feed(stdin: string | Uint8Array): Promise<void> {
    const bytes = typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin;
    const writer = this.#child.stdin.getWriter();
    await writer.write(bytes);
    await writer.close();
  }
}

/**
 * Runs `synapse` to its end.
 *
 * @param args After `synapse`.
 * @param options What it is given.
 */
export async function synapse(
  args: readonly string[],
  options?: ProcessOptions,
): Promise<Ended> {
  await using process = new SynapseProcess(args, options);
  return await process.end();
}

/** Line by line, or all of it. */
class TextReader {
  readonly #reader: ReadableStreamDefaultReader<string>;
  #read = "";
  #isOver = false;

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  }

  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#read.indexOf("\n");
      if (end !== -1) {
        const line = this.#read.slice(0, end);
        this.#read = this.#read.slice(end + 1);
        return line;
      }
      if (!await this.#more()) return undefined;
    }
  }

  async rest(): Promise<string> {
    while (await this.#more());
    const rest = this.#read;
    this.#read = "";
    return rest;
  }

  async leave(): Promise<void> {
    this.#isOver = true;
    this.#read = "";
    await this.#reader.cancel();
  }

  async #more(): Promise<boolean> {
    if (this.#isOver) return false;
    const { done, value } = await this.#reader.read();
    if (done) this.#isOver = true;
    else this.#read += value;
    return !done;
  }
}
