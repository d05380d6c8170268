import assert from "node:assert/strict";
import type { ReadsbAircraft } from "../../contracts/http.ts";
import { report } from "../../core/testing.ts";
import { FlightCache } from "../../core/flight_cache.ts";
import { readAircraft, readAircraftJson } from "../ingest/sources/aircraft_json.ts";
import { readsbRoutes } from "./readsb.ts";
import { T0_S } from "./testing/hub.ts";

/** FL370 and 450 kt, climbing at 1 000 ft/min, in the units of the contract. */
const CRUISING = report("a00001", T0_S, {
  callsign: "DAL2300",
  altitude_m: 11_277.6,
  geo_altitude_m: 11_582.4,
  velocity_mps: 231.5,
  vertical_rate_mps: 5.08,
  heading_deg: 359.999,
  time_position_unix: T0_S - 3,
  squawk: "7700",
  registration: "N123DL",
  aircraft_type: "B739",
  category: "A3",
  emergency: "general",
  selected_altitude_m: 11_582.4,
  qnh_hpa: 1013.6,
  ias_mps: 138.9,
  mach: 0.78,
  spi: true,
});
const TAXIING = report("a00002", T0_S - 7, {
  callsign: null,
  altitude_m: 100,
  on_ground: true,
  velocity_mps: null,
  vertical_rate_mps: null,
  position: { lat: 40.64, lon: -73.78 },
});

function served(mode: "live" | "replay", ...flights: typeof CRUISING[]) {
  const cache = new FlightCache(60);
  for (const flight of flights) cache.apply(flight, mode);
  const app = readsbRoutes(cache, () => T0_S * 1000 + 500);
  return async (path: string) => await (await app.request(path)).json();
}

Deno.test("aircraft.json has readsb's units, and leaves out what is unknown", async () => {
  const { now, aircraft } = await served("live", CRUISING, TAXIING)("/data/aircraft.json?_=1");
  assert.equal(now, T0_S + 0.5);
  assert.deepEqual(aircraft[0], {
    hex: "a00001",
    type: "adsb_icao",
    flight: "DAL2300 ",
    r: "N123DL",
    t: "B739",
    alt_baro: 37_000,
    alt_geom: 38_000,
    gs: 450,
    ias: 270,
    mach: 0.78,
    track: 0,
    baro_rate: 1000,
    squawk: "7700",
    emergency: "general",
    category: "A3",
    nav_qnh: 1013.6,
    nav_altitude_mcp: 38_000,
    lat: 40.7,
    lon: -74,
    spi: 1,
    mlat: [],
    tisb: [],
    seen_pos: 3.5,
    seen: 0.5,
    rssi: -49.5,
    messages: 0,
  });
  const { alt_baro, seen, seen_pos, ...rest } = aircraft[1];
  assert.deepEqual([alt_baro, seen, seen_pos], ["ground", 7.5, 7.5]);
  for (const name of ["flight", "gs", "baro_rate", "squawk"]) assert(!(name in rest), name);
});

Deno.test("on a replay now is the recording's, as the ages are", async () => {
  const { now, aircraft } = await served("replay", CRUISING, TAXIING)("/data/aircraft.json");
  assert.equal(now, T0_S);
  assert.deepEqual(aircraft.map(({ seen }: ReadsbAircraft) => seen), [0, 7]);
});

for (
  const [source, type, mlat] of [
    [null, "adsb_icao", []],
    ["adsb", "adsb_icao", []],
    ["tisb", "tisb_icao", []],
    ["mlat", "mlat", ["lat", "lon"]],
    ["adsr", "adsr_icao", []],
    ["tisb_trackfile", "tisb_trackfile", []],
    ["flarm", "adsb_other", []],
    ["asterix", "other", []],
    ["something else", "other", []],
  ] as const
) {
  Deno.test(`a position from ${source} is ${type}`, async () => {
    const flight = { ...CRUISING, position_source: source };
    const { aircraft } = await served("live", flight)("/data/aircraft.json");
    assert.deepEqual([aircraft[0].type, aircraft[0].mlat], [type, mlat]);
  });
}

Deno.test("receiver.json lets tar1090 begin without a history of files", async () => {
  const { version, refresh, history } = await served("live")("/data/receiver.json");
  assert.deepEqual([typeof version, refresh, history], ["string", 1000, 0]);
});

