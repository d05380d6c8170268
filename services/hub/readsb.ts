/**
 * What readsb serves as files and the v2 APIs as answers, so that their clients work here: tar1090,
 * and tools made for adsb.lol and alike. Feet, knots, feet a minute; what is unknown is left out, but
 * for what adsb.lol's own description says is always there: clients are made from that.
 */
import { type Context, Hono } from "hono";
import { z } from "zod";
import { UNKNOWN_RSSI_DBFS } from "../../contracts/constants.ts";
import { Icao24 } from "../../contracts/flight.ts";
import type { ReadsbAircraft, V2Answer } from "../../contracts/http.ts";
import type { CachedFlight, FlightCache } from "../../core/flight_cache.ts";
import { bearingDeg, distanceM } from "../../core/geodesy.ts";
import { FT_M, FT_PER_MIN_MPS, KT_MPS, NM_M } from "../../core/units.ts";
import { MEDIA_TYPES } from "./formats.ts";
import { WrongRequest } from "./query.ts";

const LARGEST_RADIUS_NM = 250;
const MOST_ADDRESSES = 1000;
/** `type` of readsb by where our feeds say a position is from; other words of readsb's stay. */
const SOURCE_TYPES: Readonly<Record<string, string>> = {
  adsb: "adsb_icao",
  adsr: "adsr_icao",
  tisb: "tisb_icao",
  uat: "adsb_other",
  flarm: "adsb_other",
};
const READSB_TYPE = /^((adsb|adsr|tisb)_\w+|adsc|mlat|mode_s|other)$/;
/** Categories of ADS-B emitters (DO-260B, 2.2.3.2.5.2); other feeds have other words. */
const CATEGORY = /^[A-D][0-7]$/;
const POSITION_FIELDS = ["lat", "lon"];

export function readsbRoutes(cache: FlightCache, now: () => number = Date.now): Hono {
  const app = new Hono();
  // Clients put a number behind the address so that nothing is cached: parameters mean nothing here.
  const json = (c: Context, value: unknown) =>
    c.body(JSON.stringify(value), 200, {
      "content-type": MEDIA_TYPES.json,
      "cache-control": "no-cache",
    });

  app.get("/data/aircraft.json", (c) => json(c, aircraftJson(cache, now())));
  app.get("/data/receiver.json", (c) => json(c, RECEIVER));

  const answer = (c: Context, wanted: Iterable<CachedFlight>) => {
    const startedMs = performance.now();
    const { nowMs, age } = clockOf(cache, now());
    const ac = Array.from(wanted, (one) => readsbAircraft(one, age(one)));
    return json(c, v2(ac, nowMs, startedMs));
  };
  app.on("GET", ["/v2/point/:lat/:lon/:radius", "/v2/lat/:lat/lon/:lon/dist/:radius"], (c) => {
    const startedMs = performance.now();
    const centre = {
      lat: readNumber(c, "lat", "degrees", -90, 90),
      lon: readNumber(c, "lon", "degrees", -180, 180),
    };
    const radiusM = readNumber(c, "radius", "nautical miles", 0, LARGEST_RADIUS_NM) * NM_M;
    const { nowMs, age } = clockOf(cache, now());
    const ac: V2Answer["ac"] = [];
    for (const cached of cache.all()) {
      const awayM = distanceM(centre, cached.flight.position);
      if (awayM > radiusM) continue;
      ac.push({
        ...readsbAircraft(cached, age(cached)),
        dst: rounded(awayM / NM_M, 3),
        dir: rounded(bearingDeg(centre, cached.flight.position), 1),
      });
    }
    return json(c, v2(ac, nowMs, startedMs));
  });
  app.on("GET", ["/v2/icao/:hex", "/v2/hex/:hex"], (c) => {
    const hex = c.req.param("hex") ?? "";
    const given = hex.toLowerCase().split(",");
    const addresses = z.array(Icao24).max(MOST_ADDRESSES).safeParse(given);
    if (!addresses.success) {
      const right = `six hex digits, ${MOST_ADDRESSES} at most, comma-separated`;
      throw wrongPart("hex", hex, right);
    }
    const found = [...new Set(addresses.data)].map((icao24) => cache.get(icao24));
    return answer(c, found.filter((cached) => cached !== undefined));
  });
  app.get("/v2/callsign/:callsign", (c) => {
    const wanted = new Set(c.req.param("callsign").toUpperCase().split(","));
    return answer(c, [...cache.all()].filter(({ flight }) => wanted.has(flight.callsign ?? "")));
  });
  app.get("/v2/squawk/:squawk", (c) => {
    const wanted = c.req.param("squawk");
    if (!/^[0-7]{4}$/.test(wanted)) throw wrongPart("squawk", wanted, "four octal digits");
    return answer(c, [...cache.all()].filter(({ flight }) => flight.squawk === wanted));
  });
  return app;
}

