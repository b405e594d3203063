import { assertEquals, assertMatch } from "@std/assert";

Deno.test("the demo shows calls, a stream, an error, and peers that find each other, and ends", async () => {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-run", "examples/demo.ts"],
    cwd: new URL("..", import.meta.url),
    stdin: "null",
  }).output();
  const shown = new TextDecoder().decode(stdout);

  assertEquals(new TextDecoder().decode(stderr), "");
  assertEquals(code, 0);
  assertMatch(
    shown,
    /\$ synapse serve examples\/calculator\.ts --namespace demo --name alice --port 0\n/,
  );
  assertMatch(shown, /\$ synapse methods 127\.0\.0\.1:\d+\n[^$]+ sum\(a, b\) /);
  assertMatch(shown, /\$ synapse call 127\.0\.0\.1:\d+ sum 2 3\n +5\n/);
  assertMatch(shown, /\$ synapse call 127\.0\.0\.1:\d+ countdown 3\n +3\n +2\n +1\n/);
  assertMatch(shown, /did you mean sum\?/);
  assertMatch(
    shown,
    /\$ synapse discover --namespace demo [^\n]+\n +name .*\n +alice .*\n +bob .*\n/,
  );
  assertMatch(shown, /\$ synapse call \S+ get_peers\n +\["bob"\]\n/);
  assertMatch(shown, /\$ synapse call bob@demo sum 2 3\n +5\n/);
  assertMatch(shown, /\$ synapse broadcast [^\n]+\n( +(alice|bob) .* 5\n){2}/);
  assertMatch(shown, /2 of 2 answered\n/);
});