/** What adsb.lol's OpenAPI says is always there (github.com/adsblol/api, models.py). */
const ALWAYS = {
  hex: "string",
  messages: "int",
  mlat: "list",
  rssi: "float",
  seen: "float",
  tisb: "list",
  type: "string",
} as const;

Deno.test("a client made from adsb.lol's description finds what it must find", async () => {
  const kinds = {
    string: isText,
    int: Number.isInteger,
    float: Number.isFinite,
    list: Array.isArray,
  };
  const answer = await served("live", CRUISING, TAXIING)("/v2/point/40.7/-74/250");
  for (const name of ["ctime", "now", "ptime", "total"]) {
    assert(Number.isInteger(answer[name]), `${name} is ${answer[name]}`);
  }
  assert.equal(typeof answer.msg, "string");
  for (const one of answer.ac) {
    for (const [name, kind] of Object.entries(ALWAYS)) {
      assert(kinds[kind](one[name]), `${name} is ${one[name]}`);
    }
    for (
      const name of ["alt_geom", "baro_rate", "ias", "nav_altitude_mcp", "nic", "nac_p", "spi"]
    ) {
      assert(one[name] === undefined || Number.isInteger(one[name]), `${name} is ${one[name]}`);
    }
  }
});

function isText(value: unknown): boolean {
  return typeof value === "string";
}

Deno.test("a point has those within the radius, how far and where, now in milliseconds", async () => {
  const ask = served("live", CRUISING, TAXIING);
  // JFK to the first is 0.06° north, 0.22° west: 3.6 nm and 10.0 nm at this latitude.
  const near = await ask("/v2/point/40.64/-73.78/5");
  assert.deepEqual(
    [near.total, near.ac[0].hex, near.ac[0].dst, near.now, near.ctime, near.msg],
    [1, "a00002", 0, T0_S * 1000 + 500, T0_S * 1000 + 500, "No error"],
  );
  const wide = await ask("/v2/point/40.64/-73.78/250");
  const far = wide.ac.find(({ hex }: ReadsbAircraft) => hex === "a00001");
  assert(Math.abs(far.dst - Math.hypot(3.6, 0.22 * 60 * Math.cos(40.67 * Math.PI / 180))) < 0.05);
  assert(far.dir > 285 && far.dir < 295, `${far.dir}`);
  const asOlder = await ask("/v2/lat/40.64/lon/-73.78/dist/250");
  assert.deepEqual(asOlder.ac, wide.ac);
});

Deno.test("by address, callsign and squawk", async () => {
  const ask = served("live", CRUISING, TAXIING);
  const hexes = async (path: string) => (await ask(path)).ac.map(({ hex }: ReadsbAircraft) => hex);
  assert.deepEqual(await hexes("/v2/icao/A00002,a00001,ffffff,a00001"), ["a00002", "a00001"]);
  assert.deepEqual(await hexes("/v2/hex/A00001"), ["a00001"]);
  assert.deepEqual(await hexes("/v2/callsign/dal2300"), ["a00001"]);
  assert.deepEqual(await hexes("/v2/callsign/DAL"), []);
  assert.deepEqual(await hexes("/v2/squawk/7700"), ["a00001"]);
  assert.deepEqual(await hexes("/v2/squawk/1200"), []);
});

for (const path of ["/data/aircraft.json", "/v2/point/40.7/-74/250"]) {
  Deno.test(`${path} is read as a feed of ours would read it, and says the same`, async () => {
    const answer = readAircraftJson(await served("live", CRUISING, TAXIING)(path));
    assert(answer.ok);
    const reports = answer.value.items.map((item) => readAircraft(item, answer.value.nowMs));
    const [cruising, taxiing] = reports.map((read) =>
      read.ok ? read.value : assert.fail(read.reason)
    );
    for (const [name, said] of Object.entries(CRUISING)) {
      const read = cruising![name as keyof typeof cruising];
      // A course of 359.999 degrees is one of 0, and speeds are in tenths of a knot.
      if (name === "heading_deg") assert.equal(read, 0);
      else if (typeof said === "number") {
        assert(Math.abs(said - Number(read)) < 0.3, `${name} ${read}`);
      } else assert.deepEqual(read, said, name);
    }
    assert.deepEqual(
      [cruising!.time_position_ms, cruising!.last_contact_ms, taxiing!.last_contact_ms],
      [(T0_S - 3) * 1000, T0_S * 1000, (T0_S - 7) * 1000],
    );
    assert.deepEqual([taxiing!.on_ground, taxiing!.callsign ?? null], [true, null]);
  });
}
