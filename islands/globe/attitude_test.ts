import assert from "node:assert/strict";
import { Attitude, pathPitchDeg, turnBankDeg } from "./attitude.ts";

Deno.test("the pitch is the path's: a three-degree approach is three degrees down", () => {
  // 140 kt and 743 ft/min: the descent tables of approach charts.
  assert.ok(Math.abs(pathPitchDeg(-743 * 0.00508, 140 * 0.514444) + 3) < 0.05);
  assert.equal(pathPitchDeg(80, 30), 20, "no more than this");
  assert.equal(pathPitchDeg(5, 2), 0, "nor of what hardly moves");
});

Deno.test("a standard-rate turn banks by a tenth of the knots and seven", () => {
  // The rule that pilots learn, for 3° a second.
  for (const knots of [100, 120, 150]) {
    assert.ok(Math.abs(turnBankDeg(3, knots * 0.514444) - (knots / 10 + 7)) < 2.2, String(knots));
  }
  assert.ok(turnBankDeg(-3, 60) < 0, "to the left");
  assert.equal(turnBankDeg(30, 200), 35, "no more than this");
});

function flown(turnDegPerS: number, seconds: number): Attitude {
  const attitude = new Attitude();
  for (let s = 0; s <= seconds; s++) {
    attitude.hear(s, (350 + turnDegPerS * s + 360) % 360, 120, 0);
    for (let frame = 0; frame < 60; frame++) attitude.advance(1 / 60, s + frame / 60);
  }
  return attitude;
}

Deno.test("in a steady turn through north it banks, and its heading goes with it", () => {
  const attitude = flown(1.5, 20);
  assert.ok(Math.abs(attitude.bankDeg - turnBankDeg(1.5, 120)) < 1, String(attitude.bankDeg));
  const offDeg = ((attitude.headingDeg - (350 + 1.5 * 21)) % 360 + 540) % 360 - 180;
  assert.ok(Math.abs(offDeg) < 2, String(offDeg));
});

Deno.test("straight on its wings are level, and after a long silence again", () => {
  assert.ok(Math.abs(flown(0, 10).bankDeg) < 0.01);
  const attitude = flown(2, 10);
  for (let s = 0; s < 30; s++) attitude.advance(1, 11 + s);
  assert.ok(Math.abs(attitude.bankDeg) < 0.5);
});

Deno.test("what is not known moves nothing, and nothing becomes NaN", () => {
  const attitude = new Attitude();
  attitude.hear(0, NaN, NaN, NaN);
  attitude.advance(1, 1);
  attitude.hear(2, 90, NaN, NaN);
  attitude.advance(1, 3);
  assert.deepEqual([attitude.pitchDeg, attitude.bankDeg], [0, 0]);
  assert.ok(Number.isFinite(attitude.headingDeg));
});
