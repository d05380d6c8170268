/**
 * What a JSON value of a recording says: an envelope as it was on the wire, what such a one holds, or a
 * plain report.
 */
import { z } from "zod";
import { FlightEnvelope, FlightPayload, LATEST_UNIX } from "../../../contracts/flight.ts";
import { checkMessage, type Parsed } from "../../../contracts/parse.ts";
import { normalDeg } from "../../../core/geodesy.ts";
import { implausible } from "../../../core/plausibility.ts";

/** A report, and who had it. */
export interface Observation {
  readonly provider: string;
  readonly flight: FlightPayload;
}

/** `provider` of what does not say where it comes from. */
const UNNAMED_PROVIDER = "recording";

/** A plain report: SI units, degrees, Unix seconds. Any value but address, time and position may be null. */
const Report = z.object({
  icao24: z.string().regex(/^[0-9a-fA-F]{6}$/),
  time: z.number().min(0).max(LATEST_UNIX),
  lat: z.number().min(-90).max(90),
  lon: z.number().min(-180).max(180),
  callsign: z.string().nullish(),
  baro_altitude: z.number().nullish(),
  geo_altitude: z.number().nullish(),
  velocity: z.number().min(0).nullish(),
  // Some recordings have it unwound: -39 is 321.
  true_track: z.number().nullish(),
  vertical_rate: z.number().nullish(),
  on_ground: z.boolean().nullish(),
  squawk: z.string().regex(/^[0-7]{4}$/).nullish(),
  spi: z.boolean().nullish(),
  origin: z.string().nullish(),
  nic: z.int().min(0).nullish(),
  nac_p: z.int().min(0).nullish(),
});

/** The observation in a JSON value, or why it is refused. */
export function observationIn(value: unknown): Parsed<Observation> {
  const observed = has(value, "schema_version")
    ? fromEnvelope(value)
    : has(value, "last_contact_unix")
    ? fromFlight(value)
    : fromReport(value);
  if (!observed.ok) return observed;
  const impossible = implausible(observed.value.flight);
  return impossible ? { ok: false, ...impossible } : observed;
}

function has(value: unknown, key: string): boolean {
  return typeof value === "object" && value !== null && key in value;
}

function fromEnvelope(value: unknown): Parsed<Observation> {
  const envelope = checkMessage(FlightEnvelope, value);
  if (!envelope.ok) return envelope;
  const { source, payload } = envelope.value;
  return { ok: true, value: { provider: source.provider, flight: payload } };
}

/** A flight in the contract's words, as the hub gives it: an export's line has what was computed, too. */
function fromFlight(value: unknown): Parsed<Observation> {
  const flight = checkMessage(FlightPayload, value);
  if (!flight.ok) return flight;
  return { ok: true, value: { provider: UNNAMED_PROVIDER, flight: flight.value } };
}

function fromReport(value: unknown): Parsed<Observation> {
  const checked = checkMessage(Report, value);
  if (!checked.ok) return checked;
  const report = checked.value;
  const timeUnix = Math.floor(report.time);
  const timeMs = Math.round(report.time * 1000);
  const flight: FlightPayload = {
    icao24: report.icao24.toLowerCase(),
    callsign: report.callsign?.trim() || null,
    position: { lat: report.lat, lon: report.lon },
    altitude_m: report.baro_altitude ?? null,
    geo_altitude_m: report.geo_altitude ?? null,
    velocity_mps: report.velocity ?? null,
    heading_deg: typeof report.true_track === "number" ? normalDeg(report.true_track) : null,
    vertical_rate_mps: report.vertical_rate ?? null,
    // A recording that does not say is taken to be of aircraft in the air.
    on_ground: report.on_ground ?? false,
    squawk: report.squawk ?? null,
    spi: report.spi ?? false,
    time_position_unix: timeUnix,
    last_contact_unix: timeUnix,
  };
  if (timeMs !== timeUnix * 1000) flight.time_position_ms = flight.last_contact_ms = timeMs;
  if (typeof report.nic === "number") flight.nic = report.nic;
  if (typeof report.nac_p === "number") flight.nac_p = report.nac_p;
  return {
    ok: true,
    value: { provider: report.origin?.split("/")[0] || UNNAMED_PROVIDER, flight },
  };
}

/** The same flight, `shiftMs` later. Loops shift by whole seconds, so that both clocks stay in step. */
export function later<T extends Times>(flight: T, shiftMs: number): T {
  if (shiftMs === 0) return flight;
  const shiftS = shiftMs / 1000;
  const moved = { ...flight, last_contact_unix: flight.last_contact_unix + shiftS };
  if (typeof flight.time_position_unix === "number") {
    moved.time_position_unix = flight.time_position_unix + shiftS;
  }
  if (typeof flight.last_contact_ms === "number") {
    moved.last_contact_ms = flight.last_contact_ms + shiftMs;
  }
  if (typeof flight.time_position_ms === "number") {
    moved.time_position_ms = flight.time_position_ms + shiftMs;
  }
  return moved;
}

type Times = Pick<
  FlightPayload,
  "last_contact_unix" | "time_position_unix" | "last_contact_ms" | "time_position_ms"
>;
