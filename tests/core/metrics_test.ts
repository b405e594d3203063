import { assertEquals } from "@std/assert";
import { CounterFamily, Metrics, OTHER_LABEL } from "../../core/metrics.ts";

Deno.test("Metrics.format() is empty where nothing is measured", () => {
  assertEquals(new Metrics().format(), "");
});

Deno.test("Metrics.format() writes counters, gauges and histograms in order", () => {
  const metrics = new Metrics();
  const requests = metrics.counters("requests_total", "Requests.", ["route", "status"]);
  let open = 2;
  metrics.gauge("connections", "Open connections.", () => open);
  const times = metrics.histogram("time_seconds", "Time.", [0.1, 1]);

  requests.of("/", "200").add();
  requests.of("/", "404").add(2);
  requests.of("/", "200").add();
  open = 3;
  for (const seconds of [0.05, 0.1, 0.5, 7]) times.observe(seconds);

  assertEquals(
    metrics.format(),
    `# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{route="/",status="200"} 2
requests_total{route="/",status="404"} 2
# HELP connections Open connections.
# TYPE connections gauge
connections 3
# HELP time_seconds Time.
# TYPE time_seconds histogram
time_seconds_bucket{le="0.1"} 2
time_seconds_bucket{le="1"} 3
time_seconds_bucket{le="+Inf"} 4
time_seconds_sum 7.65
time_seconds_count 4
`,
  );
});

Deno.test("CounterFamily without labels is one counter", () => {
  const metrics = new Metrics();
  metrics.counters("bytes_total", "Bytes.").of().add(10);
  assertEquals(metrics.format().split("\n")[2], "bytes_total 10");
});

Deno.test("Metrics.total() shows what somebody else counts", () => {
  const metrics = new Metrics();
  let bytes = 0;
  metrics.total("bytes_total", "Bytes.", () => bytes);
  bytes = 10;
  assertEquals(metrics.format().split("\n").slice(1, 3), [
    "# TYPE bytes_total counter",
    "bytes_total 10",
  ]);
});

Deno.test("CounterFamily escapes labels, and what looks alike stays apart", () => {
  const metrics = new Metrics();
  const calls = metrics.counters("calls_total", "Calls.", ["method"]);
  calls.of('a"b').add(1);
  calls.of("a\\b").add(2);
  calls.of("a\nb").add(3);
  assertEquals(metrics.format().split("\n").slice(2, 5), [
    'calls_total{method="a\\"b"} 1',
    'calls_total{method="a\\\\b"} 2',
    'calls_total{method="a\\nb"} 3',
  ]);
});

Deno.test("CounterFamily counts labels beyond its bound as one", () => {
  const family = new CounterFamily("calls_total", ["method", "outcome"], 2);
  for (let i = 0; i < 1000; i++) family.of(`method${i}`, "ok").add();
  const lines: string[] = [];
  family.write(lines);
  assertEquals(lines, [
    'calls_total{method="method0",outcome="ok"} 1',
    'calls_total{method="method1",outcome="ok"} 1',
    `calls_total{method="${OTHER_LABEL}",outcome="${OTHER_LABEL}"} 998`,
  ]);
});
