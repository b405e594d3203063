/**
 * Finds the parameters of a function in its source text.
 *
 * A scanner, not a parser: it knows strings, templates, regular expressions, comments and brackets,
 * which is all that it takes to find where a parameter begins and its default ends. One pass, in
 * linear time.
 *
 * @module
 */

/** A parameter as it stands in the source. */
export interface ScannedParameter {
  /** Undefined for one that takes its argument apart, such as `{ a, b }`. */
  readonly name: string | undefined;
  /** Whether it collects all arguments that are left. */
  readonly isRest: boolean;
  /** Source text of the default: comments left out, each run of white space one space. */
  readonly default: string | undefined;
}

/**
 * Finds the parameters of a function.
 *
 * @param source The function's text, as `Function.prototype.toString` gives it.
 * @returns The parameters in order, or undefined where the text is not that of a function.
 */
export function scanParameters(source: string): readonly ScannedParameter[] | undefined {
  const scanner = new SourceScanner(source);
  let word = "";
  while (scanner.next()) {
    if (scanner.depth === 0) {
      if (scanner.token === "=>") {
        return [{ name: nameIn(word), isRest: false, default: undefined }];
      }
      word = scanner.token;
    } else if (scanner.depth === 1 && scanner.token === "(") {
      return scanList(scanner);
    }
  }
  return undefined;
}

/**
 * Tells whether a text is a name in JavaScript, leaving aside which words are reserved.
 *
 * @param text Any text.
 */
export function isIdentifier(text: string): boolean {
  return IDENTIFIER.test(text);
}

function nameIn(token: string): string | undefined {
  return isIdentifier(token) ? token : undefined;
}

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/** From after `(` to the `)` that belongs to it. */
function scanList(scanner: SourceScanner): readonly ScannedParameter[] | undefined {
  const parameters: ScannedParameter[] = [];
  while (scanner.next()) {
    // Also after a trailing comma.
    if (scanner.depth === 0) return parameters;
    const isRest = scanner.token === "...";
    if (isRest && !scanner.next()) return undefined;
    const name = nameIn(scanner.token);
    while (scanner.depth > 1) {
      if (!scanner.next()) return undefined;
    }
    if (!scanner.next()) return undefined;
    const hasDefault = scanner.token === "=";
    const text = hasDefault ? scanDefault(scanner) : undefined;
    if (!isAtEnd(scanner)) return undefined;
    parameters.push({ name, isRest, default: text });
    if (scanner.depth === 0) return parameters;
  }
  return undefined;
}

function scanDefault(scanner: SourceScanner): string {
  const pieces: string[] = [];
  while (scanner.next() && !isAtEnd(scanner)) {
    if (scanner.isApart && pieces.length > 0) pieces.push(" ");
    pieces.push(scanner.token);
  }
  return pieces.join("");
}

/** Whether this token ends a parameter. */
function isAtEnd(scanner: SourceScanner): boolean {
  return scanner.depth === 0 || (scanner.depth === 1 && scanner.token === ",");
}

/** A bracket that is open. */
interface Bracket {
  readonly close: string;
  /** Whether it is the `${` of a template, which goes on after it. */
  readonly isTemplate: boolean;
  /** Whether an operand may come after it, rather than an operator. */
  readonly operandAfter: boolean;
}

const CLOSING: ReadonlyMap<string, string> = new Map([["(", ")"], ["[", "]"], ["{", "}"]]);

