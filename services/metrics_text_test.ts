import assert from "node:assert/strict";
import { Counter, Registry } from "prom-client";
import { metricSum } from "./metrics_text.ts";

Deno.test("a metric is summed over its series, or those with a label", async () => {
  const registry = new Registry();
  const help = "of no use here";
  const lag = new Counter({
    name: "lag",
    help,
    labelNames: ["topic", "partition"],
    registers: [registry],
  });
  new Counter({ name: "lag_more_total", help, registers: [registry] }).inc(100);
  lag.inc({ topic: "a.b", partition: 0 }, 2);
  lag.inc({ topic: "a.b", partition: 1 }, 3.5);
  lag.inc({ topic: "c", partition: 1 }, 7);
  const text = await registry.metrics();
  assert.equal(metricSum(text, "lag"), 12.5);
  assert.equal(metricSum(text, "lag", { topic: "a.b" }), 5.5);
  assert.equal(metricSum(text, "lag", { topic: "a.b", partition: "1" }), 3.5);
  assert.equal(metricSum(text, "lag_more_total"), 100);
  assert.equal(metricSum(text, "lag", { topic: "b" }), undefined);
  assert.equal(metricSum(text, "lag_more"), undefined);
  assert.equal(metricSum("", "lag"), undefined);
});
