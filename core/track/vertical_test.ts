import assert from "node:assert/strict";
import { seededRandom } from "../seeded_random.ts";
import { VerticalFilter } from "./vertical.ts";

const STEP_M = 7.62;

/** Altitudes in steps of 25 ft with 8 m of noise: level, a climb at 10 m/s, level. */
function climb(seed: number) {
  const random = seededRandom(seed);
  let altitudeM = 3000;
  return Array.from({ length: 300 }, (_, s) => {
    const rateMps = s > 100 && s <= 200 ? 10 : 0;
    altitudeM += rateMps;
    const noise = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const saidM = Math.round((altitudeM + 8 * noise()) / STEP_M) * STEP_M;
    return { atMs: s * 1000, altitudeM, rateMps, saidM, saidMps: rateMps + 0.5 * noise() };
  });
}

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
