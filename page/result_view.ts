/**
 * Where results appear.
 *
 * @module
 */
/// <reference lib="dom" />
import { html } from "./dom.ts";
import { formatPrettyJson } from "../browser.ts";

/** Of a stream, the last ones are kept. */
const MAX_ITEMS = 500;
/** A page that shows more takes seconds to lay it out. */
const MAX_CHARACTERS = 100_000;
const COLUMNS = 64;

/** Shows results, one below the other. */
export class ResultView {
  /** To be put somewhere. The keyboard scrolls it. */
  readonly element: HTMLPreElement = html("pre.result", {
    hidden: true,
    tabindex: 0,
    role: "region",
    "aria-label": "Result",
  });

  /** Takes all away. */
  clear(): void {
    this.element.replaceChildren();
    this.element.hidden = true;
  }

  /**
   * Adds one.
   *
   * @param value What came.
   */
  add(value: unknown): void {
    const { element } = this;
    const isAtEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - 4;
    const text = formatPrettyJson(value, COLUMNS);
    const isLong = text.length > MAX_CHARACTERS;
    element.append(
      html(
        "div",
        {},
        isLong ? `${text.slice(0, MAX_CHARACTERS)}… (${text.length} characters)` : text,
      ),
    );
    if (element.children.length > MAX_ITEMS) element.firstChild!.remove();
    element.hidden = false;
    if (isAtEnd) element.scrollTop = element.scrollHeight;
  }
}
