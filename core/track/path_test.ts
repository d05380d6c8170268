import assert from "node:assert/strict";
import { destination, type LatLon, normalDeg } from "../geodesy.ts";
import { Path } from "./path.ts";

const SPEED_MPS = 200;

/** Flies so many seconds, reported once a second, turning as fast as `turnDegPerS`. */
function fly(path: Path, from: Flown, seconds: number, turnDegPerS: number): Flown {
  let { position, courseDeg, atMs } = from;
  for (let s = 0; s < seconds; s++) {
    path.add(atMs, position.lat, position.lon, normalDeg(courseDeg), SPEED_MPS);
    position = destination(position, courseDeg + turnDegPerS / 2, SPEED_MPS);
    courseDeg += turnDegPerS;
    atMs += 1000;
  }
  return { position, courseDeg, atMs };
}

interface Flown {
  readonly position: LatLon;
  readonly courseDeg: number;
  readonly atMs: number;
}
const START: Flown = { position: { lat: 48, lon: 179.9 }, courseDeg: 90, atMs: 1_700_000_000_000 };

Deno.test("a circle has its radius, its turn and its time, however far and long it was flown before", () => {
  // Up to where the path's numbers go round, and beyond.
  for (const straightS of [0, 600, 700, 800, 900, 10_000]) {
    const path = new Path();
    const far = fly(path, START, straightS, 0);
    const { atMs } = fly(path, far, 2201, 1);
    for (const [back, turnDeg] of [[36, 360], [72, 720]] as const) {
      assert.equal(path.agoS(back), turnDeg);
      assert.equal(path.atMs(back), atMs - 1000 - turnDeg * 1000);
      for (const deg of [path.netTurnDeg(back), path.sumTurnDeg(back), path.turnSpanDeg(back)]) {
        assert.ok(Math.abs(deg - turnDeg) < 1, `${deg}`);
      }
    }
    // 200 m/s and 1°/s are a radius of 11 459 m.
    assert.ok(Math.abs(path.radiusM(36) / 11_459 - 1) < 0.05, `${path.radiusM(36)}`);
  }
});

Deno.test("turns to both sides add up or cancel out", () => {
  const path = new Path();
  const right = fly(path, START, 301, 1);
  fly(path, right, 300, -1);
  const back = path.size - 1;
  assert.ok(Math.abs(path.netTurnDeg(back)) < 6, `${path.netTurnDeg(back)}`);
  assert.ok(Math.abs(path.sumTurnDeg(back) - 600) < 6, `${path.sumTurnDeg(back)}`);
  assert.ok(Math.abs(path.turnSpanDeg(back) - 300) < 6, `${path.turnSpanDeg(back)}`);
});

Deno.test("a path is 25 minutes long, however seldom its points come", () => {
  for (const everyS of [10, 70, 700, 6554]) {
    const path = new Path();
    for (let i = 0; i < 200; i++) path.add(START.atMs + i * everyS * 1000, 48, 11, 90, SPEED_MPS);
    assert.equal(path.size, Math.floor(1500 / everyS) + 1);
    assert.equal(path.agoS(path.size - 1), (path.size - 1) * everyS);
  }
});
