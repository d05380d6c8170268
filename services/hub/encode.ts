/** Frames as JSON text, each aircraft's part written once and kept until it changes. */
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import type { SourceMode } from "../../contracts/constants.ts";
import type { CachedFlight, Changes } from "../../core/flight_cache.ts";

/** One subprotocol's way of writing frames. */
export interface FrameCodec {
  snapshot(clock: FrameClock, sequence: number, flights: Iterable<CachedFlight>): Frame;
  /** `fromSequence` where the delta is about more than one tick. */
  delta(
    clock: FrameClock,
    sequence: number,
    fromSequence: number | undefined,
    changes: Changes,
  ): Frame;
  anomaly(clock: FrameClock, anomaly: AnomalyPayload): Frame;
  error(nowMs: number, code: string, message: string): Frame;
}

/** What goes into one WebSocket message: text, or bytes for a binary subprotocol. */
export type Frame = string | Uint8Array<ArrayBuffer>;

export interface FrameClock {
  readonly nowMs: number;
  readonly streamMs: number | undefined;
  readonly mode: SourceMode | undefined;
  /** Nothing more will come of what was replayed. */
  readonly replayEnded: boolean;
}

const written = new WeakMap<CachedFlight, string>();

/** `Flight` as JSON. */
export function flightJson(cached: CachedFlight): string {
  let json = written.get(cached);
  if (json === undefined) {
    // Appending the status to the payload's text spares a copy of the object.
    json = `${JSON.stringify(cached.flight).slice(0, -1)},"status":"${cached.status}"}`;
    written.set(cached, json);
  }
  return json;
}

/** The subprotocol `json`. */
export const JSON_FRAMES: FrameCodec = {
  snapshot: (clock, sequence, flights) =>
    `{"type":"snapshot",${clockJson(clock)},"sequence":${sequence},"flights":[${
      Array.from(flights, flightJson).join(",")
    }]}`,
  delta(clock, sequence, fromSequence, { upserts, removed }) {
    const from = fromSequence === undefined ? "" : `,"from_sequence":${fromSequence}`;
    return `{"type":"delta",${clockJson(clock)},"sequence":${sequence}${from},"upserts":[${
      upserts.map(flightJson).join(",")
    }],"removed":${JSON.stringify(removed)}}`;
  },
  anomaly: (clock, anomaly) =>
    `{"type":"anomaly",${clockJson(clock)},"payload":${JSON.stringify(anomaly)}}`,
  error: (nowMs, code, message) =>
    JSON.stringify({ type: "error", timestamp: new Date(nowMs).toISOString(), code, message }),
};

function clockJson({ nowMs, streamMs, mode, replayEnded }: FrameClock): string {
  const parts = [`"timestamp":"${new Date(nowMs).toISOString()}"`];
  if (streamMs !== undefined) parts.push(`"stream_time":"${new Date(streamMs).toISOString()}"`);
  if (mode !== undefined) parts.push(`"mode":"${mode}"`);
  if (replayEnded) parts.push(`"replay_ended":true`);
  return parts.join();
}
