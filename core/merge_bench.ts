/** A second of ten thousand aircraft: what is news, and the same again from another source. */
import { Merger, type Report } from "./merge.ts";

const AIRCRAFT = 10_000;
const T0_MS = 1_717_250_400_000;

function second(s: number): Report[] {
  return Array.from({ length: AIRCRAFT }, (_, i) => ({
    icao24: (0xa00000 + i).toString(16),
    callsign: `UAL${i}`,
    position: { lat: 40 + i % 100 / 100 + s * 0.0018, lon: -74 },
    altitude_m: 10_000,
    velocity_mps: 200,
    heading_deg: 0,
    on_ground: false,
    squawk: "2346",
    position_source: "adsb",
    last_contact_unix: Math.floor(T0_MS / 1000) + s,
    time_position_unix: Math.floor(T0_MS / 1000) + s,
  }));
}

let s = 0;
const merger = new Merger({ tellsProvenance: true });

Deno.bench(`${AIRCRAFT} aircraft, all of it news`, (b) => {
  const reports = second(s++);
  b.start();
  for (const report of reports) merger.observe("roof", report);
  b.end();
});

Deno.bench(`${AIRCRAFT} aircraft, the same again from another source`, (b) => {
  const reports = second(s++);
  for (const report of reports) merger.observe("roof", report);
  b.start();
  for (const report of reports) merger.observe("hill", report);
  b.end();
});
