/** Frames as JSON text, each aircraft's part written once and kept until it changes. */
import type { SourceMode } from "../../contracts/constants.ts";
import type { CachedFlight } from "../../core/flight_cache.ts";

export interface FrameClock {
  readonly nowMs: number;
  readonly streamMs: number | undefined;
  readonly mode: SourceMode | undefined;
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

export function snapshotJson(
  clock: FrameClock,
  sequence: number,
  flights: Iterable<CachedFlight>,
): string {
  return `{"type":"snapshot",${clockJson(clock)},"sequence":${sequence},"flights":[${
    Array.from(flights, flightJson).join(",")
  }]}`;
}

/** `fromSequence` where the delta is about more than one tick. */
export function deltaJson(
  clock: FrameClock,
  sequence: number,
  fromSequence: number | undefined,
  { upserts, removed }: { upserts: Iterable<CachedFlight>; removed: readonly string[] },
): string {
  const from = fromSequence === undefined ? "" : `,"from_sequence":${fromSequence}`;
  return `{"type":"delta",${clockJson(clock)},"sequence":${sequence}${from},"upserts":[${
    Array.from(upserts, flightJson).join(",")
  }],"removed":${JSON.stringify(removed)}}`;
}

export function errorJson(nowMs: number, code: string, message: string): string {
  return JSON.stringify({ type: "error", timestamp: new Date(nowMs).toISOString(), code, message });
}

function clockJson({ nowMs, streamMs, mode }: FrameClock): string {
  const parts = [`"timestamp":"${new Date(nowMs).toISOString()}"`];
  if (streamMs !== undefined) parts.push(`"stream_time":"${new Date(streamMs).toISOString()}"`);
  if (mode !== undefined) parts.push(`"mode":"${mode}"`);
  return parts.join();
}
