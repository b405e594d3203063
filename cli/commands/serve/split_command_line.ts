/**
 * A command line's words, without a shell.
 *
 * @module
 */

/** A word, or part of one: bare, in single quotes, in double quotes. */
const PART = /[^\s'"\\]+|\\([^])|'([^']*)'|"((?:[^"\\]|\\[^])*)"|(\s+)|([^])/g;

/**
 * Splits a command line at white space. Quotes keep words together as in a shell: nothing has a
 * meaning within single ones; within double ones, and outside, a backslash takes the meaning from
 * what comes next. Variables, patterns, pipes and redirections are nothing but text.
 *
 * @param line Such as `git log --format='%h %s'`.
 * @returns The program and its arguments.
 * @throws {TypeError} When there is no program, or a quote isn't closed.
 */
export function splitCommandLine(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (const [text, escaped, single, double, space, stray] of line.matchAll(PART)) {
    if (stray !== undefined) {
      const what = stray === "\\" ? "ends with a backslash" : `has a ${stray} that isn't closed`;
      throw new TypeError(`Cannot read command line as it ${what}: got ${line}`);
    }
    if (space === undefined) {
      const unescaped = double?.replace(/\\(["\\$`])/g, "$1");
      word = (word ?? "") + (escaped ?? single ?? unescaped ?? text);
    } else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (word !== undefined) words.push(word);
  if (words.length > 0 && words[0] !== "") return words;
  throw new TypeError(`Cannot read command line as it names no program: got ${line}`);
}
