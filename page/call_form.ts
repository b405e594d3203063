/**
 * A form that calls one function.
 *
 * @module
 */
/// <reference lib="dom" />
import { type EndpointInfo, type Parameter, type Remote, SynapseError } from "../browser.ts";
import { type CallArguments, readArguments } from "./arguments.ts";
import { html, setText } from "./dom.ts";
import { formatMs } from "./format.ts";
import { ResultView } from "./result_view.ts";

/**
 * Makes one.
 *
 * @param endpoint The function.
 * @param remote Whose it is.
 * @returns The form, and behind it the place where results appear.
 */
export function createCallForm(endpoint: EndpointInfo, remote: Remote): HTMLFormElement {
  const fields = endpoint.parameters.map(createField);
  const call = html("button", { type: "submit" }, endpoint.stream ? "Start" : "Call");
  const stop = html("button.quiet", { type: "button", hidden: true }, "Stop");
  const status = html("output.status");
  const result = new ResultView();
  const run = async (): Promise<void> => {
    const texts = fields.map(({ input }) => input.value);
    const stopped = new AbortController();
    stop.onclick = () => stopped.abort();
    call.disabled = true;
    stop.hidden = false;
    const startMs = performance.now();
    const took = (): string => formatMs(performance.now() - startMs);
    status.className = "status";
    result.clear();
    try {
      const args = readArguments(endpoint.parameters, texts);
      const items = callFunction(remote, endpoint, { ...args, signal: stopped.signal });
      let count = 0;
      setText(status, "waiting");
      for await (const item of items) {
        result.add(item);
        count++;
        if (endpoint.stream) setText(status, `${countItems(count)} so far`);
      }
      setText(status, endpoint.stream ? `${countItems(count)} in ${took()}` : took());
    } catch (error) {
      status.className = stopped.signal.aborted ? "status" : "status failed";
      setText(status, stopped.signal.aborted ? `stopped after ${took()}` : explain(error));
    } finally {
      const wasFocused = document.activeElement === stop;
      call.disabled = false;
      stop.hidden = true;
      if (wasFocused) call.focus();
    }
  };
  return html(
    "form",
    {
      submit: (event) => {
        event.preventDefault();
        if (!call.disabled) void run();
      },
    },
    ...fields.map(({ label }) => label),
    html("div.actions", {}, call, stop, status),
    result.element,
  );
}

async function* callFunction(
  remote: Remote,
  { name, stream }: EndpointInfo,
  { args, kwargs, signal }: CallArguments & { readonly signal: AbortSignal },
): AsyncGenerator<unknown> {
  if (stream) yield* remote.stream(name, args, { kwargs, signal });
  else yield await remote.call(name, args, { kwargs, signal });
}

function createField(parameter: Parameter) {
  const { name, kind, optional } = parameter;
  const shared = {
    required: !optional,
    placeholder: parameter.default ?? (optional ? "left out" : ""),
    spellcheck: "false",
    autocomplete: "off",
    autocapitalize: "off",
  };
  const input = kind === "rest"
    ? html("textarea", { ...shared, rows: 2, placeholder: "one argument a line" })
    : html("input", { ...shared, type: "text" });
  const title = kind === "rest" ? `…${name}` : name;
  return { input, label: html("label", {}, html("span", {}, title), input) };
}

function countItems(count: number): string {
  return count === 1 ? "1 item" : `${count} items`;
}

function explain(error: unknown): string {
  if (error instanceof SynapseError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
