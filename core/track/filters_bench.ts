/** What one report costs each filter, of 500 aircraft in turn: `deno bench core/track`. */
import { destination } from "../geodesy.ts";
import { seededRandom } from "../seeded_random.ts";
import { HorizontalFilter } from "./horizontal.ts";
import { VerticalFilter } from "./vertical.ts";

const AIRCRAFT = 500;
const random = seededRandom(1);
const flights = Array.from({ length: AIRCRAFT }, () => ({
  lat: 36 + 24 * random(),
  lon: -10 + 40 * random(),
  speedMps: 80 + 160 * random(),
  trackDeg: 360 * random(),
  altitudeM: 500 + 11_000 * random(),
}));
const horizontal = flights.map(() => new HorizontalFilter());
const vertical = flights.map(() => new VerticalFilter());
let atMs = 0;

/** All of them a second later. */
function fly(): void {
  atMs += 1000;
  for (const flight of flights) {
    Object.assign(flight, destination(flight, flight.trackDeg, flight.speedMps));
    flight.trackDeg = (flight.trackDeg + 0.2 * random()) % 360;
  }
}

Deno.bench("position filter, 500 reports", (b) => {
  fly();
  b.start();
  flights.forEach(({ lat, lon, speedMps, trackDeg }, i) =>
    horizontal[i]!.update(atMs, lat, lon, speedMps, trackDeg)
  );
  b.end();
});

Deno.bench("altitude filter, 500 reports", (b) => {
  fly();
  b.start();
  flights.forEach(({ altitudeM }, i) => vertical[i]!.update(atMs, altitudeM, 0));
  b.end();
});
