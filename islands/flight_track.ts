/** The way the selected aircraft has come: from the hub's history, and on with what is heard. */
import { effect, signal } from "@preact/signals";
import type { Flight } from "../contracts/flight.ts";
import { lastContactMs } from "../contracts/times.ts";
import { hubHttpUrl } from "./live/live.ts";
import { clock, playback, selectedId, table } from "./state.ts";
import { askHub } from "./live/token.ts";

/** A place and what was said there; unknown is null. */
export interface TrackPoint {
  readonly atMs: number;
  readonly lat: number;
  readonly lon: number;
  readonly altitudeM: number | null;
  /** The same without outliers, where a filter has seen it. */
  readonly filteredM?: number | null;
  readonly speedMps: number | null;
  readonly rateMps: number | null;
  readonly headingDeg: number | null;
  readonly onGround: boolean;
}

/** Why the past is not in it. */
export type TrackNote =
  | "History is starting"
  | "No history is kept here"
  | "History cannot be reached";

export interface FlightTrack {
  readonly icao24: string;
  /** In order of time. */
  readonly points: readonly TrackPoint[];
  readonly isLoading: boolean;
  readonly note?: TrackNote;
}

export const flightTrack = signal<FlightTrack | undefined>(undefined);

/** The altitude to draw: one wrong report would make a curve of its own. */
export function drawnAltitudeM({ filteredM, altitudeM }: TrackPoint): number | null {
  return filteredM ?? altitudeM;
}

/** A longer silence is a gap: what lies in it is a guess. */
export const GAP_MS = 60_000;
/** How far back the track of the selected aircraft goes. */
const MINUTES = 60;
/** The hub's longest answers. */
const MOST_MINUTES = 1440;
const MOST_POINTS = 10_000;

/** The wire's position as a point. */
interface Position {
  readonly position: { readonly lat: number; readonly lon: number };
  readonly altitude_m?: number | null;
  readonly altitude_m_smoothed?: number | null;
  readonly velocity_mps?: number | null;
  readonly vertical_rate_mps?: number | null;
  readonly heading_deg?: number | null;
  readonly on_ground?: boolean;
  readonly recorded_at: string;
}

/** Where an aircraft was between two moments of the stream, or why that cannot be told. */
export async function loadTrack(
  icao24: string,
  fromMs: number,
  toMs: number,
): Promise<readonly TrackPoint[] | TrackNote> {
  const query = new URLSearchParams({
    end_ts: new Date(toMs).toISOString(),
    minutes: String(Math.ceil(Math.min(MOST_MINUTES, Math.max(1, (toMs - fromMs) / 60_000)))),
    limit: String(MOST_POINTS),
  });
  const hub = hubHttpUrl(document.body.dataset, location);
  try {
    const response = await askHub(`${hub}/flights/${icao24}/history?${query}`);
    const body = await response.json();
    if (!response.ok) {
      return body.code === "history_off" ? "No history is kept here" : "History is starting";
    }
    return (body.positions as Position[]).map(pointOf)
      .filter(({ atMs }) => atMs >= fromMs);
  } catch {
    return "History cannot be reached";
  }
}

/** Keeps the track of whatever is selected, at the moment that is shown. */
export function keepFlightTrack(): void {
  effect(() => {
    const icao24 = selectedId.value;
    // A jump in time is another past; playing on is not.
    const atMs = playback.value?.atMs;
    if (icao24 === undefined) {
      flightTrack.value = undefined;
      return;
    }
    const before = flightTrack.peek();
    const shown = before?.icao24 === icao24 ? before.points : [];
    flightTrack.value = { icao24, points: shown, isLoading: true };
    const toMs = atMs ?? (clock.running ? clock.at(performance.now()) : Date.now());
    loadTrack(icao24, toMs - MINUTES * 60_000, toMs).then((found) => {
      const now = flightTrack.peek();
      if (now?.icao24 !== icao24 || playback.peek()?.atMs !== atMs) return;
      if (typeof found === "string") {
        flightTrack.value = { ...now, isLoading: false, note: found };
        return;
      }
      const newestMs = found.at(-1)?.atMs ?? -Infinity;
      const since = atMs === undefined ? now.points.filter((p) => p.atMs > newestMs) : [];
      flightTrack.value = { icao24, points: [...found, ...since], isLoading: false };
    });
  });
  table.subscribe(() => {
    const track = flightTrack.peek();
    const flight = track && table.flights.get(track.icao24);
    if (!flight || lastContactMs(flight) <= (track.points.at(-1)?.atMs ?? -Infinity)) return;
    flightTrack.value = { ...track, points: [...track.points, heard(flight)].slice(-MOST_POINTS) };
  });
}

function pointOf(position: Position): TrackPoint {
  return {
    atMs: Date.parse(position.recorded_at),
    ...position.position,
    altitudeM: position.altitude_m ?? null,
    filteredM: position.altitude_m_smoothed,
    speedMps: position.velocity_mps ?? null,
    rateMps: position.vertical_rate_mps ?? null,
    headingDeg: position.heading_deg ?? null,
    onGround: position.on_ground ?? false,
  };
}

function heard(flight: Flight): TrackPoint {
  return {
    atMs: lastContactMs(flight),
    ...flight.position,
    altitudeM: flight.altitude_m ?? flight.geo_altitude_m ?? null,
    speedMps: flight.velocity_mps ?? null,
    rateMps: flight.vertical_rate_mps ?? null,
    headingDeg: flight.heading_deg ?? null,
    onGround: flight.on_ground,
  };
}
