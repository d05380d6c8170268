/**
 * Frames of the subprotocol `msgpack`: arrays, an aircraft as a row. A delta has no tag, being the one
 * that comes most; it is told from the others by its first element, which is a number.
 *
 * - delta: `[sequence, timestamp_ms, [row, …], [icao24, …]]`, with `from_sequence` as a fifth element
 *   where it is about more than one tick
 * - snapshot: `["snapshot", sequence, timestamp_ms, [row, …]]`
 * - anomaly: `["anomaly", timestamp_ms, payload]`, the payload a map as in JSON
 * - error: `["error", timestamp_ms, code, message]`
 *
 * A row is `[icao24, lat, lon, altitude_m, heading_deg, velocity_mps, vertical_rate_mps, on_ground,
 * status]`, nil for what is unknown.
 */
import { encode } from "@msgpack/msgpack";
import type { CachedFlight } from "../../core/flight_cache.ts";
import type { FrameCodec } from "./encode.ts";

/** The subprotocol `msgpack`. */
export const MSGPACK_FRAMES: FrameCodec = {
  snapshot: ({ nowMs }, sequence, flights) =>
    encode(["snapshot", sequence, nowMs, Array.from(flights, row)]),
  delta({ nowMs }, sequence, fromSequence, { upserts, removed }) {
    const delta = [sequence, nowMs, upserts.map(row), removed];
    return encode(fromSequence === undefined ? delta : [...delta, fromSequence]);
  },
  anomaly: ({ nowMs }, anomaly) => encode(["anomaly", nowMs, anomaly]),
  error: (nowMs, code, message) => encode(["error", nowMs, code, message]),
};

function row({ flight, status }: CachedFlight) {
  return [
    flight.icao24,
    flight.position.lat,
    flight.position.lon,
    flight.altitude_m ?? null,
    flight.heading_deg ?? null,
    flight.velocity_mps ?? null,
    flight.vertical_rate_mps ?? null,
    flight.on_ground,
    status,
  ];
}
