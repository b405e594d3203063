import { assertEquals } from "@std/assert";
import { type Outcome, Tally } from "../../../../cli/commands/broadcast/tally.ts";

for (
  const [outcomes, expect, text, exitCode] of [
    [["answer", "answer"], undefined, "2 of 2 answered", 0],
    [["answer", "answer"], 1, "2 of 2 answered", 0],
    [["answer", "silent"], undefined, "1 of 2 answered, 1 silent", 4],
    [["answer"], 3, "1 of 3 answered, 2 silent", 4],
    [["failed", "silent"], undefined, "0 of 2 answered, 1 failed, 1 silent", 1],
  ] as const satisfies readonly (readonly [readonly Outcome[], number?, string?, number?])[]
) {
  Deno.test(`Tally of ${outcomes.join(", ")}, expecting ${expect}, is ${text}`, () => {
    const tally = new Tally(expect);
    for (const outcome of outcomes) tally.add(outcome);
    assertEquals([`${tally}`, tally.exitCode], [text, exitCode]);
  });
}
