import assert from "node:assert/strict";
import { SourceClock } from "./source_clock.ts";

const NOW = 1_717_250_400_000;
const HOUR = 3_600_000;

Deno.test("a clock that is right, and an answer that took its time, are left alone", () => {
  const clock = new SourceClock();
  assert.equal(clock.shiftMs(NOW, NOW), 0);
  assert.equal(clock.shiftMs(NOW + 1000, NOW + 20_000), 0);
  assert.equal(clock.shiftMs(NOW + 22_000, NOW + 21_000), 0);
});

for (const offMs of [HOUR, -HOUR, -90_000, 365 * 24 * HOUR]) {
  Deno.test(`a clock that is off by ${offMs / 1000} s is corrected once it is seen to go on`, () => {
    const clock = new SourceClock();
    assert.equal(clock.shiftMs(NOW + offMs, NOW), undefined);
    assert.equal(clock.shiftMs(NOW + offMs + 10_000, NOW + 10_000), -offMs);
    assert.equal(clock.shiftMs(NOW + offMs + 20_000, NOW + 20_000), -offMs);
  });
}

Deno.test("a file that nobody writes any more is not a clock that is off", () => {
  const clock = new SourceClock();
  for (let s = 60; s < 600; s++) assert.equal(clock.shiftMs(NOW, NOW + s * 1000), undefined);
});

Deno.test("one wrong time between right ones changes nothing", () => {
  const clock = new SourceClock();
  assert.equal(clock.shiftMs(NOW, NOW), 0);
  assert.equal(clock.shiftMs(NOW + HOUR, NOW + 10), undefined);
  assert.equal(clock.shiftMs(NOW + 20, NOW + 20), 0);
  assert.equal(clock.shiftMs(NOW - HOUR, NOW + 30), undefined);
  assert.equal(clock.shiftMs(NOW + 40, NOW + 40), 0);
});

Deno.test("a clock that is set right is followed", () => {
  const clock = new SourceClock();
  clock.shiftMs(NOW - HOUR, NOW);
  assert.equal(clock.shiftMs(NOW - HOUR + 1000, NOW + 1000), HOUR);
  assert.equal(clock.shiftMs(NOW + 2000, NOW + 2000), undefined);
  assert.equal(clock.shiftMs(NOW + 3000, NOW + 3000), 0);
});
