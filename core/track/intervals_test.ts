import assert from "node:assert/strict";
import { Intervals } from "./intervals.ts";

function heard(...intervalsS: number[]): Intervals {
  const intervals = new Intervals();
  for (const s of intervalsS) intervals.add(s);
  return intervals;
}

const about = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual / expected - 1) < 0.06, `${actual} is not about ${expected}`);

Deno.test("nothing is usual before there was an interval", () => {
  assert.ok(Number.isNaN(heard().usualS));
});

Deno.test("the usual interval is the median: odd ones do not count", () => {
  for (const usualS of [0.2, 1, 5, 26, 300]) {
    about(heard(usualS, usualS, 900, usualS, 0.1, usualS, 1200).usualS, usualS);
  }
});

Deno.test("a source that has become slow is believed once the last five say so", () => {
  const intervals = heard(...Array.from({ length: 100 }, () => 6));
  for (let i = 0; i < 4; i++) intervals.add(65);
  about(intervals.usualS, 6);
  intervals.add(65);
  about(intervals.usualS, 65);
  intervals.add(6);
  about(intervals.usualS, 6);
});

Deno.test("any number of them is counted", () => {
  const intervals = new Intervals();
  for (let i = 0; i < 300_000; i++) intervals.add(i % 3 === 0 ? 10 : 1);
  for (let i = 0; i < 5; i++) intervals.add(0);
  about(intervals.usualS, 1);
});
