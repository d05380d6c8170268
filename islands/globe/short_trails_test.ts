import assert from "node:assert/strict";
import { createEye } from "./eye.ts";
import { AT, STRIDE } from "./reckon.ts";
import { ShortTrails } from "./short_trails.ts";
import { KIND } from "./trail_shader.ts";
import { SHORT_SEGMENTS, Trails } from "./trails.ts";

/** One aircraft, told of at these seconds with these tracks; the kinds of the pieces of its trail. */
function fly(reports: readonly (readonly [seconds: number, trackDeg: number])[], aircraft = 1) {
  const trails = new Trails(createEye(), { value: 0 });
  const short = new ShortTrails(trails);
  short.grow(1);
  const kinds: number[] = [];
  const { addShort } = trails;
  trails.addShort = (...piece) => {
    kinds.push(piece[6]);
    addShort.apply(trails, piece);
  };
  const rows = new Float32Array(STRIDE);
  reports.forEach(([seconds, trackDeg], i) => {
    if (i > 0) short.keep(rows, 0);
    rows[AT.place] = 1;
    rows[AT.time] = seconds;
    short.goOn(rows, 0, 0x3944ef, trackDeg, i > 0, false, aircraft);
  });
  return kinds;
}

const steady = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => [from + i, 90] as const);

Deno.test("a steady flight has a piece every six seconds, a turn has more", () => {
  assert.equal(fly(steady(0, 60)).length, 10);
  const turning = steady(0, 60).map(([seconds]) => [seconds, seconds * 3] as const);
  assert.equal(fly(turning).length, 12);
  const throughNorth = steady(0, 12).map(([s]) => [s, s % 2 ? 359 : 1] as const);
  assert.equal(fly(throughNorth).length, 2);
});

Deno.test("a silence of over a minute is dashed, after a longer one the trail begins anew", () => {
  const after = (silenceS: number) => fly([...steady(0, 8), [8 + silenceS, 90]]);
  assert.deepEqual(after(50), [KIND.flown, KIND.flown]);
  assert.deepEqual(after(90), [KIND.flown, KIND.flown, KIND.dashed]);
  assert.deepEqual(after(600), [KIND.flown]);
});

Deno.test("a clock that goes back, as in time travel, joins nothing", () => {
  assert.deepEqual(fly([[1000, 90], [10, 90], [17, 90]]), [KIND.flown]);
});

Deno.test("with more aircraft pieces are longer, and the room never runs out", () => {
  assert.ok(fly(steady(0, 150), 20_000).length * 20_000 < SHORT_SEGMENTS);
  const trails = new Trails(createEye(), { value: 0 });
  const row = new Float32Array(STRIDE);
  for (let i = 0; i < SHORT_SEGMENTS + 10; i++) {
    trails.addShort(i, row, 0, row, 4, i, KIND.flown, false);
  }
  assert.equal(trails.shortSegments, SHORT_SEGMENTS);
});
