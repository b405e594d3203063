import { assert, assertEquals } from "@std/assert";
import { NodeMetrics, outcomeOf } from "../../core/node_metrics.ts";

function linesOf(metrics: NodeMetrics, name: string): string[] {
  return metrics.all.format().split("\n").filter((line) => line.startsWith(name));
}

Deno.test("NodeMetrics.called() counts by function and outcome, and how long calls took", () => {
  const metrics = new NodeMetrics();
  metrics.called("sum", "ok", 0.2);
  metrics.called("sum", "ok", 2);
  metrics.called("sum", "failed", 20_000);
  assertEquals(linesOf(metrics, "synapse_calls_total"), [
    'synapse_calls_total{method="sum",outcome="ok"} 2',
    'synapse_calls_total{method="sum",outcome="failed"} 1',
  ]);
  assertEquals(linesOf(metrics, "synapse_call_duration_seconds_bucket").slice(4, 7), [
    'synapse_call_duration_seconds_bucket{le="0.0005"} 1',
    'synapse_call_duration_seconds_bucket{le="0.001"} 1',
    'synapse_call_duration_seconds_bucket{le="0.005"} 2',
  ]);
  assertEquals(linesOf(metrics, "synapse_call_duration_seconds_count")[0].at(-1), "3");
});

Deno.test("NodeMetrics.called() never takes up a name that nobody has published", () => {
  const metrics = new NodeMetrics();
  for (let i = 0; i < 3; i++) metrics.called(undefined, "refused", 0);
  assertEquals(linesOf(metrics, "synapse_calls_total"), [
    'synapse_calls_total{method="(unknown)",outcome="refused"} 3',
  ]);
});

Deno.test("NodeMetrics.calls tells of all calls together", () => {
  const metrics = new NodeMetrics();
  assertEquals([metrics.calls.total, metrics.calls.failed], [0, 0]);
  metrics.called("sum", "ok", 0.005);
  metrics.called("sum", "refused", 0.005);
  metrics.called("wait", "cancelled", 60_000);
  const { total, failed, durations } = metrics.calls;
  assertEquals([total, failed], [3, 2]);
  assertEquals(durations.counts.length, durations.boundsSeconds.length + 1);
  assertEquals([durations.counts[0], durations.counts.at(-1)], [2, 1]);
});

Deno.test("NodeMetrics counts answers and refusals", () => {
  const metrics = new NodeMetrics();
  metrics.answered("/rpc", 200);
  metrics.answered("/rpc", 413);
  metrics.refused("limit_exceeded");
  assertEquals(linesOf(metrics, "synapse_http"), [
    'synapse_http_requests_total{route="/rpc",status="200"} 1',
    'synapse_http_requests_total{route="/rpc",status="413"} 1',
  ]);
  assertEquals(linesOf(metrics, "synapse_refused"), [
    'synapse_refused_total{reason="limit_exceeded"} 1',
  ]);
});

Deno.test("NodeMetrics writes a line for each of 10,000 functions", () => {
  const metrics = new NodeMetrics();
  for (let i = 0; i < 10_000; i++) metrics.called(`demo.function_${i}`, "ok", 1);
  assertEquals(linesOf(metrics, "synapse_calls_total").length, 10_000);
  assert(metrics.all.format().endsWith("\n"));
});

Deno.test("outcomeOf() tells what never ran, what nobody waited for, and what failed", () => {
  const outcomes = [
    ...["method_not_found", "invalid_params", "limit_exceeded", "unauthorized", "cancelled"],
    ...["deadline_exceeded", "connection_lost", "internal_error", "out_of_stock"],
  ].map(outcomeOf);
  assertEquals(outcomes, [
    ...["refused", "refused", "refused", "refused", "cancelled"],
    ...["cancelled", "cancelled", "failed", "failed"],
  ]);
});
