/**
 * What one of the project's own files imports, exports and takes from the world, read from its
 * syntax tree, so that comments and strings don't count.
 *
 * @module
 */

/** A file of the project. */
export interface SourceModule {
  /** From the project's root: `core/node.ts`. */
  readonly path: string;
  readonly lineCount: number;
  /** As written, types and dynamic imports included: `./errors.ts`, `node:net`, `croner`. */
  readonly imports: readonly string[];
  /** Names, types included; `*` for a wildcard. */
  readonly exports: readonly string[];
  /** Uses of a global by which a file reaches time, chance, the process or the network. */
  readonly effects: readonly string[];
}

const ROOT = new URL("../../", import.meta.url);

const EFFECTFUL_GLOBALS: ReadonlySet<string> = new Set([
  ...["Deno", "Bun", "process", "globalThis", "console", "fetch", "WebSocket"],
  ...["crypto", "performance", "setTimeout", "setInterval", "setImmediate"],
]);
const EFFECTFUL_MEMBERS: ReadonlySet<string> = new Set(["Date.now", "Math.random"]);

/** Reads a file, or all TypeScript files of a folder, in order of path. */
export function readSourceModules(path: string): SourceModule[] {
  if (!path.endsWith("/")) return [parseSourceModule(path, Deno.readTextFileSync(at(path)))];
  return [...Deno.readDirSync(at(path))]
    .flatMap(({ name, isDirectory }) => {
      if (isDirectory) return readSourceModules(`${path}${name}/`);
      return name.endsWith(".ts") ? readSourceModules(path + name) : [];
    })
    .sort((a, b) => a.path < b.path ? -1 : 1);
}

/** Reads a file's text. */
export function parseSourceModule(path: string, text: string): SourceModule {
  const imports: string[] = [];
  const exports: string[] = [];
  const effects: string[] = [];
  const collect = (): Deno.lint.LintVisitor => ({
    ImportDeclaration: (node) => void imports.push(node.source.value),
    ImportExpression: (node) => void imports.push(textOf(node.source)),
    TSImportType: (node) => void imports.push(textOf(node.argument)),
    ExportAllDeclaration(node) {
      imports.push(node.source.value);
      exports.push("*");
    },
    ExportNamedDeclaration(node) {
      if (node.source !== null) imports.push(node.source.value);
      exports.push(...node.specifiers.map(({ exported }) => nameOf(exported)));
      exports.push(...declaredNames(node.declaration));
    },
    ExportDefaultDeclaration: () => void exports.push("default"),
    Identifier(node) {
      if (EFFECTFUL_GLOBALS.has(node.name) && !isMemberName(node)) effects.push(node.name);
    },
    MemberExpression({ object, property }) {
      const member = `${nameOf(object)}.${nameOf(property)}`;
      if (EFFECTFUL_MEMBERS.has(member)) effects.push(member);
    },
    NewExpression(node) {
      if (nameOf(node.callee) === "Date" && node.arguments.length === 0) effects.push("new Date()");
    },
  });
  const plugin = { name: "source-module", rules: { collect: { create: collect } } };
  Deno.lint.runPlugin(plugin, path, text);
  return { path, lineCount: text.trimEnd().split("\n").length, imports, exports, effects };
}

/** Where an import leads: a path from the project's root, or the specifier where it leaves the project. */
export function resolveImport(from: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return new URL(specifier, `root:///${from}`).pathname.slice(1);
}

function at(path: string): URL {
  return new URL(path, ROOT);
}

/** An import whose text isn't a literal could lead anywhere. */
function textOf(node: object): string {
  const { literal, value } = node as { literal?: object; value?: unknown };
  if (literal) return textOf(literal);
  return typeof value === "string" ? value : "(computed)";
}

function nameOf(node: object): string {
  return "name" in node ? String(node.name) : "";
}

function declaredNames(declaration: Deno.lint.ExportNamedDeclaration["declaration"]): string[] {
  if (declaration === null) return [];
  if (declaration.type === "VariableDeclaration") {
    return declaration.declarations.map(({ id }) => nameOf(id));
  }
  return "id" in declaration && declaration.id !== null ? [nameOf(declaration.id)] : [];
}

/** The `fetch` of `cache.fetch` and of `{ fetch() {} }` is not the global. */
function isMemberName(node: Deno.lint.Identifier): boolean {
  const { parent } = node;
  if (parent.type === "MemberExpression") return parent.property === node && !parent.computed;
  return "key" in parent && parent.key === node && !("computed" in parent && parent.computed);
}
