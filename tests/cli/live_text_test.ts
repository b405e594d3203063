import { assertEquals } from "@std/assert";
import { LiveText } from "../../cli/live_text.ts";

/** What is drawn: up so many lines, and over what is there. */
function drawing(up: number, ...lines: string[]): string {
  const over = lines.map((line) => `\u001b[K${line}\n`).join("");
  return `${up > 0 ? `\u001b[${up}A` : ""}${over}\u001b[J`;
}

Deno.test("LiveText.draw() goes back to where it began", () => {
  const text = new LiveText();
  assertEquals(text.draw("a\nb\n", {}), drawing(0, "a", "b"));
  assertEquals(text.draw("c\n", {}), drawing(2, "c"));
  assertEquals(text.draw("", {}), drawing(1));
  assertEquals(text.draw("d\n", {}), drawing(0, "d"));
});

Deno.test("LiveText.draw() counts what is higher than the terminal", () => {
  const text = new LiveText();
  const lines = ["head", "1", "2", "3", "4"];
  const whole = lines.map((line) => `${line}\n`).join("");
  assertEquals(text.draw(whole, { rows: 6 }), drawing(0, ...lines));
  assertEquals(text.draw(whole, { rows: 5 }), drawing(5, "head", "1", "2", "… and 2 more"));
  assertEquals(text.draw(whole, { rows: 1 }), drawing(4, "head", "1", "… and 3 more"));
});

Deno.test("LiveText.draw() goes back over lines that a narrower terminal has wrapped", () => {
  const text = new LiveText();
  text.draw(`\u001b[2m${"x".repeat(30)}\u001b[0m\nshort\n`, { columns: 30 });
  assertEquals(text.draw("y\n", { columns: 20 }), drawing(3, "y"));
});
