/** Which aircraft are shown, and in what order: the list and the globe ask the same functions. */
import type { Flight } from "../contracts/flight.ts";
import { HIGHEST_M } from "./altitude_colour.ts";
import { squawkMeaning } from "./format.ts";
import { known } from "./known.ts";

export interface FlightFilter {
  /** A part of a callsign, address, registration or type; empty lets all through. */
  readonly text: string;
  readonly where: "all" | "airborne" | "ground";
  /** Only those that say they are in an emergency. */
  readonly emergency: boolean;
  /** The three letters an operator's callsigns begin with; empty lets all through. */
  readonly airline: string;
  /** Metres. At 0 there is no lower bound. */
  readonly lowestM: number;
  /** Metres. At HIGHEST_M there is no upper bound. */
  readonly highestM: number;
  /** Metres a second over ground. At 0 there is no lower bound. */
  readonly slowestMps: number;
  /** Metres a second. At FASTEST_MPS there is no upper bound. */
  readonly fastestMps: number;
}

/** Where the range of speeds ends: 600 kt. */
export const FASTEST_MPS = 308.6667;

export const NO_FILTER: FlightFilter = {
  text: "",
  where: "all",
  emergency: false,
  airline: "",
  lowestM: 0,
  highestM: HIGHEST_M,
  slowestMps: 0,
  fastestMps: FASTEST_MPS,
};

/** Whether anything is held back. */
export function isFiltering(filter: FlightFilter): boolean {
  return filter.text.trim() !== "" || filter.where !== "all" || filter.emergency ||
    filter.airline !== "" || boundsAltitude(filter) || boundsSpeed(filter);
}

/** Whether the filter lets this aircraft through. */
export function matches(flight: Flight, filter: FlightFilter): boolean {
  if (filter.where !== "all" && flight.on_ground !== (filter.where === "ground")) return false;
  if (filter.emergency && emergencyOf(flight) === undefined) return false;
  if (filter.airline !== "" && airlineOf(flight.callsign) !== filter.airline) return false;
  return altitudeMatches(flight, filter) && speedMatches(flight, filter) &&
    textMatches(flight, filter.text);
}

/** Barometric altitude in metres, geometric where that is all we have, 0 on the ground. */
export function shownAltitude(flight: Flight): number | null {
  if (flight.on_ground) return 0;
  return flight.altitude_m ?? flight.geo_altitude_m ?? null;
}

/** What a squawk or the aircraft's own word says of an emergency; undefined where all is well. */
export function emergencyOf({ squawk, emergency }: Flight): string | undefined {
  return squawkMeaning(squawk) ??
    (known(emergency) && emergency !== "none" && emergency !== "" ? emergency : undefined);
}

/** The operator's three letters: `AFR` of `AFR1234`; undefined where the callsign has none. */
export function airlineOf(callsign: string | null | undefined): string | undefined {
  return /^([A-Z]{3})\d/.exec(callsign ?? "")?.[1];
}

/** Whether altitudes are held back. */
export function boundsAltitude({ lowestM, highestM }: FlightFilter): boolean {
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

function boundsSpeed({ slowestMps, fastestMps }: FlightFilter): boolean {
  return slowestMps > 0 || fastestMps < FASTEST_MPS;
}

function speedMatches({ velocity_mps: speedMps }: Flight, filter: FlightFilter): boolean {
  if (!boundsSpeed(filter)) return true;
  return known(speedMps) && speedMps >= filter.slowestMps &&
    (filter.fastestMps >= FASTEST_MPS || speedMps <= filter.fastestMps);
}

function textMatches(flight: Flight, text: string): boolean {
  const wanted = squeezed(text);
  if (wanted === "") return true;
  return [flight.callsign, flight.icao24, flight.registration, flight.aircraft_type]
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
