/**
 * Other programs: whether they are here, and running them.
 *
 * @module
 */

/** A program that has said where it listens. Ends with its scope. */
export interface Server extends AsyncDisposable {
  /** As in `127.0.0.1:46813`. */
  readonly address: string;
}

/**
 * Finds the first of some commands that runs.
 *
 * @param candidates Each a program and the arguments of a trial run that ends well at once.
 * @returns The program.
 */
export function findProgram(...candidates: readonly (readonly string[])[]): string | undefined {
  return candidates.map(([program, ...args]) => {
    try {
      const { success } = new Deno.Command(program, { args, stdin: "null" }).outputSync();
      return success ? program : undefined;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }).find((program) => program !== undefined);
}

/** Runs a program to its end. @returns What it printed. */
export async function runProgram(program: string, ...args: string[]): Promise<string> {
  const command = new Deno.Command(program, { args, stdin: "null" });
  const { success, stdout, stderr } = await command.output();
  if (success) return decode(stdout);
  throw new Error(`${program} failed:\n${decode(stderr)}${decode(stdout)}`);
}

/** Starts a server that prints its address as its first line. */
export async function startServer(program: string, ...args: string[]): Promise<Server> {
  const child = new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const complaints = new Response(child.stderr).text();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let printed = "";
  while (!printed.includes("\n")) {
    const { done, value } = await output.read();
    if (done) throw new Error(`${program} ended without an address:\n${await complaints}`);
    printed += value;
  }
  return {
    address: printed.slice(0, printed.indexOf("\n")).trim(),
    async [Symbol.asyncDispose]() {
      child.kill();
      await Promise.all([child.status, complaints, output.cancel()]);
    },
  };
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
