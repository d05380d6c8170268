import assert from "node:assert/strict";
import {
  aircraftCount,
  duration,
  feet,
  feetPerMinute,
  knots,
  position,
  squawkMeaning,
  track,
  UNKNOWN,
  utcDate,
  utcTime,
  withUnit,
} from "./format.ts";

Deno.test("altitudes read in feet: the international foot is 0.3048 m", () => {
  assert.equal(feet(0.3048), "1");
  assert.equal(feet(10_668), "35,000");
  assert.equal(feet(-152.4), "−500");
  assert.equal(feet(-0.1), "0");
  assert.equal(withUnit(feet(304.8), "ft"), "1,000 ft");
});

Deno.test("speeds read in knots: a knot is 1852 m an hour", () => {
  assert.equal(knots(1852 / 3600), "1");
  assert.equal(knots(250), "486");
});

Deno.test("vertical rates carry their sign and no negative zero", () => {
  assert.equal(feetPerMinute(5.08), "+1,000");
  assert.equal(feetPerMinute(-5.08), "−1,000");
  assert.equal(feetPerMinute(-0.001), "0");
  assert.equal(feetPerMinute(0.001), "0");
});

Deno.test("an unknown figure is a dash without a unit", () => {
  for (const figure of [feet(null), knots(undefined), feetPerMinute(null), track(undefined)]) {
    assert.equal(withUnit(figure, "ft"), UNKNOWN);
  }
});

Deno.test("a track has three digits and never reads 360", () => {
  assert.equal(track(7.4), "007°");
  assert.equal(track(359.7), "000°");
});

Deno.test("positions name the hemisphere", () => {
  assert.equal(position({ lat: 48.85661, lon: 2.35222 }), "48.8566° N, 2.3522° E");
  assert.equal(position({ lat: -33.9, lon: -70.5 }), "33.9000° S, 70.5000° W");
});

Deno.test("durations, dates and times", () => {
  assert.equal(duration(42.9), "42 s");
  assert.equal(duration(-1), "0 s");
  assert.equal(duration(125), "2 min 5 s");
  assert.equal(duration(120), "2 min");
  assert.equal(duration(3725), "1 h 2 min");
  assert.equal(utcDate(1633608001000), "7 Oct 2021");
  assert.equal(utcTime(1633608001000), "12:00:01 UTC");
});

Deno.test("counts say how many of how many", () => {
  assert.equal(aircraftCount(1200, 1200), "1,200 aircraft");
  assert.equal(aircraftCount(3, 1200), "3 of 1,200 aircraft");
});

Deno.test("only the three emergency codes mean something", () => {
  assert.equal(squawkMeaning("7500"), "unlawful interference");
  assert.equal(squawkMeaning("7600"), "radio failure");
  assert.equal(squawkMeaning("7700"), "emergency");
  assert.equal(squawkMeaning("1000"), undefined);
  assert.equal(squawkMeaning(null), undefined);
});
