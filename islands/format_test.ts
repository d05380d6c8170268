import assert from "node:assert/strict";
import {
  aircraftCount,
  duration,
  figure,
  figureWithUnit,
  position,
  squawkMeaning,
  track,
  UNKNOWN,
  utcDate,
  utcTime,
} from "./format.ts";

Deno.test("a foot is 0.3048 m, a nautical mile 1852 m, a mile 1609.344 m, a knot one NM an hour", () => {
  assert.equal(figure(10_668, "altitude", "aviation"), "35,000");
  assert.equal(figure(1852 / 3600, "speed", "aviation"), "1");
  assert.equal(figure(250, "speed", "aviation"), "486");
  assert.equal(figure(5.08, "rate", "aviation"), "+1,000");
  assert.equal(figure(18_520, "distance", "aviation"), "10.0");
  assert.equal(figure(1609.344 / 36, "speed", "imperial"), "100");
  assert.equal(figure(10_668, "altitude", "imperial"), "35,000");
});

Deno.test("metric figures are metres, km/h, m/s and km", () => {
  assert.equal(figureWithUnit(10_668, "altitude", "metric"), "10,668 m");
  assert.equal(figureWithUnit(100, "speed", "metric"), "360 km/h");
  assert.equal(figureWithUnit(-5.08, "rate", "metric"), "−5.1 m/s");
  assert.equal(figureWithUnit(123_456, "distance", "metric"), "123 km");
});

Deno.test("negative figures have a minus sign, and nothing is a negative zero", () => {
  assert.equal(figure(-152.4, "altitude", "aviation"), "−500");
  assert.equal(figure(-0.1, "altitude", "aviation"), "0");
  assert.equal(figure(-0.001, "rate", "aviation"), "0");
  assert.equal(figure(0.001, "rate", "aviation"), "0");
  assert.equal(figure(-0.01, "rate", "metric"), "0.0");
});

Deno.test("what nobody sent, or is no number, is a dash without a unit", () => {
  for (const nothing of [null, undefined, NaN, Infinity]) {
    assert.equal(figureWithUnit(nothing, "altitude", "aviation"), UNKNOWN);
  }
  assert.equal(track(undefined), UNKNOWN);
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
