/**
 * Tables that read well on a terminal and are Markdown.
 *
 * @module
 */

/**
 * Formats a table as `deno fmt` would: the first column to the left, the others to the right.
 *
 * @param lines The heading first.
 */
export function formatTable(lines: readonly (readonly string[])[]): string {
  const widths = lines[0].map((_, column) =>
    Math.max(3, ...lines.map((line) => line[column].length))
  );
  const rule = widths.map((width, column) => column === 0 ? "-".repeat(width) : ruleRight(width));
  const [heading, ...rows] = lines.map((line) =>
    line.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])
    )
  );
  return [heading, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

function ruleRight(width: number): string {
  return "-".repeat(width - 1) + ":";
}

/** Formats a figure with about three digits, as in `14,043`, `10.9` and `0.83`; `-` for none. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "-";
  const fractionDigits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString("en-US", {
    minimumFractionDigits: fractionDigits,
    maximumFractionDigits: fractionDigits,
  });
}
