/**
 * A room to talk in, for every kind of client on one port. It imports nothing, so that the executable can serve it,
 * too:
 *
 * ```sh
 * synapse serve examples/chat.ts --namespace demo
 * synapse call localhost:9999 listen
 * synapse call localhost:9999 say Ada hello
 * curl -d '{"jsonrpc":"2.0","id":1,"method":"say","params":["Bob","hi"]}' http://localhost:9999/rpc
 * ```
 *
 * and http://localhost:9999 in a browser.
 *
 * @module
 */

/** One word in the room. */
export interface Line {
  readonly name: string;
  readonly text: string;
}

const MAX_LINES = 100;
const MAX_LENGTH = 1_000;
const lines: Line[] = [];
const listeners = new Set<(line: Line) => void>();

/** Says something to all who listen. */
export function say(name: string, text: string): number {
  const line = { name: name.slice(0, MAX_LENGTH), text: text.slice(0, MAX_LENGTH) };
  lines.push(line);
  if (lines.length > MAX_LINES) lines.shift();
  for (const listener of listeners) listener(line);
  return listeners.size;
}
say.description = "Says something; tells how many have heard it.";

/** What was said last. */
export function history(count: number = 10): Line[] {
  return lines.slice(-Math.max(1, count));
}
history.description = "Tells what was said last.";

/** Each line as it is said, until the caller leaves. */
export async function* listen(): AsyncGenerator<Line> {
  const heard: Line[] = [];
  let wake = (): void => {};
  const listener = (line: Line): void => {
    // Who listens too slowly misses the oldest.
    if (heard.push(line) > MAX_LINES) heard.shift();
    wake();
  };
  listeners.add(listener);
  try {
    for (;;) {
      while (heard.length > 0) yield heard.shift()!;
      await new Promise<void>((resolve) => wake = resolve);
    }
  } finally {
    listeners.delete(listener);
  }
}
listen.description = "Streams each line as it is said.";
