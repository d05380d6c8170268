import assert from "node:assert/strict";
import { seededRandom } from "../../core/seeded_random.ts";
import { backoffMs } from "./backoff.ts";

Deno.test("waits double from the interval to five minutes", () => {
  const waits = [1, 2, 3, 4, 5, 6, 7].map((failures) => backoffMs(10_000, failures, 0));
  assert.deepEqual(waits, [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
});

Deno.test("a receiver of one's own is asked again within half a minute", () => {
  const waits = [1, 5, 6, 60].map((failures) => backoffMs(1000, failures, 0, "own"));
  assert.deepEqual(waits, [1000, 16_000, 30_000, 30_000]);
});

Deno.test("a feed that is asked less often than that is not asked more often when it fails", () => {
  assert.equal(backoffMs(900_000, 5, 0), 900_000);
});

Deno.test("chance adds up to half, so that waits differ and none is shorter", () => {
  const random = seededRandom(1);
  const waits = Array.from({ length: 100 }, () => backoffMs(1000, 1, random()));
  assert(waits.every((ms) => ms >= 1000 && ms < 1500));
  assert(new Set(waits).size > 90);
});
