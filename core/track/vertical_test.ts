import assert from "node:assert/strict";
import { climb } from "./testing.ts";
import { VerticalFilter } from "./vertical.ts";

Deno.test("altitude is known within half of what is said, through the levelling off too", () => {
  const filter = new VerticalFilter();
  let squares = 0;
  for (const { atMs, altitudeM, saidM, saidMps } of climb(5)) {
    filter.update(atMs, saidM, saidMps);
    if (atMs >= 20_000) squares += (filter.altitudeM - altitudeM) ** 2;
  }
  const error = Math.sqrt(squares / 280);
  // What is said is 8.3 m off.
  assert(error < 4.15, `${error} m`);
});

Deno.test("in level flight it is known ever better", () => {
  let squares = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const filter = new VerticalFilter();
    for (const { atMs, saidM, saidMps } of climb(seed)) filter.update(atMs, saidM, saidMps);
    squares += (filter.altitudeM - 4000) ** 2;
  }
  // 100 altitudes that are 8.3 m off have a mean that is 0.83 m off.
  const error = Math.sqrt(squares / 20);
  assert(error < 1.25, `${error} m`);
});

Deno.test("one false altitude moves nothing; another level that stays is believed", () => {
  const filter = new VerticalFilter();
  for (let s = 0; s < 60; s++) filter.update(s * 1000, 3000, 0);
  filter.update(60_000, 8000, 0);
  assert(Math.abs(filter.altitudeM - 3000) < 5);
  for (let s = 61; s < 70; s++) filter.update(s * 1000, 8000, 0);
  assert(Math.abs(filter.altitudeM - 8000) < 5);
});

Deno.test("what is not known is not used, and time does not run backwards", () => {
  const filter = new VerticalFilter();
  filter.update(0, NaN, 5);
  assert(Number.isNaN(filter.altitudeM));
  for (let s = 0; s < 30; s++) filter.update(s * 1000, 1000 + 5 * s, NaN);
  assert(Math.abs(filter.rateMps - 5) < 1, `${filter.rateMps} m/s`);
  const { altitudeM } = filter;
  filter.update(10_000, 9000, 0);
  assert.equal(filter.altitudeM, altitudeM);
  filter.update(30_000, NaN, NaN);
  assert(Math.abs(filter.altitudeM - 1150) < 10);
});

Deno.test("an altitude that nobody has said for a minute is not known any more", () => {
  const filter = new VerticalFilter();
  for (let s = 0; s <= 20; s++) filter.update(s * 1000, 100 - 3 * s, -3);
  for (let s = 21; s <= 60; s++) filter.update(s * 1000, NaN, NaN);
  assert.ok(!Number.isNaN(filter.altitudeM));
  for (let s = 61; s <= 90; s++) filter.update(s * 1000, NaN, NaN);
  assert.ok(Number.isNaN(filter.altitudeM) && Number.isNaN(filter.rateMps));
  filter.update(91_000, 40, NaN);
  assert.equal(filter.altitudeM, 40);
});