/** `now` in seconds: the stream's time on a replay, as every age is counted from it. */
export function aircraftJson(cache: FlightCache, wallMs: number) {
  const { nowMs, age } = clockOf(cache, wallMs);
  const aircraft = Array.from(cache.all(), (cached) => readsbAircraft(cached, age(cached)));
  // Messages are counted by receivers; here come reports.
  return { now: nowMs / 1000, messages: 0, aircraft };
}

/** Once a second is what its clients are made for; there are no `history_N.json` beside it. */
const RECEIVER = { version: "SkySentinel", refresh: 1000, history: 0, readsb: true };

function v2(ac: V2Answer["ac"], nowMs: number, startedMs: number): V2Answer {
  const ptime = Math.round(performance.now() - startedMs);
  return { ac, msg: "No error", now: nowMs, total: ac.length, ctime: nowMs, ptime };
}

/** What is "now" for these aircraft, and how long ago each was heard by its own clock, in ms. */
function clockOf(cache: FlightCache, wallMs: number) {
  const replayMs = cache.streamMs ?? wallMs;
  return {
    nowMs: cache.mode === "replay" ? replayMs : wallMs,
    age: ({ mode }: CachedFlight) => mode === "replay" ? replayMs : wallMs,
  };
}

/** The aircraft as readsb tells it; `atMs` is what its ages are counted to. */
export function readsbAircraft(
  { flight, lastContactMs }: CachedFlight,
  atMs: number,
): ReadsbAircraft {
  const positionMs = flight.time_position_ms ??
    (known(flight.time_position_unix) ? flight.time_position_unix * 1000 : lastContactMs);
  const type = typeOf(flight.position_source);
  const feet = (m: number | null | undefined) => given(m, (m) => Math.round(m / FT_M));
  return {
    hex: flight.icao24,
    type,
    // Eight characters, as on the air.
    flight: given(flight.callsign, (callsign) => callsign.padEnd(8)),
    r: flight.registration ?? undefined,
    t: flight.aircraft_type ?? undefined,
    alt_baro: flight.on_ground ? "ground" : feet(flight.altitude_m),
    alt_geom: feet(flight.geo_altitude_m),
    gs: given(flight.velocity_mps, (mps) => rounded(mps / KT_MPS, 1)),
    ias: given(flight.ias_mps, (mps) => Math.round(mps / KT_MPS)),
    mach: flight.mach ?? undefined,
    track: given(flight.heading_deg, (deg) => rounded(deg, 2) % 360),
    roll: flight.roll_deg ?? undefined,
    baro_rate: given(flight.vertical_rate_mps, (mps) => Math.round(mps / FT_PER_MIN_MPS)),
    squawk: flight.squawk ?? undefined,
    emergency: flight.emergency ?? undefined,
    category: CATEGORY.test(flight.category ?? "") ? flight.category! : undefined,
    nav_qnh: flight.qnh_hpa ?? undefined,
    nav_altitude_mcp: feet(flight.selected_altitude_m),
    lat: flight.position.lat,
    lon: flight.position.lon,
    nic: flight.nic ?? undefined,
    nac_p: flight.nac_p ?? undefined,
    spi: flight.spi ? 1 : undefined,
    mlat: type === "mlat" ? POSITION_FIELDS : [],
    tisb: type.startsWith("tisb") ? POSITION_FIELDS : [],
    seen_pos: secondsAgo(positionMs, atMs),
    seen: secondsAgo(lastContactMs, atMs),
    rssi: flight.rssi_dbfs ?? UNKNOWN_RSSI_DBFS,
    messages: 0,
  };
}

/** readsb's word for where a position came from; feeds that say nothing are ADS-B for the most part. */
function typeOf(source: string | null | undefined): string {
  if (!source) return "adsb_icao";
  return SOURCE_TYPES[source] ?? (READSB_TYPE.test(source) ? source : "other");
}

function known<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}

function given<T, R>(value: T | null | undefined, convert: (value: T) => R): R | undefined {
  return known(value) ? convert(value) : undefined;
}

/**
 * Never below zero: a feed's clock may be ahead. To the millisecond: a reader that asks twice should
 * get the same time twice.
 */
function secondsAgo(thenMs: number, atMs: number): number {
  return Math.max(0, atMs - thenMs) / 1000;
}

function rounded(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}

/** A number in the path. @throws WrongRequest */
function readNumber(c: Context, name: string, unit: string, least: number, most: number): number {
  const given = c.req.param(name) ?? "";
  const value = /^-?\d{1,6}(\.\d+)?$/.test(given) ? Number(given) : NaN;
  if (value >= least && value <= most) return value;
  throw wrongPart(name, given, `${unit} from ${least} to ${most}`);
}

function wrongPart(name: string, given: string, right: string): WrongRequest {
  const message = `${name} is ${JSON.stringify(given)}, but must be ${right}`;
  return new WrongRequest("invalid_parameter", message);
}
