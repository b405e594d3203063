import { assertEquals } from "@std/assert";
import { formatTable } from "../../cli/table.ts";

Deno.test("formatTable() lines up the second column", () => {
  assertEquals(
    formatTable([["sum(a, b)", "Adds"], ["x", ""], ["ticks(n)", "Counts"]], { indent: "  " }),
    "  sum(a, b)  Adds\n  x\n  ticks(n)   Counts\n",
  );
});

Deno.test("formatTable() wraps the second column where it begins", () => {
  assertEquals(
    formatTable([["sum", "Adds two numbers, whichever"]], { columns: 26 }),
    "sum  Adds two numbers,\n     whichever\n",
  );
});

Deno.test("formatTable() does not let one wide row push the others away", () => {
  const wide = "f".repeat(40);
  assertEquals(formatTable([["a", "A"], [wide, "F"]]), `a  A\n${wide}\n   F\n`);
});

Deno.test("formatTable() paints without counting the paint", () => {
  assertEquals(
    formatTable([["a", "A"], ["bb", "B"]], { paint: (text) => `<${text}>` }),
    "<a>   A\n<bb>  B\n",
  );
});

Deno.test("formatTable() makes nothing of nothing", () => {
  assertEquals(formatTable([]), "");
});
