/**
 * Elements, made from values that are never taken for markup.
 *
 * @module
 */
/// <reference lib="dom" />

/** What an element is given: attributes, and listeners by the names of their events. */
export type Attributes = Readonly<
  Record<string, string | number | boolean | undefined | ((event: Event) => void)>
>;
/** What it holds; strings are text. */
export type Child = globalThis.Node | string;

/**
 * Makes an element of HTML.
 *
 * @param tag Such as `p`, or `p.note` with a class.
 * @param attributes Those that are false or undefined are left out.
 * @param children In order.
 */
export function html<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag | `${Tag}.${string}`,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name) as HTMLElementTagNameMap[Tag];
  return fill(element, classes, attributes, children);
}

/**
 * Makes an element of SVG.
 *
 * @param tag As with {@linkcode html}.
 * @param attributes As with {@linkcode html}.
 * @param children In order.
 */
export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag | `${Tag}.${string}`,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const [name, ...classes] = tag.split(".");
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  return fill(element as SVGElementTagNameMap[Tag], classes, attributes, children);
}

/**
 * The element of the page that has an id.
 *
 * @param id As in `index.html`.
 */
export function byId(id: string): HTMLElement {
  return document.getElementById(id)!;
}

/**
 * Changes a text where it is another: a text that is written anew can't stay selected.
 *
 * @param element Whose.
 * @param text The text.
 */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Makes elements the children of another, in order. Those that are in their place are left alone, and so keep what
 * is selected, focused or half filled in.
 *
 * @param parent Whose children.
 * @param children All of them.
 */
export function arrange(parent: Element, children: readonly Element[]): void {
  const kept = new Set(children);
  for (const child of [...parent.children]) if (!kept.has(child)) child.remove();
  children.forEach((child, i) => {
    const there = parent.children[i] ?? null;
    if (there !== child) parent.insertBefore(child, there);
  });
}

function fill<E extends Element>(
  element: E,
  classes: readonly string[],
  attributes: Attributes,
  children: readonly Child[],
): E {
  if (classes.length > 0) element.setAttribute("class", classes.join(" "));
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}
