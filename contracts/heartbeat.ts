import { z } from "zod";
import { API_STATUSES, MESSAGE_TYPES, SCHEMA_VERSION } from "./constants.ts";
import { BoundingBox, FlightSource, Timestamp } from "./flight.ts";

/** Where a replay stands. `line` counts every line of the file, refused ones too. */
export const ReplayProgress = z.object({
  file: z.string(),
  line: z.int().min(0),
  loop: z.int().min(0),
  first_at: Timestamp,
  last_at: Timestamp,
  ended: z.boolean(),
});
export type ReplayProgress = z.infer<typeof ReplayProgress>;

/** How far event time has come on a topic, by what a producer has heard: of somebody, or of nobody. */
export const StreamPosition = z.object({ topic: z.string().min(1), newest_at: Timestamp });

/** One poll cycle of a producer. `timestamp` is its own clock: stream time on a replay. */
export const HeartbeatPayload = z.object({
  producer_id: z.string().min(1),
  timestamp: Timestamp,
  poll_latency_ms: z.number().min(0),
  api_status: z.enum(API_STATUSES),
  flights_count: z.int().min(0),
  bbox: BoundingBox,
  stream: StreamPosition.nullish(),
  name: z.string().nullish(),
  retry_at_unix: z.int().min(0).nullish(),
  problem: z.string().nullish(),
  rejected: z.record(z.string(), z.unknown()).nullish(),
  replay: ReplayProgress.nullish(),
});
export type HeartbeatPayload = z.infer<typeof HeartbeatPayload>;

/** A producer as the hub tells of it: its last heartbeat, and how often its source is asked. */
export const SourceState = HeartbeatPayload.extend({
  poll_interval_s: z.number().min(0).optional(),
});
export type SourceState = z.infer<typeof SourceState>;

/** The value of a message on `ingestion.heartbeat`. */
export const HeartbeatEnvelope = z.object({
  schema_version: z.literal(SCHEMA_VERSION),
  type: z.literal(MESSAGE_TYPES.heartbeat),
  produced_at: Timestamp,
  source: FlightSource,
  payload: HeartbeatPayload,
});
export type HeartbeatEnvelope = z.infer<typeof HeartbeatEnvelope>;
