import assert from "node:assert/strict";
import { destination } from "./geodesy.ts";
import { type Fix, PositionGate, rankOf, type Verdict } from "./position_gate.ts";

const T0_MS = 1_717_250_400_000;
const START = { lat: 40.7, lon: -74 };
const ADSB = rankOf("adsb");
const MLAT = rankOf("mlat");

/** Eastwards at 200 m/s, `atS` seconds on, `asideM` metres off the way. */
function fix(atS: number, { asideM = 0, rank = ADSB, onGround = false, mps = 200 } = {}): Fix {
  const place = destination(destination(START, 90, mps * atS), 0, asideM);
  return { ...place, atMs: T0_MS + atS * 1000, onGround, rank, clockS: 0 };
}

function flown(...seconds: number[]): PositionGate {
  const gate = new PositionGate();
  gate.heardSpeed(200, T0_MS);
  for (const second of seconds) assert.equal(gate.offer(fix(second)), "new");
  return gate;
}

const verdicts = (gate: PositionGate, ...fixes: Fix[]): Verdict[] =>
  fixes.map((one) => gate.offer(one));

Deno.test("where an aircraft can have come to it is believed to be", () => {
  const gate = flown(0, 1, 2);
  assert.deepEqual(verdicts(gate, fix(3), fix(7), fix(30)), ["new", "new", "new"]);
});

Deno.test("one outlier never moves an aircraft, be it the second report of all", () => {
  const gate = flown(0);
  assert.equal(gate.offer(fix(1, { asideM: 30_000 })), "unreachable");
  assert.equal(gate.offer(fix(2)), "new");
  assert.equal(gate.last!.atMs, T0_MS + 2000);
});

Deno.test("outliers that do not agree with one another never win", () => {
  const gate = flown(0, 1, 2, 3);
  for (let i = 4; i < 40; i++) {
    assert.equal(gate.offer(fix(i, { asideM: i % 2 ? 40_000 : -60_000 })), "unreachable");
  }
  assert.equal(gate.offer(fix(40)), "new");
});

Deno.test("a true jump wins in the end, within four reports of a well known aircraft", () => {
  const gate = flown(0, 1, 2, 3, 4, 5);
  const jumped = verdicts(gate, ...[6, 7, 8, 9].map((s) => fix(s, { asideM: 30_000 })));
  assert.equal(jumped[0], "unreachable");
  assert.equal(jumped[1], "unreachable");
  assert.equal(jumped.at(-1), "new");
  assert.equal(gate.offer(fix(10, { asideM: 30_000 })), "new");
});

Deno.test("a first report that was wrong is corrected by the two after it", () => {
  const gate = new PositionGate();
  gate.heardSpeed(200, T0_MS);
  const said = verdicts(gate, fix(0, { asideM: 50_000 }), fix(1), fix(2), fix(3));
  assert.deepEqual(said, ["new", "unreachable", "new", "new"]);
});

Deno.test("two aircraft with one address: the one that was there first stays", () => {
  const gate = flown(0, 1, 2);
  for (let s = 3; s < 60; s++) {
    assert.equal(gate.offer(fix(s, { asideM: 90_000 })), "unreachable");
    assert.equal(gate.offer(fix(s + 0.5)), "new");
  }
});

Deno.test("a rejected place that comes by three ways counts once", () => {
  const gate = flown(0, 1, 2, 3, 4);
  const wrong = fix(5, { asideM: 30_000 });
  for (let way = 0; way < 10; way++) {
    assert.equal(gate.offer({ ...wrong, atMs: wrong.atMs + way * 100 }), "unreachable");
  }
  assert.equal(gate.offer(fix(6.5)), "new");
});

Deno.test("the same place within two seconds is no news, after that it is", () => {
  const gate = flown(0, 1);
  const again = { ...fix(1), atMs: T0_MS + 1700 };
  assert.deepEqual(verdicts(gate, again, { ...fix(0), atMs: T0_MS + 1800 }), [
    "duplicate",
    "duplicate",
  ]);
  assert.equal(gate.offer({ ...fix(1), atMs: T0_MS + 3500 }), "new");
});

Deno.test("what is older than the last is late, and does the aircraft no harm", () => {
  const gate = flown(0, 1, 2, 3);
  for (let i = 0; i < 20; i++) assert.equal(gate.offer(fix(1.5, { asideM: i * 20 })), "late");
  assert.equal(gate.offer(fix(4)), "new");
});

