import { assert, assertEquals } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { parseSourceModule, readSourceModules, resolveImport } from "./support/source_module.ts";

/** Audited, pure TypeScript, no dependencies. */
const CRYPTOGRAPHY = ["@noble/ciphers", "@noble/ed25519", "@noble/hashes"];

/** The layers from the bottom up: what each may import, besides itself. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  "core/codecs/": [
    "core/channel.ts",
    "core/codec.ts",
    "core/errors.ts",
    "core/limits.ts",
    "core/message.ts",
    "@scure/base",
    ...CRYPTOGRAPHY,
  ],
  "core/dialects/": [
    "core/codec.ts",
    "core/codecs/",
    "core/errors.ts",
    "core/limits.ts",
    "core/message.ts",
  ],
  "core/": ["croner", "@scure/base", ...CRYPTOGRAPHY],
  "transports/": ["core/", "node:", "@logtape/logtape", "socks", "ws", "xz-decompress"],
  "browser.ts": [
    "core/",
    "transports/memory.ts",
    "transports/system.ts",
    "transports/websocket.ts",
    "transports/websocket_channel.ts",
  ],
  "page/": ["browser.ts"],
  "mod.ts": ["browser.ts", "core/", "transports/"],
  "pnet.ts": ["core/", "transports/"],
  "http.ts": ["core/", "transports/"],
  "bitcoin.ts": ["core/", "transports/"],
  // The modules that `serve` is given are imported by a path that only the user knows.
  "cli/": [
    "mod.ts",
    "pnet.ts",
    "http.ts",
    "bitcoin.ts",
    "node:",
    "@logtape/logtape",
    "commander",
    "@bomb.sh/tab",
    "sucrase",
    "(computed)",
  ],
};
const MAX_LINES = 400;

const modules = Object.keys(LAYERS).filter((layer) =>
  !layer.startsWith("core/") || layer === "core/"
)
  .flatMap(readSourceModules);

Deno.test("imports lead downwards: cli -> mod.ts -> transports -> core", () => {
  const wrong = modules.flatMap(({ path, imports }) => {
    const [layer, below] = Object.entries(LAYERS).find(([layer]) => path.startsWith(layer))!;
    return imports.map((specifier) => resolveImport(path, specifier))
      .filter((target) => ![layer, ...below].some((allowed) => target.startsWith(allowed)))
      .map((target) => `${path} -> ${target}`);
  });
  assertEquals(wrong, []);
});

Deno.test("imports never go round in a circle, those of types included", () => {
  const imports = new Map(modules.map(({ path, imports }) => [
    path,
    imports.map((specifier) => resolveImport(path, specifier)),
  ]));
  assertEquals(findCircle(imports), undefined);
});

Deno.test("core takes time, chance and the world as arguments only", () => {
  const impure = modules.filter(({ path }) => path.startsWith("core/"))
    .flatMap(({ path, effects }) => effects.map((effect) => `${path}: ${effect}`));
  assertEquals(impure, []);
});

Deno.test("no file has grown beyond what can be held in mind", () => {
  const long = modules.filter(({ lineCount }) => lineCount > MAX_LINES)
    .map(({ path, lineCount }) => `${path}: ${lineCount} lines`);
  assertEquals(long, []);
});

Deno.test("the package's entries stay what they are", () => {
  assertEquals(config.exports, {
    ".": "./mod.ts",
    "./browser": "./browser.ts",
    "./pnet": "./pnet.ts",
    "./http": "./http.ts",
    "./bitcoin": "./bitcoin.ts",
    "./cli": "./cli/main.ts",
  });
});

Deno.test("parseSourceModule() sees every kind of import, export and effect", () => {
  const { imports, exports, effects } = parseSourceModule(
    "core/sample.ts",
    `import type { A } from "./a.ts";
    export { type B, c as d } from "./b.ts";
    export * from "./c.ts";
    type E = import("./d.ts").E;
    export const f = await import("node:net"), g = await import(f);
    export interface H { fetch(): void }
    // Deno.exit() and import "./comment.ts"
    const text = "process";
    cache.fetch(text, { console: Date.now(), at: new Date(), of: new Date(0) }, crypto);`,
  );
  assertEquals(imports.toSorted(), [
    "(computed)",
    "./a.ts",
    "./b.ts",
    "./c.ts",
    "./d.ts",
    "node:net",
  ]);
  assertEquals(exports.toSorted(), ["*", "B", "H", "d", "f", "g"]);
  assertEquals(effects.toSorted(), ["Date.now", "crypto", "new Date()"]);
});

Deno.test("findCircle() sees a circle, and none where there is none", () => {
  const straight = new Map([["a", ["b", "c"]], ["b", ["c"]], ["c", ["node:net"]]]);
  assertEquals(findCircle(straight), undefined);
  assertEquals(findCircle(new Map([...straight, ["c", ["a"]]])), "a -> b -> c -> a");
});

Deno.test("the files that the rules are about are found", () => {
  for (const path of ["core/node.ts", "core/codecs/msgpack_rpc.ts", "transports/tcp.ts"]) {
    assert(modules.some((module) => module.path === path), path);
  }
});

/** @returns The first circle, as in `a -> b -> a`. */
function findCircle(imports: ReadonlyMap<string, readonly string[]>): string | undefined {
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): string | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path].join(" -> ");
    if (done.has(path)) return undefined;
    done.add(path);
    for (const target of imports.get(path) ?? []) {
      const circle = visit(target, [...trail, path]);
      if (circle !== undefined) return circle;
    }
  };
  for (const path of imports.keys()) {
    const circle = visit(path, []);
    if (circle !== undefined) return circle;
  }
}
