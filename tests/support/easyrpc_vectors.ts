/**
 * Messages of real easyrpc servers and proxies.
 *
 * @module
 */
import recorded from "../vectors/easyrpc.json" with { type: "json" };

/** One message, or one control frame. */
export interface EasyrpcVector {
  readonly name: string;
  readonly direction: string;
  readonly text?: string;
  readonly decoded?: unknown;
}

export const SECRET: string = recorded.secrets.server_secret;
export const VECTORS: readonly EasyrpcVector[] = recorded.vectors as readonly EasyrpcVector[];

/** Finds one message. */
export function vectorText(name: string): string {
  const text = VECTORS.find((vector) => vector.name === name)?.text;
  if (text === undefined) throw new Error(`no vector ${name}`);
  return text;
}

/** What stands under `ws_action` in a message. */
export function actionOf(text: string): {
  readonly type: string;
  readonly request_id: unknown;
  readonly response?: unknown;
  readonly request?: unknown;
  readonly response_expected?: unknown;
} {
  return JSON.parse(text).ws_action;
}

/** The messages of a name, `{name}.{number}`, in their order: what goes to the server, and what comes back. */
export function dialogue(name: string): { request: string; response: string | undefined }[] {
  const pattern = new RegExp(`^${name.replaceAll(".", "\\.")}\\.(\\d+)$`);
  const messages = VECTORS.filter((vector) =>
    pattern.test(vector.name) && vector.text !== undefined
  );
  const pairs: { request: string; response: string | undefined }[] = [];
  for (const { direction, text } of messages) {
    if (direction === "client->server") pairs.push({ request: text!, response: undefined });
    else pairs[pairs.length - 1].response = text;
  }
  return pairs;
}
