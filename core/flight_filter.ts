import type { BoundingBox, FlightPayload } from "../contracts/flight.ts";

/** Which aircraft are wanted: every condition that is given must hold. */
export interface FlightFilter {
  readonly bbox?: BoundingBox;
  /** Metres, barometric. An aircraft whose altitude is unknown is outside every range. */
  readonly min_altitude_m?: number;
  readonly max_altitude_m?: number;
  readonly on_ground?: boolean;
  /** Exact, in any case; with `*` at its end, the beginning of one. */
  readonly callsign?: string;
  readonly icao24?: ReadonlySet<string>;
}

export function matches(flight: FlightPayload, filter: FlightFilter): boolean {
  const { bbox, min_altitude_m, max_altitude_m, on_ground, callsign, icao24 } = filter;
  if (icao24 && !icao24.has(flight.icao24)) return false;
  if (bbox && !isInside(flight.position, bbox)) return false;
  if (on_ground !== undefined && flight.on_ground !== on_ground) return false;
  if (min_altitude_m !== undefined && !((flight.altitude_m ?? NaN) >= min_altitude_m)) return false;
  if (max_altitude_m !== undefined && !((flight.altitude_m ?? NaN) <= max_altitude_m)) return false;
  return callsign === undefined || isCalled(flight.callsign ?? "", callsign);
}

/** Whether a position is in a box; one whose western edge lies east of its eastern one crosses the antimeridian. */
export function isInside({ lat, lon }: FlightPayload["position"], box: BoundingBox): boolean {
  if (lat < box.lat_min || lat > box.lat_max) return false;
  if (box.lon_min > box.lon_max) return lon >= box.lon_min || lon <= box.lon_max;
  return lon >= box.lon_min && lon <= box.lon_max;
}

function isCalled(callsign: string, wanted: string): boolean {
  const [have, want] = [callsign.toUpperCase(), wanted.toUpperCase()];
  return want.endsWith("*") ? have.startsWith(want.slice(0, -1)) : have === want;
}
