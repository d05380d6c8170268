/** Which aircraft are shown, and in what order: the list and the globe ask the same functions. */
import type { Flight } from "../contracts/flight.ts";
import { HIGHEST_M } from "./altitude_colour.ts";
import { known } from "./known.ts";

export interface FlightFilter {
  /** A part of a callsign, address or registration; empty lets all through. */
  readonly text: string;
  readonly where: "all" | "airborne" | "ground";
  /** Metres. At 0 there is no lower bound. */
  readonly lowestM: number;
  /** Metres. At HIGHEST_M there is no upper bound. */
  readonly highestM: number;
}

export const NO_FILTER: FlightFilter = {
  text: "",
  where: "all",
  lowestM: 0,
  highestM: HIGHEST_M,
};

/** Whether anything is held back. */
export function isFiltering(filter: FlightFilter): boolean {
  return filter.text.trim() !== "" || filter.where !== "all" || boundsAltitude(filter);
}

/** Whether the filter lets this aircraft through. */
export function matches(flight: Flight, filter: FlightFilter): boolean {
  if (filter.where !== "all" && flight.on_ground !== (filter.where === "ground")) return false;
  return altitudeMatches(flight, filter) && textMatches(flight, filter.text);
}

/** Barometric altitude in metres, geometric where that is all we have, 0 on the ground. */
export function shownAltitude(flight: Flight): number | null {
  if (flight.on_ground) return 0;
  return flight.altitude_m ?? flight.geo_altitude_m ?? null;
}

function boundsAltitude({ lowestM, highestM }: FlightFilter): boolean {
  return lowestM > 0 || highestM < HIGHEST_M;
}

/** An unknown altitude is in no range that somebody asked for. */
function altitudeMatches(flight: Flight, filter: FlightFilter): boolean {
  if (!boundsAltitude(filter)) return true;
  const altitudeM = shownAltitude(flight);
  return altitudeM !== null &&
    (filter.lowestM <= 0 || altitudeM >= filter.lowestM) &&
    (filter.highestM >= HIGHEST_M || altitudeM <= filter.highestM);
}

function textMatches(flight: Flight, text: string): boolean {
  const wanted = squeezed(text);
  if (wanted === "") return true;
  return [flight.callsign, flight.icao24, flight.registration]
    .some((name) => known(name) && squeezed(name).includes(wanted));
}

/** So that `af 123`, `AF123` and `F-GKXA`, `fgkxa` find the same. */
function squeezed(text: string): string {
  return text.replace(/[\s-]/g, "").toUpperCase();
}

export type SortColumn = "callsign" | "altitude" | "speed";

export interface Sort {
  readonly column: SortColumn;
  readonly descending: boolean;
}

/** The flights in the order asked for: unknown last either way, equals by address so that rows rest. */
export function sorted(flights: readonly Flight[], sort: Sort): Flight[] {
  const key = SORT_KEYS[sort.column];
  const sign = sort.descending ? -1 : 1;
  return flights.toSorted((a, b) => {
    const [left, right] = [key(a), key(b)];
    if (left === right) return a.icao24 < b.icao24 ? -1 : 1;
    if (left === null) return 1;
    if (right === null) return -1;
    return left < right ? -sign : sign;
  });
}

const SORT_KEYS: Readonly<Record<SortColumn, (flight: Flight) => string | number | null>> = {
  callsign: (flight) => flight.callsign ?? null,
  altitude: shownAltitude,
  speed: (flight) => flight.velocity_mps ?? null,
};
