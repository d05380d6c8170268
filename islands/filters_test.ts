import assert from "node:assert/strict";
import { HIGHEST_M } from "./altitude_colour.ts";
import type { Flight } from "../contracts/flight.ts";
import { airlineOf, type FlightFilter, isFiltering, NO_FILTER, passing } from "./filters.ts";
import { ColumnsTable } from "./live/columns_table.ts";
import { flight } from "./testing.ts";

/** Whether the filter lets this aircraft through. */
function matches(flight: Flight, filter: FlightFilter): boolean {
  const table = new ColumnsTable();
  const timestamp = "2021-10-07T12:00:00.000Z";
  table.applySnapshot({ type: "snapshot", timestamp, sequence: 1, flights: [flight] });
  return passing(table, filter)?.(0) ?? true;
}

Deno.test("without a filter everything is shown, unknown altitudes too", () => {
  assert.equal(isFiltering(NO_FILTER), false);
  assert.ok(matches(flight({ altitude_m: null }), NO_FILTER));
});

Deno.test("text finds a part of the callsign, the address or the registration, however written", () => {
  const f = flight({ icao24: "3944ef", callsign: "AFR1234", registration: "F-GKXA" });
  for (const text of ["afr12", " AFR 1234 ", "44EF", "fgkxa", "F-GK"]) {
    assert.ok(matches(f, { ...NO_FILTER, text }), text);
  }
  assert.ok(!matches(f, { ...NO_FILTER, text: "BAW" }));
  assert.ok(!matches(flight({ callsign: null }), { ...NO_FILTER, text: "AFR" }));
});

Deno.test("airborne and on ground exclude each other", () => {
  const [up, down] = [flight({ on_ground: false }), flight({ on_ground: true })];
  assert.deepEqual([up, down].map((f) => matches(f, { ...NO_FILTER, where: "airborne" })), [
    true,
    false,
  ]);
  assert.deepEqual([up, down].map((f) => matches(f, { ...NO_FILTER, where: "ground" })), [
    false,
    true,
  ]);
});

Deno.test("a range leaves out unknown altitudes, and its open ends are open", () => {
  const range = { ...NO_FILTER, lowestM: 1000, highestM: 5000 };
  assert.ok(matches(flight({ altitude_m: 1000 }), range));
  assert.ok(!matches(flight({ altitude_m: 999 }), range));
  assert.ok(!matches(flight({ altitude_m: null, geo_altitude_m: null }), range));
  assert.ok(matches(flight({ altitude_m: null, geo_altitude_m: 2000 }), range));
  assert.ok(matches(flight({ altitude_m: 18_000 }), { ...NO_FILTER, lowestM: 1000 }));
  assert.ok(matches(flight({ altitude_m: -60 }), { ...NO_FILTER, highestM: 5000 }));
  assert.ok(!matches(flight({ altitude_m: 18_000 }), { ...NO_FILTER, highestM: HIGHEST_M - 1 }));
});

Deno.test("text finds the type; an airline is the three letters before a number", () => {
  assert.ok(matches(flight({ aircraft_type: "A320" }), { ...NO_FILTER, text: "a32" }));
  assert.equal(airlineOf("AFR12AB"), "AFR");
  for (const callsign of ["FGKXA", "N123AB", "", null]) {
    assert.equal(airlineOf(callsign), undefined, String(callsign));
  }
  const wanted = { ...NO_FILTER, airline: "AFR" };
  assert.ok(isFiltering(wanted));
  assert.ok(matches(flight({ callsign: "AFR1" }), wanted));
  assert.ok(!matches(flight({ callsign: "AFRIQ" }), wanted));
});

Deno.test("an emergency is one of the three squawks, or what the aircraft says itself", () => {
  const wanted = { ...NO_FILTER, emergency: true };
  for (const fields of [{ squawk: "7700" }, { squawk: "7600" }, { emergency: "minfuel" }]) {
    assert.ok(matches(flight(fields), wanted), JSON.stringify(fields));
  }
  for (const fields of [{ squawk: "1000" }, { squawk: null }, { emergency: "none" }]) {
    assert.ok(!matches(flight(fields), wanted), JSON.stringify(fields));
  }
});

Deno.test("a range of speeds leaves out unknown ones, and its open ends are open", () => {
  const range = { ...NO_FILTER, slowestMps: 100 };
  assert.ok(matches(flight({ velocity_mps: 650 }), range));
  assert.ok(!matches(flight({ velocity_mps: 99 }), range));
  assert.ok(!matches(flight({ velocity_mps: null }), range));
  assert.ok(!matches(flight({ velocity_mps: 250 }), { ...NO_FILTER, fastestMps: 200 }));
});
