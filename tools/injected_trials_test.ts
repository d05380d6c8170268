import assert from "node:assert/strict";
import type { FlightPayload } from "../contracts/flight.ts";
import { seededRandom } from "../core/seeded_random.ts";
import { flown } from "../core/testing.ts";
import { loadAirportIndex } from "../services/airports.ts";
import { injectedTrials } from "./injected_trials.ts";
import { flightsOf } from "./trials.ts";

const PARIS = new URL("../fixtures/paris_2021-10-07.jsonl.gz", import.meta.url).pathname;

/** Airliners in cruise, of whom Paris has few, heard every second or every ten. */
function cruises(everyS: number): FlightPayload[][] {
  const random = seededRandom(everyS);
  return Array.from({ length: 8 }, (_, n) => {
    const speedMps = 200 + 60 * random();
    const turnDegPerS = 0.3 * random();
    const legs = [
      { seconds: 700, speedMps },
      { seconds: 60, speedMps, turnDegPerS },
      { seconds: 1200, speedMps: speedMps + 5 },
    ];
    const from = { lat: 30 + 20 * random(), altitudeM: 9_000 + 3_000 * random() };
    return flown(legs, { ...from, courseDeg: 360 * random(), icao24: `a0000${n}` }, everyS);
  });
}

/** Of what is hard to see, the part that must be told. */
const LEAST_PART: Readonly<Record<string, number>> = { "position drifts at 5 to 10 m/s": 0.5 };

Deno.test("faults put into flights are told, and what looks like one is not", async (t) => {
  const recordings = [[...(await flightsOf(PARIS)).values()], cruises(1), cruises(10)];
  for (const score of injectedTrials(recordings, await loadAirportIndex(), 8, 3)) {
    const { fault: { name }, told, toTell, falseAlarms } = score;
    await t.step(name, () => {
      assert(told >= (LEAST_PART[name] ?? 0.9) * toTell, `${told} of ${toTell} were told`);
      assert.equal(falseAlarms, 0);
    });
  }
});
