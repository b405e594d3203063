import { assertEquals } from "@std/assert";
import { VERSION } from "../../cli/version.ts";
import config from "../../deno.json" with { type: "json" };

Deno.test("VERSION is the package's", () => {
  assertEquals(VERSION, config.version);
});
