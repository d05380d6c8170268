import assert from "node:assert/strict";
import { distanceM } from "../geodesy.ts";
import { seededRandom } from "../seeded_random.ts";
import { AirportIndex, NEAR_M } from "./airports.ts";

Deno.test("the nearest is the one that looking at all finds, at the poles and the antimeridian too", () => {
  const random = seededRandom(5);
  const place = () => {
    const corner = random();
    if (corner < 0.2) return { lat: 89 + random(), lon: random() * 360 - 180 };
    if (corner < 0.4) return { lat: random() * 2 - 1, lon: 179.5 + (random() - 0.5) };
    return { lat: random() * 4 + 48, lon: random() * 4 };
  };
  const inRange = ({ lat, lon }: { lat: number; lon: number }) => ({
    lat,
    lon: lon > 180 ? lon - 360 : lon,
  });
  const airports = Array.from({ length: 400 }, (_, i) => ({
    ...inRange(place()),
    code: `A${i}`,
    elevationM: i,
  }));
  const index = new AirportIndex(airports);
  for (let i = 0; i < 2000; i++) {
    const at = inRange(place());
    const all = airports.map((airport) => ({ airport, m: distanceM(at, airport) }))
      .sort((a, b) => a.m - b.m);
    const nearest = all[0]!.m <= NEAR_M ? all[0]!.airport.code : undefined;
    assert.equal(index.nearest(at.lat, at.lon)?.airport.code, nearest);
  }
});
