import assert from "node:assert/strict";
import { later, observationIn } from "./recording.ts";

const parse = observationIn;

const REPORT = {
  icao24: "398564",
  callsign: "AFR9455 ",
  time: 1633608001.25,
  lat: 48.363399,
  lon: 1.413478,
  baro_altitude: 6172.2,
  geo_altitude: null,
  velocity: 198.06,
  true_track: 16.27,
  vertical_rate: -13.005,
  on_ground: false,
  squawk: "1054",
  origin: "opensky/paris",
};

const ENVELOPE = {
  schema_version: 1,
  type: "flight_update",
  produced_at: "2024-06-01T14:00:00.000Z",
  source: {
    provider: "opensky",
    mode: "replay",
    bbox: { lat_min: 40.4, lat_max: 41.2, lon_min: -74.5, lon_max: -73.5 },
    poll_interval_s: 10,
  },
  payload: {
    icao24: "a1b2c3",
    position: { lat: 40.6, lon: -73.8 },
    on_ground: false,
    spi: false,
    last_contact_unix: 1717250400,
  },
};

Deno.test("a report becomes an observation with both clocks, trimmed and with its provider", () => {
  const parsed = parse(REPORT);
  assert(parsed.ok);
  assert.deepEqual(parsed.value, {
    provider: "opensky",
    flight: {
      icao24: "398564",
      callsign: "AFR9455",
      position: { lat: 48.363399, lon: 1.413478 },
      altitude_m: 6172.2,
      geo_altitude_m: null,
      velocity_mps: 198.06,
      heading_deg: 16.27,
      vertical_rate_mps: -13.005,
      on_ground: false,
      squawk: "1054",
      spi: false,
      time_position_unix: 1633608001,
      last_contact_unix: 1633608001,
      time_position_ms: 1633608001250,
      last_contact_ms: 1633608001250,
    },
  });
});

Deno.test("what a report leaves out is unknown, never zero", () => {
  const parsed = parse({ icao24: "ABCDEF", time: 1633608001, lat: 1, lon: 2, callsign: "  " });
  assert(parsed.ok);
  const { flight } = parsed.value;
  assert.equal(flight.icao24, "abcdef");
  assert.deepEqual(
    [flight.callsign, flight.altitude_m, flight.velocity_mps, flight.heading_deg, flight.squawk],
    [null, null, null, null, null],
  );
  assert.equal(flight.last_contact_ms, undefined);
});

Deno.test("a track that was rounded up to 360 degrees is north", () => {
  const parsed = parse({ ...REPORT, true_track: 360 });
  assert.equal(parsed.ok && parsed.value.flight.heading_deg, 0);
});

Deno.test("an envelope is taken as it is", () => {
  const parsed = parse(ENVELOPE);
  assert(parsed.ok);
  assert.deepEqual(parsed.value, { provider: "opensky", flight: ENVELOPE.payload });
});

const REFUSED: readonly (readonly [string, unknown, string, RegExp])[] = [
  ["text", "hello", "wrong_shape", /an object/],
  ["a number", 7, "wrong_shape", /an object/],
  ["a list", [], "wrong_shape", /an object/],
  ["a report without a position", { ...REPORT, lat: null }, "wrong_shape", /^lat is null/],
  ["a report without a time", { ...REPORT, time: undefined }, "wrong_shape", /^time is missing/],
  ["a bad address", { ...REPORT, icao24: "39856" }, "impossible_value", /"39856"/],
  ["a latitude off the earth", { ...REPORT, lat: 95 }, "impossible_value", /^lat is 95.*90/],
  ["a track that is no number", { ...REPORT, true_track: "N" }, "wrong_shape", /true_track/],
  ["a height in space", { ...REPORT, baro_altitude: 60_000 }, "impossible_value", /60000.*40000/],
  ["a speed of a rocket", { ...REPORT, velocity: 900 }, "impossible_value", /900.*700/],
  ["a squawk with a nine", { ...REPORT, squawk: "7900" }, "impossible_value", /"7900"/],
  [
    "an envelope of the future",
    { ...ENVELOPE, schema_version: 2 },
    "future_schema_version",
    /schema_version is 2/,
  ],
  ["an envelope whose payload is text", { ...ENVELOPE, payload: "x" }, "wrong_shape", /payload/],
  ["an envelope of another type", { ...ENVELOPE, type: "heartbeat" }, "wrong_shape", /type/],
];

for (const [what, line, code, reason] of REFUSED) {
  Deno.test(`refused: ${what}`, () => {
    const parsed = parse(line);
    assert(!parsed.ok);
    assert.equal(parsed.reason_code, code);
    assert.match(parsed.reason, reason);
  });
}

Deno.test("a later round moves every clock there is, and nothing else", () => {
  const parsed = parse(REPORT);
  assert(parsed.ok);
  const { flight } = parsed.value;
  assert.deepEqual(later(flight, 60_000), {
    ...flight,
    time_position_unix: 1633608061,
    last_contact_unix: 1633608061,
    time_position_ms: 1633608061250,
    last_contact_ms: 1633608061250,
  });
  const bare = parse(ENVELOPE);
  assert(bare.ok);
  assert.deepEqual(later(bare.value.flight, 60_000), {
    ...ENVELOPE.payload,
    last_contact_unix: 1717250460,
  });
});
