import { z } from "zod";
import { FLIGHT_STATUSES, MESSAGE_TYPES, SCHEMA_VERSION, SOURCE_MODES } from "./constants.ts";

/** Six lowercase hex digits: the ICAO 24-bit aircraft address. */
export const Icao24 = z.string().regex(/^[0-9a-f]{6}$/);
/** ISO 8601 in UTC with milliseconds, as `Date.prototype.toISOString` writes it. */
export const Timestamp = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
export const Position = z.object({
  lat: z.number().min(-90).max(90),
  lon: z.number().min(-180).max(180),
});
export const BoundingBox = z.object({
  lat_min: z.number().min(-90).max(90),
  lat_max: z.number().min(-90).max(90),
  lon_min: z.number().min(-180).max(180),
  lon_max: z.number().min(-180).max(180),
});
export type BoundingBox = z.infer<typeof BoundingBox>;

/** The year 2100: times beyond it are mostly milliseconds taken for seconds. */
export const LATEST_UNIX = 4_102_444_800;

const flightFields = {
  icao24: Icao24,
  callsign: z.string().nullish(),
  position: Position,
  altitude_m: z.number().nullish(),
  geo_altitude_m: z.number().nullish(),
  velocity_mps: z.number().min(0).nullish(),
  heading_deg: z.number().min(0).lt(360).nullish(),
  vertical_rate_mps: z.number().nullish(),
  on_ground: z.boolean(),
  squawk: z.string().regex(/^[0-7]{4}$/).nullish(),
  spi: z.boolean(),
  time_position_unix: z.int().min(0).max(LATEST_UNIX).nullish(),
  last_contact_unix: z.int().min(0).max(LATEST_UNIX),
  time_position_ms: z.int().min(0).max(LATEST_UNIX * 1000).nullish(),
  last_contact_ms: z.int().min(0).max(LATEST_UNIX * 1000).nullish(),
  origin_country: z.string().nullish(),
  category: z.string().nullish(),
  registration: z.string().nullish(),
  aircraft_type: z.string().nullish(),
  position_source: z.string().nullish(),
  nic: z.int().min(0).nullish(),
  nac_p: z.int().min(0).nullish(),
  emergency: z.string().nullish(),
  selected_altitude_m: z.number().nullish(),
  qnh_hpa: z.number().nullish(),
  ias_mps: z.number().min(0).nullish(),
  mach: z.number().min(0).nullish(),
  roll_deg: z.number().nullish(),
  rssi_dbfs: z.number().nullish(),
  provenance: z.string().nullish(),
};

/** What one aircraft said: SI units, WGS84 degrees, unknown is null or missing. */
export const FlightPayload = z.object(flightFields);
export type FlightPayload = z.infer<typeof FlightPayload>;

/** FlightPayload as the hub serves it. */
export const Flight = z.object({ ...flightFields, status: z.enum(FLIGHT_STATUSES) });
export type Flight = z.infer<typeof Flight>;

/** Where a report came from, how often it is asked for, and the area it covers. */
export const FlightSource = z.object({
  provider: z.string().min(1),
  mode: z.enum(SOURCE_MODES),
  bbox: BoundingBox,
  poll_interval_s: z.number().min(0),
});
export type FlightSource = z.infer<typeof FlightSource>;

/** The value of a message on `flights.state` and `flights.updates`. */
export const FlightEnvelope = z.object({
  schema_version: z.literal(SCHEMA_VERSION),
  type: z.enum([MESSAGE_TYPES.flightState, MESSAGE_TYPES.flightUpdate]),
  produced_at: Timestamp,
  /** Of the few that are followed through OpenTelemetry: services/trace.ts. */
  traceparent: z.string().optional(),
  source: FlightSource,
  payload: FlightPayload,
});
export type FlightEnvelope = z.infer<typeof FlightEnvelope>;
