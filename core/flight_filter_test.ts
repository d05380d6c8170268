import assert from "node:assert/strict";
import { type FlightFilter, matches } from "./flight_filter.ts";
import { report } from "./testing.ts";

const FLIGHT = report("a0b1c2", 1_717_250_400, {
  callsign: "DAL2300",
  position: { lat: 40.7, lon: -74 },
  altitude_m: 3000,
  on_ground: false,
});

/** Says of each filter whether FLIGHT, with `fields`, is wanted. */
function check(cases: readonly (readonly [FlightFilter, boolean])[], fields = {}): void {
  for (const [filter, wanted] of cases) {
    assert.equal(matches({ ...FLIGHT, ...fields }, filter), wanted, JSON.stringify(filter));
  }
}

Deno.test("a filter without a condition wants everything", () => {
  assert(matches(FLIGHT, {}));
  assert(matches({ ...FLIGHT, callsign: null, altitude_m: null }, {}));
});

Deno.test("a box includes its edges and nothing beyond them", () => {
  const bbox = { lat_min: 40.4, lat_max: 41.2, lon_min: -74.5, lon_max: -73.5 };
  for (
    const [lat, lon, inside] of [
      [40.7, -74, true],
      [40.4, -74.5, true],
      [41.2, -73.5, true],
      [40.39, -74, false],
      [41.21, -74, false],
      [40.7, -74.51, false],
      [40.7, -73.49, false],
      [-40.7, 74, false],
    ] as const
  ) {
    assert.equal(matches({ ...FLIGHT, position: { lat, lon } }, { bbox }), inside, `${lat},${lon}`);
  }
});

Deno.test("a box whose west lies east of its east crosses the antimeridian", () => {
  const bbox = { lat_min: -20, lat_max: -10, lon_min: 170, lon_max: -170 };
  for (
    const [lat, lon, inside] of [
      [-15, 170, true],
      [-15, 178.4, true],
      [-15, 180, true],
      [-15, -180, true],
      [-15, -170, true],
      [-15, 169.9, false],
      [-15, -169.9, false],
      [-15, 0, false],
      [-25, 178, false],
    ] as const
  ) {
    assert.equal(matches({ ...FLIGHT, position: { lat, lon } }, { bbox }), inside, `${lat},${lon}`);
  }
});

Deno.test("altitudes are wanted from the least to the most, both included", () => {
  check([
    [{ min_altitude_m: 3000 }, true],
    [{ min_altitude_m: 3000.1 }, false],
    [{ max_altitude_m: 3000 }, true],
    [{ max_altitude_m: 2999.9 }, false],
    [{ min_altitude_m: 2000, max_altitude_m: 4000 }, true],
    [{ min_altitude_m: 4000, max_altitude_m: 2000 }, false],
  ]);
  check([[{ min_altitude_m: 0 }, true], [{ max_altitude_m: -1 }, false]], { altitude_m: 0 });
});

Deno.test("an unknown altitude is outside every range, whatever the geometric one is", () => {
  for (const altitude_m of [null, undefined]) {
    check([
      [{ min_altitude_m: -1000 }, false],
      [{ max_altitude_m: 100_000 }, false],
      [{ on_ground: false }, true],
    ], { altitude_m, geo_altitude_m: 3000 });
  }
});

Deno.test("on the ground, in the air, or both", () => {
  check([[{ on_ground: false }, true], [{ on_ground: true }, false]]);
  check([[{ on_ground: false }, false], [{ on_ground: true }, true], [{}, true]], {
    on_ground: true,
  });
});

Deno.test("a callsign is exact in any case, or with * the beginning of one", () => {
  check([
    [{ callsign: "DAL2300" }, true],
    [{ callsign: "dal2300" }, true],
    [{ callsign: "DAL230" }, false],
    [{ callsign: "DAL23001" }, false],
    [{ callsign: "DAL*" }, true],
    [{ callsign: "dal2300*" }, true],
    [{ callsign: "AL*" }, false],
    [{ callsign: "*2300" }, false],
    [{ callsign: "D.L*" }, false],
    [{ callsign: "*" }, true],
  ]);
  check([[{ callsign: "dal*" }, true]], { callsign: "dal1" });
});

Deno.test("an aircraft without a callsign is not called anything", () => {
  check([[{ callsign: "DAL2300" }, false], [{ callsign: "D*" }, false]], { callsign: null });
});

Deno.test("addresses are wanted by name", () => {
  check([
    [{ icao24: new Set(["a0b1c2", "ffffff"]) }, true],
    [{ icao24: new Set(["ffffff"]) }, false],
    [{ icao24: new Set() }, false],
  ]);
});

Deno.test("every condition that is given must hold", () => {
  const filter = {
    bbox: { lat_min: 40, lat_max: 41, lon_min: -75, lon_max: -73 },
    min_altitude_m: 2000,
    max_altitude_m: 4000,
    on_ground: false,
    callsign: "DAL*",
    icao24: new Set(["a0b1c2"]),
  };
  assert(matches(FLIGHT, filter));
  for (
    const miss of [
      { icao24: "a0b1c3" },
      { position: { lat: 42, lon: -74 } },
      { altitude_m: 1000 },
      { altitude_m: 5000 },
      { on_ground: true },
      { callsign: "UAL1" },
    ]
  ) {
    assert(!matches({ ...FLIGHT, ...miss }, filter), JSON.stringify(miss));
  }
});
