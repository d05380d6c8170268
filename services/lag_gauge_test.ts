/** What is said of a reader's lag while the broker says nothing. */
import assert from "node:assert/strict";
import { Registry } from "prom-client";
import type { PartitionLag, Reader } from "./bus/bus.ts";
import { lagGauge } from "./lag_gauge.ts";
import { within } from "./testing/deadline.ts";

Deno.test("a broker that hangs holds up nobody who asks for metrics; what nobody knows is not told", async () => {
  const registry = new Registry();
  let answer: Promise<PartitionLag[]> = Promise.resolve([
    { topic: "u", partition: 0, lag: 7, endOffset: 9 },
    { topic: "u", partition: 1, lag: 0, endOffset: undefined },
  ]);
  lagGauge("lag", registry, () => [{ lag: () => answer } as Reader]);
  const lines = async () =>
    (await within(registry.metrics(), "metrics", 30_000)).split("\n")
      .filter((line) => line.startsWith("lag{"));
  const known = ['lag{topic="u",partition="0"} 7'];
  assert.deepEqual(await lines(), known);
  answer = new Promise(() => {});
  assert.deepEqual(await lines(), known);
  answer = Promise.resolve([{ topic: "u", partition: 0, lag: 0, endOffset: undefined }]);
  assert.deepEqual(await lines(), []);
});
