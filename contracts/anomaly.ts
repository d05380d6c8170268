import { z } from "zod";
import {
  ANOMALY_STATES,
  ANOMALY_TYPES,
  MESSAGE_TYPES,
  SCHEMA_VERSION,
  SEVERITIES,
} from "./constants.ts";
import { Icao24, Position, Timestamp } from "./flight.ts";

/** One anomaly, as it stands now. The same `anomaly_id` comes again as it is updated and resolved. */
export const AnomalyPayload = z.object({
  anomaly_id: z.string().min(1),
  icao24: Icao24,
  callsign: z.string().nullish(),
  anomaly_type: z.enum(ANOMALY_TYPES),
  severity: z.enum(SEVERITIES),
  state: z.enum(ANOMALY_STATES),
  started_at: Timestamp,
  detected_at: Timestamp,
  resolved_at: Timestamp.nullish(),
  position: Position.nullish(),
  altitude_m: z.number().nullish(),
  near_airport: z.string().nullish(),
  details: z.record(z.string(), z.unknown()),
});
export type AnomalyPayload = z.infer<typeof AnomalyPayload>;

/** The value of a message on `flights.anomalies`. */
export const AnomalyEnvelope = z.object({
  schema_version: z.literal(SCHEMA_VERSION),
  type: z.literal(MESSAGE_TYPES.anomalyEvent),
  produced_at: Timestamp,
  source: z.object({ provider: z.string().min(1) }),
  payload: AnomalyPayload,
});
export type AnomalyEnvelope = z.infer<typeof AnomalyEnvelope>;
