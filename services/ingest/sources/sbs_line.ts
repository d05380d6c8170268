/**
 * A line of the BaseStation feed that port 30003 serves: 22 fields, comma-separated, of which each of
 * the eight types fills some (http://woodair.net/sbs/article/barebones42_socket_data.htm).
 */
import type { Parsed } from "../../../contracts/parse.ts";
import { normalDeg } from "../../../core/geodesy.ts";
import type { Report } from "../../../core/merge.ts";
import { FT_M, FT_PER_MIN_MPS, KT_MPS } from "../../../core/units.ts";
import {
  address,
  callsign,
  number,
  position,
  refusalOf,
  refuse,
  rounded,
  squawk,
} from "./fields.ts";

/** Of the 22 the last ones may be missing where they are empty; up to the type's own all are needed. */
const FIELDS = 22;
/** What other lines begin with: selection, identity, aircraft, status, click. */
const NOT_HEARD = /^(SEL|ID|AIR|STA|CLK),/;
const DATE = /^(\d{4})\/(\d{2})\/(\d{2})$/;
const TIME = /^(\d{2}):(\d{2}):(\d{2})(\.\d{1,3})?\d*$/;

/** What a line says, its time by the sender's clock; undefined where it is of no aircraft's message. */
export function readSbsLine(line: string): Parsed<Report> | undefined {
  if (NOT_HEARD.test(line) || line.trim() === "") return undefined;
  try {
    const fields = line.split(",").map((field) => field.trim());
    if (fields[0] !== "MSG") {
      refuse("wrong_shape", `the line begins with "${line.slice(0, 20)}", but must with MSG`);
    }
    if (fields.length !== FIELDS) {
      refuse("wrong_shape", `the line has ${fields.length} fields, but must have ${FIELDS}`);
    }
    return { ok: true, value: toReport(fields) };
  } catch (thrown) {
    return refusalOf(thrown);
  }
}

/** Fields are counted from 1 in what describes them. */
function toReport(fields: readonly string[]): Report {
  const at = (place: number) => fields[place - 1]!;
  const atMs = timeMs(at(7), at(8)) ?? timeMs(at(9), at(10));
  if (atMs === undefined) refuse("wrong_shape", "neither of the times of the line is one");
  const report: Report = {
    icao24: address("hex", at(5)),
    last_contact_unix: Math.floor(atMs / 1000),
    last_contact_ms: atMs,
    callsign: callsign("callsign", at(11)),
    altitude_m: rounded(numeric("altitude", at(12), FT_M), 100),
    velocity_mps: rounded(numeric("ground speed", at(13), KT_MPS, 0), 1000),
    vertical_rate_mps: rounded(numeric("vertical rate", at(17), FT_PER_MIN_MPS), 1000),
    squawk: squawk("squawk", at(18)),
    spi: flag(at(21)),
    on_ground: flag(at(22)),
  };
  const track = numeric("track", at(14));
  if (track !== undefined) report.heading_deg = normalDeg(track);
  const place = position(numeric("lat", at(15)), numeric("lon", at(16)));
  if (place) {
    report.position = place;
    report.time_position_unix = report.last_contact_unix;
    report.time_position_ms = atMs;
  }
  const emergency = flag(at(20));
  if (emergency !== undefined) report.emergency = emergency ? "general" : "none";
  return report;
}

function numeric(name: string, field: string, unit = 1, least = -Infinity): number | undefined {
  if (field === "") return undefined;
  const value = Number(field);
  if (!Number.isFinite(value)) {
    refuse("wrong_shape", `${name} is ${JSON.stringify(field)}, but must be a number`);
  }
  return number(name, value, least)! * unit;
}

/** `-1` is yes, some write `1`. */
function flag(field: string): boolean | undefined {
  return field === "" ? undefined : field === "-1" || field === "1";
}

/** As if the clock were UTC: whoever knows better corrects it. */
function timeMs(date: string, time: string): number | undefined {
  const [day, clock] = [DATE.exec(date), TIME.exec(time)];
  if (!day || !clock) return undefined;
  const [year, month, dayOfMonth, hour, minute, second] = [...day.slice(1), ...clock.slice(1, 4)]
    .map(Number) as [number, number, number, number, number, number];
  const ms = Math.round(Number(clock[4] ?? 0) * 1000);
  return Date.UTC(year, month - 1, dayOfMonth, hour, minute, second, ms);
}
