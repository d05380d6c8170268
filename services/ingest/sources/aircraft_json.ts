/**
 * Aircraft as readsb, dump1090 and tar1090 write them in aircraft.json, and the v2 APIs in `ac`:
 * https://github.com/wiedehopf/readsb/blob/dev/README-json.md. Feet, knots and feet a minute become SI
 * here. An absent key is unknown, never zero.
 */
import { UNKNOWN_RSSI_DBFS } from "../../../contracts/constants.ts";
import { LATEST_UNIX } from "../../../contracts/flight.ts";
import type { Parsed } from "../../../contracts/parse.ts";
import { normalDeg } from "../../../core/geodesy.ts";
import type { Report } from "../../../core/merge.ts";
import { FT_M, FT_PER_MIN_MPS, KT_MPS } from "../../../core/units.ts";
import {
  address,
  callsign,
  flag,
  number,
  position,
  refusalOf,
  refuse,
  rounded,
  squawk,
  text,
} from "./fields.ts";

type Item = Readonly<Record<string, unknown>>;

/** An answer: its own clock, and what it says of each aircraft, not looked at yet. */
export interface AircraftJson {
  readonly nowMs: number;
  readonly items: readonly unknown[];
}

/** Clocks above this are in milliseconds, as those of the v2 APIs are. */
const MOST_SECONDS = 1e11;
/** Of a position by anything but ADS-B, by how `type` begins. */
const KINDS = ["adsb", "adsr", "tisb", "mlat", "adsc", "mode_s", "uat", "other"] as const;

/** The answer in this value; it is refused where it is something else. */
export function readAircraftJson(value: unknown): Parsed<AircraftJson> {
  try {
    if (typeof value !== "object" || value === null) {
      refuse("wrong_shape", "the answer must be an object with now and aircraft");
    }
    const answer = value as Item;
    const items = answer.aircraft ?? answer.ac;
    // Where nobody is near, some v2 servers say null.
    if (items !== null && !Array.isArray(items)) {
      refuse("wrong_shape", "the answer has no array aircraft, nor ac");
    }
    const now = number("now", answer.now, 0, LATEST_UNIX * 1000);
    if (now === undefined) refuse("wrong_shape", "now is missing, but must be the feed's clock");
    return {
      ok: true,
      value: { nowMs: now > MOST_SECONDS ? now : now * 1000, items: items ?? [] },
    };
  } catch (thrown) {
    return refusalOf(thrown);
  }
}

/** Whether the address is one that a receiver made up, for what has no ICAO address or hides it. */
export function isNotIcao(item: unknown): boolean {
  const hex = (item as Item | null)?.hex;
  return typeof hex === "string" && hex.startsWith("~");
}

/** What an item says, at the time it was said: `nowMs` is the answer's clock. */
export function readAircraft(item: unknown, nowMs: number): Parsed<Report> {
  try {
    if (typeof item !== "object" || item === null) refuse("wrong_shape", "it must be an object");
    return { ok: true, value: toReport(item as Item, nowMs) };
  } catch (thrown) {
    return refusalOf(thrown);
  }
}

function toReport(item: Item, nowMs: number): Report {
  const seenS = number("seen", item.seen, 0, 1e6) ?? 0;
  const contactMs = Math.round(nowMs - seenS * 1000);
  const report: Report = {
    icao24: address("hex", item.hex),
    last_contact_unix: Math.floor(contactMs / 1000),
    last_contact_ms: contactMs,
    on_ground: false,
    spi: flag("spi", item.spi) ?? false,
  };
  // Not rr_lat and lastPosition: the first is a guess, the second is over a minute old.
  const place = position(item.lat, item.lon);
  if (place) {
    const ageS = number("seen_pos", item.seen_pos, 0, 1e6) ?? seenS;
    const atMs = Math.round(nowMs - ageS * 1000);
    report.position = place;
    report.time_position_unix = Math.floor(atMs / 1000);
    report.time_position_ms = atMs;
  }
  const kind = kindOf(item);
  if (kind) report.position_source = kind;
  report.callsign = callsign("flight", item.flight);
  report.registration = text("r", item.r);
  report.aircraft_type = text("t", item.t);
  report.category = text("category", item.category);
  report.squawk = squawk("squawk", item.squawk);
  report.emergency = text("emergency", item.emergency);
  const altitude = item.alt_baro ?? item.altitude;
  if (altitude === "ground") report.on_ground = true;
  else report.altitude_m = metres("alt_baro", altitude);
  report.geo_altitude_m = metres("alt_geom", item.alt_geom);
  report.velocity_mps = rounded(scaled("gs", item.gs ?? item.speed, KT_MPS), 1000);
  report.ias_mps = rounded(scaled("ias", item.ias, KT_MPS), 1000);
  report.mach = number("mach", item.mach, 0, 10);
  const track = number("track", item.track, -360, 360);
  report.heading_deg = track === undefined ? undefined : normalDeg(track);
  const climb = item.baro_rate ?? item.geom_rate ?? item.vert_rate;
  report.vertical_rate_mps = rounded(scaled("baro_rate", climb, FT_PER_MIN_MPS, -1e6), 1000);
  report.roll_deg = number("roll", item.roll, -180, 180);
  report.selected_altitude_m = metres("nav_altitude_mcp", item.nav_altitude_mcp);
  report.qnh_hpa = number("nav_qnh", item.nav_qnh, 0, 2000);
  report.nic = whole("nic", item.nic);
  report.nac_p = whole("nac_p", item.nac_p);
  const rssi = number("rssi", item.rssi);
  if (rssi !== UNKNOWN_RSSI_DBFS) report.rssi_dbfs = rssi;
  return report;
}

function metres(name: string, value: unknown): number | undefined {
  return rounded(scaled(name, value, FT_M, -1e6), 100);
}

function scaled(name: string, value: unknown, unit: number, least = 0): number | undefined {
  const said = number(name, value, least);
  return said === undefined ? undefined : said * unit;
}

function whole(name: string, value: unknown): number | undefined {
  const said = number(name, value, 0, 100);
  return said === undefined ? undefined : Math.floor(said);
}

/** By what the position is known: fields that were computed by multilateration or relayed are listed. */
function kindOf({ type, mlat, tisb }: Item): string | undefined {
  if (Array.isArray(mlat) && mlat.includes("lat")) return "mlat";
  if (Array.isArray(tisb) && tisb.includes("lat")) return "tisb";
  return typeof type === "string" ? KINDS.find((kind) => type.startsWith(kind)) : undefined;
}
