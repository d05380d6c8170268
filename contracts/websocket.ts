import { z } from "zod";
import { SOURCE_MODES } from "./constants.ts";
import { AnomalyPayload } from "./anomaly.ts";
import { BoundingBox, Flight, Icao24, Timestamp } from "./flight.ts";

/**
 * `timestamp`: when the message was sent. `stream_time`: the newest event time, which on a replay is
 * the recording's. `mode`: what the aircraft are fed from. `replay_ended`: no more of it will come.
 */
const clock = {
  timestamp: Timestamp,
  stream_time: Timestamp.nullish(),
  mode: z.enum(SOURCE_MODES).nullish(),
  replay_ended: z.boolean().nullish(),
};

/** Every aircraft: sent on connect and in answer to a resync. */
export const SnapshotMessage = z.object({
  type: z.literal("snapshot"),
  ...clock,
  sequence: z.int().min(0),
  flights: z.array(Flight),
});
export type SnapshotMessage = z.infer<typeof SnapshotMessage>;

/** What changed since `sequence - 1`, or since `from_sequence` for a client that skipped ticks. */
export const DeltaMessage = z.object({
  type: z.literal("delta"),
  ...clock,
  sequence: z.int().min(1),
  from_sequence: z.int().min(0).optional(),
  upserts: z.array(Flight),
  removed: z.array(Icao24),
});
export type DeltaMessage = z.infer<typeof DeltaMessage>;

export const AnomalyMessage = z.object({
  type: z.literal("anomaly"),
  ...clock,
  payload: AnomalyPayload,
});
export type AnomalyMessage = z.infer<typeof AnomalyMessage>;

/** Said once, before the hub closes the connection. */
export const ErrorMessage = z.object({
  type: z.literal("error"),
  timestamp: Timestamp,
  code: z.string().min(1),
  message: z.string().min(1),
});
export type ErrorMessage = z.infer<typeof ErrorMessage>;

/** Asks for a new snapshot. */
export const ResyncMessage = z.object({ type: z.literal("resync") });

/** Narrows what this client gets; each one replaces the one before, an empty one asks for everything. */
export const SubscribeMessage = z.object({
  type: z.literal("subscribe"),
  bbox: BoundingBox.optional(),
  min_altitude_m: z.number().optional(),
  max_altitude_m: z.number().optional(),
  icao24: z.array(Icao24).max(1000).optional(),
  max_hz: z.number().min(0.1).optional(),
});
export type SubscribeMessage = z.infer<typeof SubscribeMessage>;

export const ClientMessage = z.discriminatedUnion("type", [ResyncMessage, SubscribeMessage]);
export type ClientMessage = z.infer<typeof ClientMessage>;

/** Everything that crosses the socket, either way. */
export const WebSocketMessage = z.discriminatedUnion("type", [
  SnapshotMessage,
  DeltaMessage,
  AnomalyMessage,
  ErrorMessage,
  ResyncMessage,
  SubscribeMessage,
]);
export type WebSocketMessage = z.infer<typeof WebSocketMessage>;
