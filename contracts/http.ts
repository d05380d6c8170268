/** What the hub answers over HTTP, beside what is in the messages: `/openapi.json` is made from these. */
import { z } from "zod";
import { AnomalyPayload } from "./anomaly.ts";
import { SOURCE_MODES } from "./constants.ts";
import { Flight, Icao24, Position, Timestamp } from "./flight.ts";
import { SourceState } from "./heartbeat.ts";

export const FLIGHT_PHASES = [
  "GROUND",
  "TAKEOFF",
  "DEPARTURE",
  "EN_ROUTE",
  "APPROACH",
  "LANDING",
  "UNKNOWN",
] as const;
export type FlightPhase = (typeof FLIGHT_PHASES)[number];

/** Every error: what a program should look at is `code`, what a person should read is `message`. */
export const ErrorAnswer = z.object({
  status: z.int(),
  code: z.string(),
  message: z.string(),
});

export const FlightsAnswer = z.object({
  timestamp: Timestamp,
  count: z.int(),
  flights: z.array(Flight),
});

/** Where an aircraft was. */
export const HistoryPosition = z.object({
  position: Position,
  altitude_m: z.number().nullable(),
  altitude_m_smoothed: z.number().nullable(),
  heading_deg: z.number().nullable(),
  velocity_mps: z.number().nullable(),
  vertical_rate_mps: z.number().nullable(),
  on_ground: z.boolean(),
  flight_phase: z.enum(FLIGHT_PHASES),
  recorded_at: Timestamp,
});
export type HistoryPosition = z.infer<typeof HistoryPosition>;

export const HistoryAnswer = z.object({ icao24: Icao24, positions: z.array(HistoryPosition) });

/** Every aircraft heard of in one interval, as it was last in it. */
export const HistoryFrame = z.object({ timestamp: Timestamp, flights: z.array(Flight) });
export const FramesAnswer = z.object({
  start: Timestamp,
  end: Timestamp,
  frames: z.array(HistoryFrame),
  resume_from: Timestamp.optional(),
});

export const AnomaliesAnswer = z.object({
  count: z.int(),
  anomalies: z.array(AnomalyPayload),
  next: z.string().optional(),
});

/** One report as it is kept, with what was computed of it. */
export const HistoryRow = Flight.extend({
  altitude_m_smoothed: z.number().nullish(),
  vertical_rate_mps_smoothed: z.number().nullish(),
  flight_phase: z.enum(FLIGHT_PHASES),
  near_airport: z.string().nullish(),
  recorded_at: Timestamp,
});
export type HistoryRow = z.infer<typeof HistoryRow>;

/** Who may not ask is told the status alone. */
export const HealthAnswer = z.object({
  status: z.enum(["healthy", "degraded", "unhealthy"]),
  cache_size: z.int(),
  connections: z.int(),
  roles: z.record(
    z.string(),
    z.object({
      status: z.string(),
      restarts: z.int(),
      last_error: z.string().nullable(),
      url: z.string().nullable(),
    }),
  ),
  broker: z.object({ kind: z.string(), status: z.string(), detail: z.string().optional() }),
  database: z.object({ status: z.string(), detail: z.string().optional() }),
  stream_time: Timestamp.nullable(),
  mode: z.enum(SOURCE_MODES).nullable(),
  sources: z.array(SourceState),
}).partial().required({ status: true });

/** RFC 7946. The coordinates are longitude and latitude; everything else is in the properties. */
const Point = z.object({
  type: z.literal("Point"),
  coordinates: z.tuple([z.number().min(-180).max(180), z.number().min(-90).max(90)]),
});
const feature = <T extends z.ZodType, G extends z.ZodType>(properties: T, geometry: G) =>
  z.object({
    type: z.literal("Feature"),
    id: z.string().optional(),
    geometry,
    properties,
  });
const collection = <F extends z.ZodType>(features: F) =>
  z.object({
    type: z.literal("FeatureCollection"),
    features: z.array(features),
    timestamp: Timestamp.optional(),
    next: z.string().optional(),
    resume_from: Timestamp.optional(),
  });

export const FlightCollection = collection(feature(Flight.omit({ position: true }), Point));
export const FramesCollection = collection(
  feature(Flight.omit({ position: true }).extend({ timestamp: Timestamp }), Point),
);
export const HistoryCollection = collection(
  feature(HistoryPosition.omit({ position: true }).extend({ icao24: Icao24 }), Point),
);
export const AnomalyCollection = collection(
  feature(AnomalyPayload.omit({ position: true }), Point.nullable()),
);
export const RowCollection = collection(feature(HistoryRow.omit({ position: true }), Point));

/**
 * An aircraft as readsb's `aircraft.json` and the v2 APIs tell it: feet, knots, feet a minute; what is
 * unknown is left out.
 */
export const ReadsbAircraft = z.object({
  hex: Icao24,
  type: z.string(),
  flight: z.string().optional(),
  r: z.string().optional(),
  t: z.string().optional(),
  alt_baro: z.union([z.int(), z.literal("ground")]).optional(),
  alt_geom: z.int().optional(),
  gs: z.number().optional(),
  ias: z.int().optional(),
  mach: z.number().optional(),
  track: z.number().optional(),
  roll: z.number().optional(),
  baro_rate: z.int().optional(),
  squawk: z.string().optional(),
  emergency: z.string().optional(),
  category: z.string().optional(),
  nav_qnh: z.number().optional(),
  nav_altitude_mcp: z.int().optional(),
  lat: z.number(),
  lon: z.number(),
  nic: z.int().optional(),
  nac_p: z.int().optional(),
  spi: z.literal([0, 1]).optional(),
  mlat: z.array(z.string()),
  tisb: z.array(z.string()),
  /** Seconds since the position, and since the newest message. */
  seen_pos: z.number(),
  seen: z.number(),
  rssi: z.number(),
  messages: z.int(),
});
export type ReadsbAircraft = z.infer<typeof ReadsbAircraft>;

/** `now` in seconds. */
export const AircraftJson = z.object({
  now: z.number(),
  messages: z.int(),
  aircraft: z.array(ReadsbAircraft),
});
export const ReceiverJson = z.object({
  version: z.string(),
  refresh: z.int(),
  history: z.int(),
  readsb: z.boolean(),
});
/** `now` and `ctime` in milliseconds; `dst` in nautical miles and `dir` in degrees from the point. */
export const V2Answer = z.object({
  ac: z.array(ReadsbAircraft.extend({ dst: z.number().optional(), dir: z.number().optional() })),
  msg: z.string(),
  now: z.int(),
  total: z.int(),
  ctime: z.int(),
  ptime: z.int(),
});
export type V2Answer = z.infer<typeof V2Answer>;

export const Index = z.object({ name: z.string(), endpoints: z.array(z.string()) });
