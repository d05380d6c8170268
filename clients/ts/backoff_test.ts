import assert from "node:assert/strict";
import { backoffMs } from "./backoff.ts";

Deno.test("waits double from half a second to a quarter of a minute", () => {
  const waits = [0, 1, 2, 3, 4, 5, 6, 500].map((attempt) => backoffMs(attempt, 0));
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
});

Deno.test("chance takes up to half of the wait away", () => {
  assert.equal(backoffMs(3, 0.5), 3000);
  assert.ok(backoffMs(3, 0.999) >= 2000);
});
