/**
 * A small chart that moves on with time.
 *
 * @module
 */
/// <reference lib="dom" />
import { setText, svg } from "./dom.ts";

/** What {@linkcode Chart} takes. */
export interface ChartOptions {
  /** Classes of its lines: one for each value of a sample. The first one's area is filled. */
  readonly lines: readonly string[];
  /** The top of the scale is never less than that. */
  readonly least: number;
  /** The bottom of the scale where it is logarithmic; where left out, it begins at 0 and is not. */
  readonly floor?: number;
  /** Writes the ends of the scale. */
  format(value: number): string;
}

/** Samples that fit: two minutes, at one a second. */
const LENGTH = 120;
const HEIGHT = 48;
/** So that a line at the top or at the bottom isn't cut. */
const MARGIN = 1;

/** Draws the last samples; what is missing is a gap. */
export class Chart {
  readonly #options: ChartOptions;
  readonly #samples: (readonly (number | undefined)[])[] = [];
  readonly #area: SVGPathElement = svg("path.area");
  readonly #lines: readonly SVGPathElement[];
  readonly #top: Element;

  /**
   * @param place Gets the chart, and what is written at its top.
   * @param options How it looks.
   */
  constructor(place: Element, options: ChartOptions) {
    this.#options = options;
    this.#lines = options.lines.map((line) => svg(`path.${line}`));
    this.#top = place.querySelector(".top")!;
    setText(place.querySelector(".bottom")!, options.format(options.floor ?? 0));
    place.append(
      svg(
        "svg.chart",
        {
          viewBox: `0 0 ${LENGTH - 1} ${HEIGHT}`,
          preserveAspectRatio: "none",
          "aria-hidden": "true",
        },
        this.#area,
        ...this.#lines,
      ),
    );
  }

  /**
   * Adds a sample.
   *
   * @param values A value a line; undefined where there is none.
   */
  add(values: readonly (number | undefined)[]): void {
    this.#samples.push(values);
    if (this.#samples.length > LENGTH) this.#samples.shift();
    const { least, floor, format } = this.#options;
    const top = roundUp(Math.max(least, ...this.#samples.flat().map((value) => value ?? 0)));
    setText(this.#top, format(top));
    const paths = this.#lines.map((line, i) => {
      const path = drawLine(this.#samples.map((sample) => sample[i]), { top, floor });
      line.setAttribute("d", path);
      return path;
    });
    this.#area.setAttribute("d", fillBelow(paths[0]));
  }
}

/**
 * Rounds up to a number that is easily read.
 *
 * @param value More than 0.
 * @returns 1, 2 or 5, times a power of ten.
 */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * [1, 2, 5, 10].find((step) => step * power >= value * (1 - 1e-9))!;
}

/**
 * Draws a line that ends at the right.
 *
 * @param values The last one is the latest; where one is undefined, there is a gap.
 * @param scale The value at the upper edge; where it is logarithmic, that at the lower edge, too.
 * @returns A path.
 */
export function drawLine(
  values: readonly (number | undefined)[],
  { top, floor }: { readonly top: number; readonly floor?: number },
): string {
  const heightOf = (value: number): number =>
    floor === undefined
      ? value / top
      : Math.log(Math.max(value, floor) / floor) / Math.log(top / floor);
  let path = "";
  values.forEach((value, i) => {
    if (value === undefined) return;
    const isStart = values[i - 1] === undefined;
    const x = LENGTH - values.length + i;
    const y = MARGIN + (1 - heightOf(value)) * (HEIGHT - 2 * MARGIN);
    path += `${isStart ? "M" : "L"}${x} ${y.toFixed(2)}`;
    // A single value is a dot.
    if (isStart && values[i + 1] === undefined) path += "h.01";
  });
  return path;
}

function fillBelow(path: string): string {
  return path.split("M").slice(1).map((part) => {
    const [, first] = /^([\d.]+) /.exec(part)!;
    const last = part.endsWith("h.01") ? first : /([\d.]+) [\d.]+$/.exec(part)![1];
    return `M${part}L${last} ${HEIGHT}L${first} ${HEIGHT}Z`;
  }).join("");
}
