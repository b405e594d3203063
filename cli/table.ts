/**
 * Tables for people.
 *
 * @module
 */

/** What {@linkcode formatTable} takes besides the rows. */
export interface TableOptions {
  /** In front of each line. */
  readonly indent?: string;
  /** Where the second column is wrapped; undefined for never. */
  readonly columns?: number;
  /** Paints the first column. */
  readonly paint?: (text: string) => string;
}

/** A first column that is wider has its second on the next line. */
const MAX_FIRST_COLUMN = 36;

/** A second column that would be narrower is not wrapped. */
const MIN_SECOND_COLUMN = 20;

/**
 * Lays out two columns.
 *
 * @param rows The two columns, harmless text without line ends.
 * @param options Indent, width, colour.
 * @returns Lines with their ends; an empty string for no rows.
 */
export function formatTable(
  rows: readonly (readonly [string, string])[],
  options: TableOptions = {},
): string {
  const { indent = "", columns = Infinity, paint = (text) => text } = options;
  const widths = rows.map(([first]) => first.length).filter((width) => width <= MAX_FIRST_COLUMN);
  const width = Math.max(0, ...widths);
  const margin = indent.length + width + 2;
  const room = columns - margin < MIN_SECOND_COLUMN ? Infinity : columns - margin;
  const newLine = `\n${" ".repeat(margin)}`;
  return rows.map(([first, second]) => {
    if (second === "") return `${indent}${paint(first)}\n`;
    const gap = first.length > width ? newLine : " ".repeat(width - first.length + 2);
    return `${indent}${paint(first)}${gap}${wrap(second, room).join(newLine)}\n`;
  }).join("");
}

function wrap(text: string, room: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
