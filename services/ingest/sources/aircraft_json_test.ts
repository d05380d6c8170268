import assert from "node:assert/strict";
import { isNotIcao, readAircraft, readAircraftJson } from "./aircraft_json.ts";

const NOW_S = 1_717_250_400.5;

/** What the item says, 0.5 s after a full second. */
function read(item: unknown) {
  const parsed = readAircraft(item, NOW_S * 1000);
  assert(parsed.ok, parsed.ok ? "" : parsed.reason);
  return parsed.value;
}

const HEARD = { hex: "a0b1c2", lat: 40.6413, lon: -73.7781, seen_pos: 2.1, seen: 0.4 };

Deno.test("times are the answer's clock less the age of what was heard", () => {
  const report = read(HEARD);
  assert.equal(report.last_contact_ms, 1_717_250_400_100);
  assert.equal(report.last_contact_unix, 1_717_250_400);
  assert.equal(report.time_position_ms, 1_717_250_398_400);
  assert.equal(report.time_position_unix, 1_717_250_398);
});

Deno.test("feet, knots and feet a minute become SI by the definitions of foot and knot", () => {
  const report = read({
    ...HEARD,
    alt_baro: 10_000,
    alt_geom: 1000,
    gs: 100,
    ias: 360,
    baro_rate: -3000,
    nav_altitude_mcp: 3000,
  });
  assert.equal(report.altitude_m, 3048);
  assert.equal(report.geo_altitude_m, 304.8);
  assert.equal(report.velocity_mps, 51.444);
  assert.equal(report.ias_mps, 185.2);
  assert.equal(report.vertical_rate_mps, -15.24);
  assert.equal(report.selected_altitude_m, 914.4);
});

Deno.test("on the ground there is no altitude", () => {
  const report = read({ ...HEARD, alt_baro: "ground", gs: 12 });
  assert.deepEqual([report.on_ground, report.altitude_m], [true, undefined]);
});

Deno.test("texts come without their padding, and padding alone is nothing", () => {
  assert.equal(read({ ...HEARD, flight: "UAL12   " }).callsign, "UAL12");
  assert.equal(read({ ...HEARD, flight: "        " }).callsign, undefined);
  assert.equal(read({ ...HEARD, flight: "@@@@@@@@" }).callsign, undefined);
  const report = read({ ...HEARD, r: "N301DQ", t: "B738", category: "A3", emergency: "none" });
  assert.deepEqual(
    [report.registration, report.aircraft_type, report.category, report.emergency],
    ["N301DQ", "B738", "A3", "none"],
  );
});

Deno.test("how the position is known: by type, or by the fields that were derived", () => {
  for (
    const [type, kind] of [
      ["adsb_icao", "adsb"],
      ["adsb_icao_nt", "adsb"],
      ["adsr_icao", "adsr"],
      ["tisb_icao", "tisb"],
      ["mlat", "mlat"],
      ["adsc", "adsc"],
      ["mode_s", "mode_s"],
      ["other", "other"],
      [undefined, undefined],
    ]
  ) assert.equal(read({ ...HEARD, type }).position_source, kind, type);
  const mlat = { ...HEARD, type: "adsb_icao", mlat: ["lat", "lon", "gs"] };
  assert.equal(read(mlat).position_source, "mlat");
  assert.equal(read({ ...HEARD, mlat: ["gs"], type: "adsb_icao" }).position_source, "adsb");
  assert.equal(read({ ...HEARD, tisb: ["lat", "lon"] }).position_source, "tisb");
});

Deno.test("guesses and positions of long ago are no positions", () => {
  const { hex } = HEARD;
  assert.equal(read({ hex, rr_lat: 40, rr_lon: -74 }).position, undefined);
  assert.equal(read({ hex, lastPosition: { lat: 40, lon: -74 } }).position, undefined);
});

Deno.test("dump1090 of years ago is understood", () => {
  const report = read({ ...HEARD, altitude: 1000, vert_rate: 600, speed: 100, nucp: 7 });
  assert.deepEqual(
    [report.altitude_m, report.vertical_rate_mps, report.velocity_mps],
    [304.8, 3.048, 51.444],
  );
});

Deno.test("what is not there is unknown, null like missing", () => {
  const report = read({ hex: "A0B1C2", lat: null, lon: null, squawk: null, gs: null });
  assert.equal(report.icao24, "a0b1c2");
  for (const name of ["position", "squawk", "velocity_mps", "altitude_m", "nic"] as const) {
    assert.equal(report[name], undefined, name);
  }
});

const REFUSED: readonly (readonly [what: string, item: unknown, code: string, reason: RegExp])[] = [
  ["no object", null, "wrong_shape", /object/],
  ["no address", { lat: 1, lon: 2 }, "wrong_shape", /^hex/],
  ["a short address", { hex: "a0b1" }, "impossible_value", /"a0b1"/],
  ["half a position", { hex: "a0b1c2", lat: 40 }, "wrong_shape", /lon is missing/],
  ["a latitude off the earth", { ...HEARD, lat: 91 }, "impossible_value", /lat is 91/],
  ["a text for a number", { ...HEARD, gs: "fast" }, "wrong_shape", /^gs is "fast"/],
  ["an altitude of words", { ...HEARD, alt_baro: "high" }, "wrong_shape", /^alt_baro is "high"/],
  ["a squawk with a nine", { ...HEARD, squawk: "7900" }, "impossible_value", /octal/],
  ["a number for a text", { ...HEARD, flight: 12 }, "wrong_shape", /^flight is 12/],
  ["a speed below nothing", { ...HEARD, gs: -5 }, "impossible_value", /^gs is -5/],
  ["an age from the future", { ...HEARD, seen_pos: -7 }, "impossible_value", /^seen_pos is -7/],
  ["more than a number holds", { ...HEARD, baro_rate: 1e999 }, "impossible_value", /baro_rate/],
];

for (const [what, item, code, reason] of REFUSED) {
  Deno.test(`refused: ${what}`, () => {
    const parsed = readAircraft(item, NOW_S * 1000);
    assert(!parsed.ok);
    assert.equal(parsed.reason_code, code);
    assert.match(parsed.reason, reason);
  });
}

Deno.test("an address that begins with a tilde is none of ICAO's", () => {
  assert.equal(isNotIcao({ hex: "~2a3b4c" }), true);
  assert.equal(isNotIcao({ hex: "2a3b4c" }), false);
  assert.equal(isNotIcao(null), false);
});

Deno.test("the clock is in seconds or in milliseconds, the aircraft in aircraft or in ac", () => {
  for (
    const answer of [
      { now: NOW_S, aircraft: [HEARD] },
      { now: NOW_S * 1000, ac: [HEARD], total: 1, msg: "No error" },
    ]
  ) {
    const parsed = readAircraftJson(answer);
    assert(parsed.ok);
    assert.deepEqual(parsed.value, { nowMs: NOW_S * 1000, items: [HEARD] });
  }
  const empty = readAircraftJson({ now: NOW_S, ac: null });
  assert(empty.ok);
  assert.deepEqual(empty.value.items, []);
});

Deno.test("an answer that is another thing is refused", () => {
  for (const answer of [[], null, 7, {}, { now: 1, aircraft: {} }, { aircraft: [] }]) {
    const parsed = readAircraftJson(answer);
    assert(!parsed.ok && parsed.reason_code === "wrong_shape", JSON.stringify(answer));
  }
});
