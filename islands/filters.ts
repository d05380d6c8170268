/** Which aircraft are shown, and in what order: the list and the globe ask the same functions. */
import type { Flight } from "../contracts/flight.ts";
import { HIGHEST_M } from "./altitude_colour.ts";
import { squawkMeaning } from "./format.ts";
import { known } from "./known.ts";
import type { ColumnsTable } from "./live/columns_table.ts";

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

/**
 * Whether the filter lets the aircraft of a row through; undefined where it holds nobody back. What is
 * asked of all is asked of columns: at twenty thousand aircraft an object for each would be the work.
 */
export function passing(
  table: ColumnsTable,
  filter: FlightFilter,
): ((row: number) => boolean) | undefined {
  if (!isFiltering(filter)) return undefined;
  const { where, emergency, airline } = filter;
  const text = squeezed(filter.text);
  const byAltitude = boundsAltitude(filter);
  const bySpeed = boundsSpeed(filter);
  return (row) => {
    const { on_ground, velocity_mps } = table.columns;
    if (where !== "all" && (on_ground[row] === 1) !== (where === "ground")) return false;
    if (byAltitude && !altitudeMatches(altitudeAt(table, row), filter)) return false;
    if (bySpeed && !speedMatches(velocity_mps[row]!, filter)) return false;
    if (airline !== "" && airlineOf(table.text("callsign", row)) !== airline) return false;
    if (emergency && emergencyOf(table.flight(row)) === undefined) return false;
    return text === "" || textMatches(table, row, text);
  };
}

/** Barometric altitude in metres, geometric where that is all we have, 0 on the ground. */
export function shownAltitude(flight: Flight): number | null {
  if (flight.on_ground) return 0;
  return flight.altitude_m ?? flight.geo_altitude_m ?? null;
}

/** The same of a row; NaN where it is unknown. */
export function altitudeAt({ columns }: ColumnsTable, row: number): number {
  if (columns.on_ground[row] === 1) return 0;
  const altitudeM = columns.altitude_m[row]!;
  return altitudeM === altitudeM ? altitudeM : columns.geo_altitude_m[row]!;
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

/** An unknown altitude, NaN, is in no range that somebody asked for. */
function altitudeMatches(altitudeM: number, { lowestM, highestM }: FlightFilter): boolean {
  return altitudeM >= (lowestM > 0 ? lowestM : -Infinity) &&
    altitudeM <= (highestM < HIGHEST_M ? highestM : Infinity);
}

function boundsSpeed({ slowestMps, fastestMps }: FlightFilter): boolean {
  return slowestMps > 0 || fastestMps < FASTEST_MPS;
}

function speedMatches(speedMps: number, { slowestMps, fastestMps }: FlightFilter): boolean {
  return speedMps >= slowestMps && (fastestMps >= FASTEST_MPS || speedMps <= fastestMps);
}

const NAMES = ["callsign", "registration", "aircraft_type"] as const;

function textMatches(table: ColumnsTable, row: number, wanted: string): boolean {
  return squeezed(table.icao24(row)).includes(wanted) ||
    NAMES.some((name) => squeezed(table.text(name, row) ?? "").includes(wanted));
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
