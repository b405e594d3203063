/**
 * Tables with a heading and any number of columns.
 *
 * @module
 */

/** What {@linkcode formatColumns} takes besides the rows. */
export interface ColumnsOptions {
  /** Where lines are cut off; undefined for never. */
  readonly columns?: number;
  /** Paints the heading. */
  readonly paint?: (text: string) => string;
}

/**
 * Lays out columns, each as wide as it needs to be. What doesn't fit the width ends with `…`, so that
 * a line of the table is a line on the terminal.
 *
 * @param heading The columns' names.
 * @param rows As many cells each, harmless text without line ends.
 * @param options Width, colour.
 * @returns Lines with their ends.
 */
export function formatColumns(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  options: ColumnsOptions = {},
): string {
  const { columns = Infinity, paint = (text) => text } = options;
  const widths = heading.map((name, i) =>
    Math.max(name.length, ...rows.map((row) => row[i].length))
  );
  const format = (cells: readonly string[]): string => {
    const line = cells.map((cell, i) => cell.padEnd(widths[i])).join("  ").trimEnd();
    return line.length > columns ? `${line.slice(0, columns - 1)}…` : line;
  };
  return [paint(format(heading)), ...rows.map(format)].map((line) => `${line}\n`).join("");
}
