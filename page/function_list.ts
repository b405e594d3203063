/**
 * The functions of the node, each of which opens to be called.
 *
 * @module
 */
/// <reference lib="dom" />
import type { EndpointInfo, Parameter, Remote } from "../browser.ts";
import { createCallForm } from "./call_form.ts";
import { arrange, type Child, html, setText } from "./dom.ts";

/** Where the list is. */
export interface FunctionListParts {
  readonly list: HTMLElement;
  /** Looks for names; hidden where there are few. */
  readonly search: HTMLInputElement;
  /** How many there are, or that there is none. */
  readonly note: HTMLElement;
}

/** Fewer are found by eye. */
const MIN_SEARCHED = 9;
const MAX_SHOWN = 100;

/** Shows functions. Forms that are being filled in stay while their functions do. */
export class FunctionList {
  readonly #parts: FunctionListParts;
  readonly #remote: Remote;
  readonly #elements = new Map<string, HTMLElement>();
  #endpoints: readonly EndpointInfo[] = [];
  #mayCall = false;

  /**
   * @param parts Where it is.
   * @param remote The node.
   */
  constructor(parts: FunctionListParts, remote: Remote) {
    this.#parts = parts;
    this.#remote = remote;
    parts.search.oninput = () => this.#render();
  }

  /**
   * Shows functions.
   *
   * @param endpoints In order.
   * @param mayCall Whether the page may call them.
   */
  show(endpoints: readonly EndpointInfo[], mayCall: boolean): void {
    const isOther = mayCall !== this.#mayCall;
    const published = new Set(endpoints.map(keyOf));
    for (const key of this.#elements.keys()) {
      if (isOther || !published.has(key)) this.#elements.delete(key);
    }
    this.#endpoints = endpoints;
    this.#mayCall = mayCall;
    this.#render();
  }

  #render(): void {
    const { list, search, note } = this.#parts;
    const count = this.#endpoints.length;
    search.hidden = count < MIN_SEARCHED;
    const wanted = search.hidden ? "" : search.value.trim().toLowerCase();
    const found = this.#endpoints.filter(({ name }) => name.toLowerCase().includes(wanted));
    const shown = found.slice(0, MAX_SHOWN);
    arrange(list, shown.map((endpoint) => this.#elementOf(endpoint)));
    const some = `${shown.length} of ${found.length}`;
    const isAll = shown.length === found.length;
    setText(note, count === 0 ? "Nothing is published here." : isAll ? "" : `${some} are shown.`);
  }

  #elementOf(endpoint: EndpointInfo): HTMLElement {
    const key = keyOf(endpoint);
    const known = this.#elements.get(key);
    if (known !== undefined) return known;
    const element = this.#create(endpoint);
    this.#elements.set(key, element);
    return element;
  }

  #create(endpoint: EndpointInfo): HTMLElement {
    const { description } = endpoint;
    const head = [html("code.signature", {}, ...describe(endpoint))];
    const text: Child[] = description === undefined ? [] : [html("span.doc", {}, description)];
    if (!this.#mayCall) return html("div.function", {}, ...head, ...text);
    const details = html("details.function", {}, html("summary", {}, ...head, ...text));
    // Made when it is wanted: there may be thousands.
    details.ontoggle = () => {
      if (details.children.length === 1) details.append(createCallForm(endpoint, this.#remote));
    };
    return details;
  }
}

/** A function that has changed is another. */
function keyOf(endpoint: EndpointInfo): string {
  return JSON.stringify(endpoint);
}

function describe({ name, parameters, stream }: EndpointInfo): Child[] {
  const list = parameters.flatMap((parameter, i) => [
    ...(i > 0 ? [", "] : []),
    ...describeParameter(parameter),
  ]);
  const kind = stream ? [html("i", {}, "stream"), " "] : [];
  return [...kind, html("b", {}, name), "(", ...list, ")"];
}

function describeParameter({ name, kind, optional, default: text }: Parameter): Child[] {
  if (kind === "rest") return ["…", html("var", {}, name)];
  const end = text !== undefined ? ` = ${text}` : optional ? "?" : "";
  return [html("var", {}, name), html("small", {}, end)];
}
