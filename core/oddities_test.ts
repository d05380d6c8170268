import assert from "node:assert/strict";
import type { FlightPayload } from "../contracts/flight.ts";
import { AirportIndex } from "./context/airports.ts";
import { destination } from "./geodesy.ts";
import type { Oddity } from "./oddities.ts";
import { flown } from "./testing.ts";
import { Watch } from "./watch.ts";

const FLIGHT = flown([{ seconds: 300, speedMps: 230 }], { altitudeM: 10_000 });
const AFTER = flown([{ seconds: 400, speedMps: 230 }], { altitudeM: 10_000 }).slice(300);

/** What is counted of these; and afterwards the aircraft is followed as if nothing had been. */
function oddOf(reports: readonly FlightPayload[]): Record<string, number> {
  const watch = new Watch(new AirportIndex([]));
  for (const report of reports) watch.observe(report);
  const odd = Object.fromEntries(watch.takeOdd());
  for (const report of AFTER) watch.observe(report);
  const track = watch.track("a00001")!;
  assert(Math.abs(track.speedMps - 230) < 3, `${track.speedMps} m/s afterwards`);
  assert(Math.abs(track.altitudeM - 10_000) < 30, `${track.altitudeM} m afterwards`);
  return odd;
}

/** The flight with one report changed, or several. */
const changed = (change: (i: number) => Partial<FlightPayload>) =>
  FLIGHT.map((report, i) => ({ ...report, ...change(i) }));

const elsewhere = destination(FLIGHT[200]!.position, 0, 80_000);

const CASES: [Oddity, FlightPayload[], number][] = [
  ["late", FLIGHT.toSpliced(200, 0, FLIGHT[150]!), 1],
  ["same_time", FLIGHT.toSpliced(200, 0, FLIGHT[199]!, FLIGHT[199]!), 2],
  [
    "nulls",
    changed((i) => i === 200 ? { altitude_m: null, velocity_mps: null, heading_deg: null } : {}),
    1,
  ],
  ["teleport", changed((i) => i === 200 ? { position: elsewhere } : {}), 1],
  ["callsign_changed", changed((i) => ({ callsign: i < 200 ? "AFR1" : "AFR2" })), 1],
];

for (const [oddity, reports, count] of CASES) {
  Deno.test(`${oddity} is counted, and harms nothing`, () => {
    assert.deepEqual(oddOf(reports), { [oddity]: count });
  });
}

Deno.test("nothing is odd about a plain flight", () => {
  assert.deepEqual(oddOf(FLIGHT), {});
});

Deno.test("two aircraft on one address are counted, and harm nothing", () => {
  // Ten reports of one, ten of the other.
  const odd = oddOf(changed((i) => i >= 100 && i % 20 < 10 ? { position: elsewhere } : {}));
  assert(odd.two_on_one_address! >= 5, JSON.stringify(odd));
});

Deno.test("a report from the future is counted; the stream goes on when others disagree", () => {
  const wrong = { ...FLIGHT[200]!, icao24: "a00002", last_contact_unix: 1_800_000_000 };
  const odd = oddOf(FLIGHT.toSpliced(200, 0, wrong));
  assert.equal(odd.from_the_future, 1);
});
