/** The list's order over the table's columns: addresses, and an object only for what is looked at. */
import type { Flight } from "../contracts/flight.ts";
import { altitudeAt, type FlightFilter, passing, type Sort } from "./filters.ts";
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
  const matches = passing(table, filter);
  const passes = (row: number) =>
    (!matches || matches(row)) &&
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

  const { icao24 } = table.columns;
  const compare = order(table, sort);
  rows.sort((a, b) => compare(a, b) || icao24[a]! - icao24[b]!);
  return new Listing(table, Uint32Array.from(rows, (row) => icao24[row]!));
}

/** Compares two rows by what is sorted by. */
function order(
  table: ColumnsTable,
  { column, descending }: Sort,
): (a: number, b: number) => number {
  const sign = descending ? -1 : 1;
  if (column === "callsign") {
    return (a, b) => {
      const [one, other] = [table.text("callsign", a), table.text("callsign", b)];
      if (one === other) return 0;
      if (one === undefined || other === undefined) return one === undefined ? 1 : -1;
      return one < other ? -sign : sign;
    };
  }
  const { velocity_mps } = table.columns;
  const keys = Float64Array.from({ length: table.size }, (_, row) => {
    const value = column === "altitude" ? altitudeAt(table, row) : velocity_mps[row]!;
    return value === value ? value * sign : Infinity;
  });
  return (a, b) => keys[a] === keys[b] ? 0 : keys[a]! < keys[b]! ? -1 : 1;
}
