import assert from "node:assert/strict";
import { StreamClock } from "./stream_clock.ts";

const START_MS = Date.UTC(2021, 9, 7, 12);

/** Feeds a clock `seconds` of a stream that runs at `rate` and reports in steps of `stepS` of its time. */
function fed(rate: number, stepS: number, seconds: number, latencyMs = 0) {
  const clock = new StreamClock();
  for (let sentMs = 0; sentMs <= seconds * 1000; sentMs += 200) {
    const streamS = Math.floor(sentMs / 1000 * rate / stepS) * stepS;
    clock.observe(START_MS + streamS * 1000, 5_000_000 + sentMs, sentMs + latencyMs);
  }
  return clock;
}

Deno.test("between messages time goes on at the replay's speed", () => {
  for (const rate of [0.5, 1, 10, 60]) {
    const clock = fed(rate, 1, 20);
    assert.ok(Math.abs(clock.rate / rate - 1) < 0.06, `${rate}: ${clock.rate}`);
    const errorS = (clock.at(21_000) - START_MS) / 1000 - 21 * rate;
    assert.ok(Math.abs(errorS) < 1 + 0.6 * rate, `${rate}: ${errorS} s off`);
  }
});

Deno.test("a feed that is polled every ten seconds still runs evenly", () => {
  const clock = fed(1, 10, 60);
  assert.ok(Math.abs(clock.rate - 1) < 0.05, String(clock.rate));
});

Deno.test("a small error is corrected little by little, a jump at once", () => {
  const clock = new StreamClock();
  clock.observe(START_MS, 0, 0);
  clock.observe(START_MS + 2000, 1000, 1000);
  const offMs = clock.at(1000) - (START_MS + 1000);
  assert.ok(offMs > 0 && offMs < 1000, `corrected by ${offMs} ms`);
  clock.observe(START_MS + 3_600_000, 1200, 1200);
  assert.equal(clock.at(1200), START_MS + 3_600_000);
});

Deno.test("messages that queued while the page was busy do not change the rate", () => {
  const clock = new StreamClock();
  for (let s = 0; s <= 10; s++) clock.observe(START_MS + s * 1000, s * 1000, 10_000 + s);
  assert.equal(clock.rate, 1);
});