const LINE_ENDS = "\n\r\u2028\u2029";
const REST_OF_LINE = /[^\n\r\u2028\u2029]*/y;
const WHITE_SPACE = /\s+/y;
const NUMBER = /\d[\w.]*/y;
const WORD = /[\p{ID_Continue}$\u200c\u200d#\\]+/uy;
const STEP = /\+\+|--/y;
const PUNCTUATOR = /\.\.\.|=>|[^]/y;

/** Words after which `/` begins a regular expression. */
const BEFORE_OPERAND = new Set(
  "return typeof instanceof in of new delete void throw case do else yield await".split(" "),
);

/** Words whose parentheses are followed by a statement. */
const BEFORE_CONDITION = new Set(["if", "while", "for", "with"]);

/** What a block can follow. After anything else, save `)`, a `{` begins an object or a class. */
const BEFORE_BLOCK = new Set([";", "{", "}", "=>", "else", "do", "try", "finally"]);

class SourceScanner {
  /** The text of this token. */
  token = "";
  /** Whether white space or a comment separates it from the one before. */
  isApart = false;
  readonly #source: string;
  readonly #brackets: Bracket[] = [];
  #at = 0;
  /** Whether an operand may come next. Then `/` begins a regular expression, else it divides. */
  #operandNext = true;
  /** The token before; empty for the name in `.name`, which may be any word and means nothing. */
  #before = "";

  constructor(source: string) {
    this.#source = source;
  }

  /** How many brackets are open: counting one that this token opens, not one that it closes. */
  get depth(): number {
    return this.#brackets.length;
  }

  /** Goes to the next token. False at the end, and where the text can't be JavaScript. */
  next(): boolean {
    const end = this.#at;
    if (!this.#skipTrivia() || this.#at >= this.#source.length) return false;
    const start = this.#at;
    if (!this.#readToken(this.#source[start])) return false;
    this.isApart = start > end;
    this.token = this.#source.slice(start, this.#at);
    this.#before = this.#before === "." ? "" : this.token;
    return true;
  }

  #skipTrivia(): boolean {
    for (;;) {
      if (this.#take(WHITE_SPACE) !== "") continue;
      if (this.#source.startsWith("//", this.#at)) {
        this.#take(REST_OF_LINE);
      } else if (this.#source.startsWith("/*", this.#at)) {
        const end = this.#source.indexOf("*/", this.#at + 2);
        if (end === -1) return false;
        this.#at = end + 2;
      } else {
        return true;
      }
    }
  }

  #readToken(first: string): boolean {
    if (first === '"' || first === "'") return this.#readString(first);
    if (first === "`") return this.#readTemplate();
    if (first === "/" && this.#operandNext) return this.#readRegExp();
    if (CLOSING.has(first)) return this.#open(first);
    if (first === ")" || first === "]" || first === "}") return this.#close(first);
    if (this.#take(NUMBER) !== "") {
      this.#operandNext = false;
      return true;
    }
    const word = this.#take(WORD);
    if (word !== "") {
      this.#operandNext = this.#before !== "." && BEFORE_OPERAND.has(word);
    } else if (this.#take(STEP) === "") {
      this.#take(PUNCTUATOR);
      this.#operandNext = true;
    }
    return true;
  }

  #open(bracket: string): boolean {
    this.#brackets.push({
      close: CLOSING.get(bracket)!,
      isTemplate: false,
      operandAfter: this.#isOperandAfter(bracket),
    });
    this.#operandNext = true;
    this.#at++;
    return true;
  }

  #isOperandAfter(bracket: string): boolean {
    if (bracket === "(") return BEFORE_CONDITION.has(this.#before);
    if (bracket === "[") return false;
    return this.#before === ")" ? this.#operandNext : BEFORE_BLOCK.has(this.#before);
  }

  #close(bracket: string): boolean {
    const open = this.#brackets.at(-1);
    if (open?.close !== bracket) return false;
    this.#brackets.pop();
    if (open.isTemplate) return this.#readTemplate();
    this.#operandNext = open.operandAfter;
    this.#at++;
    return true;
  }

  #readString(quote: string): boolean {
    this.#operandNext = false;
    for (this.#at++; this.#at < this.#source.length; this.#at++) {
      const char = this.#source[this.#at];
      if (char === "\\") {
        this.#at++;
      } else if (char === quote) {
        this.#at++;
        return true;
      }
    }
    return false;
  }

  /** From a backtick, or from the `}` after which a template goes on. */
  #readTemplate(): boolean {
    this.#at++;
    while (this.#at < this.#source.length) {
      const char = this.#source[this.#at];
      if (char === "`") {
        this.#at++;
        this.#operandNext = false;
        return true;
      }
      if (char === "$" && this.#source[this.#at + 1] === "{") {
        this.#at += 2;
        this.#brackets.push({ close: "}", isTemplate: true, operandAfter: false });
        this.#operandNext = true;
        return true;
      }
      this.#at += char === "\\" ? 2 : 1;
    }
    return false;
  }

  #readRegExp(): boolean {
    this.#operandNext = false;
    let isInClass = false;
    for (this.#at++; this.#at < this.#source.length; this.#at++) {
      const char = this.#source[this.#at];
      if (LINE_ENDS.includes(char)) return false;
      if (char === "\\") this.#at++;
      else if (char === "[") isInClass = true;
      else if (char === "]") isInClass = false;
      else if (char === "/" && !isInClass) {
        this.#at++;
        this.#take(WORD);
        return true;
      }
    }
    return false;
  }

  /** What the pattern matches right here; empty where it does not. */
  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#source);
    if (match === null) return "";
    this.#at = pattern.lastIndex;
    return match[0];
  }
}
