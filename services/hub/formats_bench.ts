/** A snapshot of 10 000 aircraft in the forms that maps and tables want. Target: GeoJSON in 60 ms. */
import { FlightCache } from "../../core/flight_cache.ts";
import { report } from "../../core/testing.ts";
import { flightsCsv, flightsGeoJson } from "./formats.ts";
import { aircraftJson } from "./readsb.ts";

const AIRCRAFT = 10_000;
const T0_S = 1_717_250_400;
const TIMESTAMP = "2024-06-01T14:00:00.000Z";

const cache = new FlightCache(60);
function news(): void {
  for (let i = 0; i < AIRCRAFT; i++) {
    const flight = report((0xa00000 + i).toString(16), T0_S, {
      geo_altitude_m: 3050.5,
      squawk: "2346",
      time_position_unix: T0_S,
      origin_country: "United States",
    });
    cache.apply(flight, "live");
  }
  cache.tick();
}
news();

Deno.bench("GeoJSON, 10 000 aircraft, every one new", (b) => {
  news();
  b.start();
  flightsGeoJson([...cache.all()], TIMESTAMP);
  b.end();
});

Deno.bench("GeoJSON, 10 000 aircraft, as kept", () => {
  flightsGeoJson([...cache.all()], TIMESTAMP);
});

Deno.bench("CSV, 10 000 aircraft", () => {
  flightsCsv([...cache.all()]);
});

Deno.bench("aircraft.json, 10 000 aircraft", () => {
  JSON.stringify(aircraftJson(cache, T0_S * 1000));
});
