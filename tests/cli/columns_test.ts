import { assertEquals } from "@std/assert";
import { formatColumns } from "../../cli/columns.ts";

const ROWS = [["alice", "1 ms", "sum"], ["bo", "12.5 ms", "echo, sum"]];

Deno.test("formatColumns() makes each column as wide as it needs to be", () => {
  assertEquals(
    formatColumns(["name", "latency", "functions"], ROWS),
    "name   latency  functions\nalice  1 ms     sum\nbo     12.5 ms  echo, sum\n",
  );
});

Deno.test("formatColumns() cuts off what doesn't fit, and paints the heading", () => {
  assertEquals(
    formatColumns(["name", "latency", "functions"], ROWS, {
      columns: 20,
      paint: (text) => `<${text}>`,
    }),
    "<name   latency  fun…>\nalice  1 ms     sum\nbo     12.5 ms  ech…\n",
  );
});

Deno.test("formatColumns() has a heading also where there are no rows", () => {
  assertEquals(formatColumns(["a", "b"], []), "a  b\n");
});
