import assert from "node:assert/strict";
import { Presence } from "./presence.ts";
import { seededRandom } from "./seeded_random.ts";

const [A, B, C] = ["a00001", "a00002", "a00003"] as const;

Deno.test("an aircraft is there until it has been silent for too long", () => {
  const presence = new Presence(120);
  presence.heard(A, 1000);
  assert.deepEqual(presence.departed(1000 + 119_999), []);
  assert.equal(presence.count, 1);
  assert.deepEqual(presence.departed(1000 + 120_001), [A]);
  assert.equal(presence.count, 0);
});

Deno.test("whoever has departed does so once, and may come again", () => {
  const presence = new Presence(120);
  presence.heard(A, 0);
  assert.deepEqual(presence.departed(200_000), [A]);
  assert.deepEqual(presence.departed(400_000), []);
  presence.heard(A, 400_000);
  assert.equal(presence.count, 1);
  assert.deepEqual(presence.departed(500_000), []);
});

Deno.test("being heard again starts the silence anew, and the longest silent departs first", () => {
  const presence = new Presence(120);
  presence.heard(A, 0);
  presence.heard(B, 1000);
  presence.heard(C, 2000);
  presence.heard(A, 3000);
  assert.equal(presence.count, 3);
  assert.deepEqual(presence.departed(122_500), [B, C]);
  assert.deepEqual(presence.departed(124_000), [A]);
});

Deno.test("everyone is reported departed exactly when the silence is over, at random", () => {
  const random = seededRandom(11);
  const presence = new Presence(120);
  const heardAtMs = new Map<string, number>();
  let [nowMs, departures] = [0, 0];
  for (let step = 0; step < 5000; step++) {
    nowMs += Math.floor(random() * 4000) + 1;
    const icao24 = `a000${Math.floor(random() ** 3 * 200).toString(16).padStart(2, "0")}`;
    const gone = [...heardAtMs].filter(([, at]) => nowMs - at > 120_000).map(([name]) => name);
    assert.deepEqual(presence.departed(nowMs).sort(), gone.sort());
    for (const name of gone) heardAtMs.delete(name);
    departures += gone.length;
    presence.heard(icao24, nowMs);
    heardAtMs.set(icao24, nowMs);
    assert.equal(presence.count, heardAtMs.size);
  }
  assert(departures > 100, `only ${departures} departures`);
});
