/** The list's order over the table's columns: addresses, and an object only for what is looked at. */
import type { Flight } from "../contracts/flight.ts";
import { type FlightFilter, isFiltering, matches, type Sort } from "./filters.ts";
import type { ColumnsTable } from "./live/columns_table.ts";

/** Aircraft in the order of the list. One that has left since is in its length, but not there. */
export class Listing {
  constructor(readonly table: ColumnsTable, readonly addresses: Uint32Array) {}

  get length(): number {
    return this.addresses.length;
  }

  at(place: number): Flight | undefined {
    const row = this.table.rowOfAddress(this.addresses[place]);
    return row < 0 ? undefined : this.table.flight(row);
  }

  slice(from: number, to: number): Flight[] {
    return Array.from(
      this.addresses.subarray(from, to),
      (_, i) => this.at(from + i),
    ).filter((flight) => flight !== undefined);
  }

  /** The place of an aircraft, -1 without one. */
  indexOf(icao24: string | undefined): number {
    return icao24 === undefined ? -1 : this.addresses.indexOf(parseInt(icao24, 16));
  }
}

/**
 * The aircraft that pass, in the order asked for: unknown last either way, equals by address so that
 * rows rest. Starting from the order of `before` makes sorting anew cheap: little has changed.
 */
export function list(
  table: ColumnsTable,
  filter: FlightFilter,
  sort: Sort,
  isSeen: ((place: Flight["position"]) => boolean) | undefined,
  before: Listing | undefined,
): Listing {
  const filtering = isFiltering(filter);
  const passes = (row: number) =>
    (!filtering || matches(table.flight(row), filter)) &&
    (!isSeen || isSeen({ lat: table.columns.lat[row]!, lon: table.columns.lon[row]! }));
  const rows: number[] = [];
  const taken = new Uint8Array(table.size);
  for (const address of before?.addresses ?? []) {
    const row = table.rowOfAddress(address);
    if (row < 0) continue;
    taken[row] = 1;
    if (passes(row)) rows.push(row);
  }
  for (let row = 0; row < table.size; row++) if (!taken[row] && passes(row)) rows.push(row);

  const keys = new Float64Array(table.size);
  const key = KEYS[sort.column];
  const sign = sort.descending ? -1 : 1;
  for (const row of rows) {
    const value = key(table, row);
    keys[row] = value === value ? value * sign : Infinity;
  }
  const { icao24 } = table.columns;
  rows.sort((a, b) => {
    const [left, right] = [keys[a]!, keys[b]!];
    if (left !== right) return left < right ? -1 : 1;
    if (sort.column === "callsign") {
      const [one, other] = [table.text("callsign", a) ?? "", table.text("callsign", b) ?? ""];
      if (one !== other) return one < other ? -sign : sign;
    }
    return icao24[a]! - icao24[b]!;
  });
  return new Listing(table, Uint32Array.from(rows, (row) => icao24[row]!));
}

/** What is sorted by, NaN where it is unknown. */
const KEYS: Readonly<Record<Sort["column"], (table: ColumnsTable, row: number) => number>> = {
  callsign: (table, row) => textKey(table.text("callsign", row)),
  altitude({ columns }, row) {
    if (columns.on_ground[row] === 1) return 0;
    const altitudeM = columns.altitude_m[row]!;
    return altitudeM === altitudeM ? altitudeM : columns.geo_altitude_m[row]!;
  },
  speed: ({ columns }, row) => columns.velocity_mps[row]!,
};

const KEY_LENGTH = 8;

/** A number that orders as the first eight characters do; from one that is no capital or digit on, all are equal. */
function textKey(text: string | undefined): number {
  if (text === undefined) return NaN;
  let key = 0;
  let isOdd = false;
  for (let i = 0; i < KEY_LENGTH; i++) {
    const code: number = i < text.length && !isOdd ? text.charCodeAt(i) - 31 : 0;
    isOdd ||= code < 0 || code > 62;
    key = key * 64 + Math.max(0, Math.min(63, code));
  }
  return key;
}
