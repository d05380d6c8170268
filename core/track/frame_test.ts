import assert from "node:assert/strict";
import { LocalFrame, type Placed, type Planar } from "./frame.ts";

const place: Planar = { eastM: 0, northM: 0, convergenceRad: 0 };
const where: Placed = { lat: NaN, lon: NaN, tangent: NaN, convergenceRad: NaN };

Deno.test("there and back again is the same place, at the poles and the antimeridian too", () => {
  for (const [lat, lon] of [[48.5, 2.3], [0, 179.99], [89.95, 10], [-75, -179.999], [-89.99, 0]]) {
    const frame = new LocalFrame(lat!, lon!);
    for (const [eastM, northM] of [[0, 0], [10_000, 0], [0, 10_000], [-7000, 7000], [300, -9000]]) {
      frame.toDegrees(eastM!, northM!, where);
      assert(where.lon >= -180 && where.lon < 180, `longitude ${where.lon}`);
      frame.toPlane(where.lat, where.lon, place);
      assert(Math.abs(place.eastM - eastM!) < 0.001, `east ${place.eastM} is ${eastM}`);
      assert(Math.abs(place.northM - northM!) < 0.001, `north ${place.northM} is ${northM}`);
    }
  }
});

// Lengths of a degree on WGS84 (NIMA TR8350.2): metres of latitude and of longitude.
const DEGREES: readonly (readonly [lat: number, latM: number, lonM: number])[] = [
  [0, 110_574, 111_320],
  [45, 111_132, 78_847],
  [60, 111_412, 55_800],
];

Deno.test("a hundredth of a degree is as long as on the ellipsoid", () => {
  for (const [lat, latM, lonM] of DEGREES) {
    const frame = new LocalFrame(lat, 10);
    frame.toPlane(lat + 0.01, 10, place);
    assert(Math.abs(place.northM - latM / 100) < 0.2, `${place.northM} m at ${lat}°`);
    frame.toPlane(lat, 10.01, place);
    assert(Math.abs(place.eastM - lonM / 100) < 0.2, `${place.eastM} m at ${lat}°`);
  }
});

Deno.test("meridians converge by the longitude's difference times the latitude's sine", () => {
  new LocalFrame(60, 0).toPlane(60, 0.1, place);
  assert(Math.abs(place.convergenceRad + 0.1 * Math.sin(Math.PI / 3) * Math.PI / 180) < 1e-6);
});
