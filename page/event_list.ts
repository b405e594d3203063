/**
 * What has happened lately, the latest first.
 *
 * @module
 */
/// <reference lib="dom" />
import { html } from "./dom.ts";
import { formatTime } from "./format.ts";
import type { NodeEvent } from "./snapshot.ts";

const MAX_EVENTS = 50;

/** Grows at its beginning. */
export class EventList {
  readonly #list: Element;

  /** @param list Gets the items. */
  constructor(list: Element) {
    this.#list = list;
  }

  /**
   * Shows these and no others.
   *
   * @param events The oldest first.
   */
  begin(events: readonly NodeEvent[]): void {
    this.#list.replaceChildren();
    this.add(events);
  }

  /**
   * Adds events.
   *
   * @param events The oldest first.
   */
  add(events: readonly NodeEvent[]): void {
    for (const { unixMs, text, isWarning } of events) {
      this.#list.prepend(
        html(
          isWarning ? "li.warning" : "li",
          {},
          html("time", { datetime: new Date(unixMs).toISOString() }, formatTime(unixMs)),
          html("bdi", {}, text),
        ),
      );
    }
    while (this.#list.children.length > MAX_EVENTS) this.#list.lastChild!.remove();
  }
}
