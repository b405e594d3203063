/**
 * Lines of a terminal that are drawn again and again in their place.
 *
 * @module
 */

/** How large a terminal is just now; undefined where it doesn't know. */
export interface TerminalSize {
  readonly columns?: number;
  readonly rows?: number;
}

/** What takes no room. Escapes of others are out by now. */
const COLOUR = new RegExp("\u001b\\[[\\d;]*m", "g");
/** For the heading, one line, and how many are left out. */
const MIN_ROWS = 3;

/** One such text. What is higher than the terminal is cut off: nobody can draw over what has scrolled out. */
export class LiveText {
  #drawn: readonly string[] = [];

  /**
   * Draws it.
   *
   * @param text Lines with their ends, none wider than the terminal.
   * @param size The terminal's, which may have changed.
   * @returns What to write: back to where the last one began, and over it.
   */
  draw(text: string, { columns = Infinity, rows = Infinity }: TerminalSize): string {
    // The cursor is on a line of its own behind the text.
    const lines = clip(text.split("\n").slice(0, -1), Math.max(MIN_ROWS, rows - 1));
    const height = this.#drawn.reduce((sum, line) => sum + heightOf(line, columns), 0);
    this.#drawn = lines;
    const up = height > 0 ? `\u001b[${height}A` : "";
    // Line by line: some terminals keep what is cleared all at once, and would keep every drawing.
    return `${up}${lines.map((line) => `\u001b[K${line}\n`).join("")}\u001b[J`;
  }
}

function clip(lines: readonly string[], most: number): readonly string[] {
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), `… and ${lines.length - most + 1} more`];
}

/** A terminal that was made narrower has wrapped what is on it. */
function heightOf(line: string, columns: number): number {
  return Math.max(1, Math.ceil(line.replace(COLOUR, "").length / columns));
}