Deno.test("multilateration is outranked while ADS-B is heard, and follows when it is not", () => {
  const gate = flown(0, 1, 2);
  assert.equal(gate.offer(fix(3, { rank: MLAT, asideM: 300 })), "outranked");
  assert.equal(gate.offer(fix(4)), "new");
  assert.equal(gate.offer(fix(20, { rank: MLAT, asideM: 300 })), "new");
});

Deno.test("ADS-B takes over from multilateration that is hundreds of metres off, at once", () => {
  const gate = new PositionGate();
  gate.heardSpeed(200, T0_MS);
  verdicts(gate, fix(0, { rank: MLAT, asideM: 400 }), fix(2, { rank: MLAT, asideM: 380 }));
  assert.equal(gate.offer(fix(3)), "new");
  assert.equal(gate.last!.rank, ADSB);
});

Deno.test("on the ground the gate is narrower than in the air", () => {
  const taxi = { onGround: true, mps: 5 };
  const air = new PositionGate();
  const ground = new PositionGate();
  for (const gate of [air, ground]) gate.heardSpeed(5, T0_MS);
  verdicts(ground, fix(0, taxi), fix(1, taxi));
  verdicts(air, fix(0, { mps: 5 }), fix(1, { mps: 5 }));
  assert.equal(ground.offer(fix(2, { ...taxi, asideM: 25 })), "unreachable");
  assert.equal(air.offer(fix(2, { mps: 5, asideM: 25 })), "new");
});

Deno.test("a clock of whole seconds is allowed for", () => {
  const gate = new PositionGate();
  gate.heardSpeed(250, T0_MS);
  const whole = (atS: number, trueS: number): Fix => ({
    ...destination(START, 90, 250 * trueS),
    atMs: T0_MS + atS * 1000,
    onGround: false,
    rank: ADSB,
    clockS: 1,
  });
  assert.deepEqual(verdicts(gate, whole(0, 0), whole(1, 1.95), whole(2, 2)), ["new", "new", "new"]);
});

Deno.test("a place that is repeated long after it was left does not make the next one a jump", () => {
  const gate = flown(0, 1, 2);
  for (const s of [3, 4, 5, 6]) gate.offer({ ...fix(2), atMs: T0_MS + s * 1000 });
  assert.equal(gate.offer(fix(7)), "new");
});

Deno.test("a speed that was lost, and is there again with the next place, is believed", () => {
  const gate = new PositionGate();
  gate.heardSpeed(0, T0_MS);
  verdicts(gate, fix(0), { ...fix(0), atMs: T0_MS + 3000 });
  assert.equal(gate.offer({ ...fix(4), mps: 200 }), "new");
  assert.equal(gate.offer({ ...fix(5, { asideM: 30_000 }), mps: 700 }), "unreachable");
});

Deno.test("an aircraft whose speed is wrong all the time is still followed", () => {
  const gate = new PositionGate();
  const slow = { mps: 250 };
  let taken = 0;
  for (let s = 0; s < 100; s += 5) {
    if (gate.offer({ ...fix(s, slow), mps: 70 }) === "new") taken++;
    gate.heardSpeed(70, T0_MS + s * 1000);
  }
  assert(taken >= 8, `${taken} of 20`);
});

Deno.test("who says that he has lost his place is believed within two miles", () => {
  const gate = flown(0, 1, 2);
  assert.equal(gate.offer({ ...fix(3, { asideM: 2000 }), nic: 8 }), "unreachable");
  assert.equal(gate.offer({ ...fix(4, { asideM: 2000 }), nic: 0 }), "new");
  assert.equal(gate.offer({ ...fix(5, { asideM: -1500 }), nic: 0 }), "new");
  assert.equal(gate.offer({ ...fix(6, { asideM: 30_000 }), nic: 0 }), "unreachable");
});

Deno.test("a speed of long ago says little of how far an aircraft comes now", () => {
  const gate = new PositionGate();
  gate.heardSpeed(1, T0_MS - 40_000);
  gate.offer(fix(0, { onGround: true, mps: 15 }));
  assert.equal(gate.offer(fix(1, { onGround: true, mps: 15 })), "new");
});

Deno.test("after a minute of silence anything is believed", () => {
  const gate = flown(0, 1, 2);
  assert.equal(gate.offer(fix(63, { asideM: 500_000 })), "new");
});
