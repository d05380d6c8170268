import assert from "node:assert/strict";
import type { FlightPayload } from "../contracts/flight.ts";
import { implausible } from "./plausibility.ts";

const FLIGHT: FlightPayload = {
  icao24: "a0b1c2",
  position: { lat: 40.7, lon: -74 },
  on_ground: false,
  spi: false,
  last_contact_unix: 1_717_250_400,
};

Deno.test("a report that says nothing of altitude and speed is plausible", () => {
  assert.equal(implausible(FLIGHT), undefined);
  assert.equal(
    implausible({ ...FLIGHT, altitude_m: null, geo_altitude_m: null, velocity_mps: null }),
    undefined,
  );
});

for (
  const [field, least, most] of [
    ["altitude_m", -500, 40_000],
    ["geo_altitude_m", -500, 40_000],
    ["velocity_mps", 0, 700],
  ] as const
) {
  Deno.test(`${field} is plausible from ${least} to ${most}, both included`, () => {
    assert.equal(implausible({ ...FLIGHT, [field]: least }), undefined);
    assert.equal(implausible({ ...FLIGHT, [field]: most }), undefined);
  });

  Deno.test(`${field} outside ${least} to ${most} is refused with field, value and range`, () => {
    for (const value of [least - 0.1, most + 0.1]) {
      assert.deepEqual(implausible({ ...FLIGHT, [field]: value }), {
        reason_code: "impossible_value",
        reason: `payload.${field} is ${value}, but must be from ${least} to ${most}`,
      });
    }
  });
}

Deno.test("a number that is none is refused, not let through", () => {
  assert.match(implausible({ ...FLIGHT, altitude_m: NaN })!.reason, /altitude_m is NaN/);
});
