/**
 * The aircraft as the hub sees them, in typed columns: a row each, and no object unless somebody asks
 * for one. Rows have no order, and the last one takes the place of one that goes.
 */
import {
  type ColumnsFrame,
  type FlightColumns,
  flightOf,
  icao24Text,
  knownNumber,
  NUMBER_COLUMNS,
  NUMBER_NAMES,
  NUMBER_TYPES,
  type NumberColumn,
  type Numbers,
  TEXT_NAMES,
  type TextColumn,
  type Texts,
} from "../../contracts/columns.ts";
import { frameOf } from "../../contracts/columns_writer.ts";
import type { Flight } from "../../contracts/flight.ts";
import type { DeltaMessage, SnapshotMessage } from "../../contracts/websocket.ts";

/** What a listener is told: everything may be another, or what is in these rows is. */
export type TableChange =
  | { readonly kind: "snapshot" }
  | {
    readonly kind: "delta";
    /** Rows that were written, or that another aircraft has now; good until the listener returns. */
    readonly rows: Int32Array;
  };

const FIRST_CAPACITY = 1024;
const HIGHEST_ADDRESS = 0xff_ffff;
/** Of a row in a frame that is no aircraft. */
const DROPPED = -1;

export class ColumnsTable implements FlightColumns {
  /** Objects by address, made when they are asked for. */
  readonly flights: Flights = new Flights(this);
  /** How many rows hold an aircraft: they are the first ones. */
  size = 0;
  #numbers = newNumbers(FIRST_CAPACITY);
  readonly #texts = Object.fromEntries(TEXT_NAMES.map((name) => [name, []])) as unknown as Record<
    TextColumn,
    (string | undefined)[]
  >;
  /** Columns that had a value once; the others are unknown in every row. */
  readonly #everKnown = new Set<NumberColumn | TextColumn>();
  readonly #rowOf = new Map<number, number>();
  /** Objects that were asked for, until their row changes. */
  readonly #objects: (Flight | undefined)[] = [];
  #sequence: number | undefined;
  #touched = new Int32Array(FIRST_CAPACITY);
  #touchedCount = 0;
  /** Where each row of the frame goes. */
  #targets = new Int32Array(FIRST_CAPACITY);
  readonly #listeners = new Set<(change: TableChange) => void>();
  readonly #onDropped: (why: string) => void;

  /** `onDropped` is told of what is in a frame and cannot be. */
  constructor(onDropped: (why: string) => void = () => {}) {
    this.#onDropped = onDropped;
  }

  /** The columns as they are kept: only the first `size` values mean something, and only until the next change. */
  get columns(): Readonly<Record<NumberColumn, Numbers>> {
    return this.#numbers;
  }

  number(name: NumberColumn, row: number): number | undefined {
    return knownNumber(name, this.#numbers[name][row]);
  }

  text(name: TextColumn, row: number): string | undefined {
    return this.#texts[name][row];
  }

  /** The row of an aircraft, -1 without one. */
  rowOf(icao24: string | undefined): number {
    return icao24 === undefined ? -1 : this.rowOfAddress(parseInt(icao24, 16));
  }

  rowOfAddress(address: number | undefined): number {
    return address === undefined ? -1 : this.#rowOf.get(address) ?? -1;
  }

  icao24(row: number): string {
    return icao24Text(this.#numbers.icao24[row]!);
  }

  /** The aircraft of a row as an object: the same one until it changes. */
  flight(row: number): Flight {
    return this.#objects[row] ??= flightOf(this, row);
  }

  /** Takes a frame in; a delta with something missing before it changes nothing until a snapshot. */
  apply(frame: ColumnsFrame): "applied" | "old" | "gap" {
    if (frame.type === "delta") {
      if (this.#sequence === undefined) return "gap";
      if (frame.sequence <= this.#sequence) return "old";
      if (frame.from_sequence > this.#sequence) return "gap";
    }
    this.#sequence = frame.sequence;
    this.#touchedCount = 0;
    for (let i = 0; i < frame.removed.length; i++) this.#remove(frame.removed[i]!);
    this.#put(frame);
    if (frame.type === "snapshot") {
      this.#keepOnly(frame);
      this.#tell({ kind: "snapshot" });
    } else if (frame.count > 0 || frame.removed.length > 0) {
      this.#tell({ kind: "delta", rows: this.#touched.subarray(0, this.#touchedCount) });
    }
    return "applied";
  }

  applySnapshot(message: SnapshotMessage) {
    this.apply(frameOf(message));
  }

  applyDelta(message: DeltaMessage): "applied" | "old" | "gap" {
    return this.apply(frameOf(message));
  }

  /** Makes deltas wait for a snapshot: a new connection may be to a hub that counts from elsewhere. */
  expectSnapshot() {
    this.#sequence = undefined;
  }

  /** Tells `listener` of every change, until the returned function is called. */
  subscribe(listener: (change: TableChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #put(frame: ColumnsFrame) {
    const { count, numbers, texts } = frame;
    if (count === 0) return;
    this.#reserve(this.size + count);
    this.#place(frame);
    for (const name of NUMBER_NAMES) {
      const from = numbers[name];
      const to = this.#numbers[name];
      if (from) {
        this.#everKnown.add(name);
        scatter(from, to, this.#targets, count);
      } else if (this.#everKnown.has(name)) {
        scatterUnknown(NUMBER_TYPES[NUMBER_COLUMNS[name][1]].unknown, to, this.#targets, count);
      }
    }
    for (const name of TEXT_NAMES) {
      if (texts[name]) this.#everKnown.add(name);
      else if (!this.#everKnown.has(name)) continue;
      scatterTexts(texts[name], this.#texts[name], this.#targets, count);
    }
  }

  /** Finds a row for each aircraft of the frame. */
  #place({ count, numbers }: ColumnsFrame) {
    const addresses = numbers.icao24!;
    const [lats, lons] = [numbers.lat!, numbers.lon!];
    for (let i = 0; i < count; i++) {
      const address = addresses[i]!;
      const [lat, lon] = [lats[i]!, lons[i]!];
      // Written so that NaN fails too.
      if (!(Math.abs(lat) <= 90 && Math.abs(lon) <= 180) || address > HIGHEST_ADDRESS) {
        this.#targets[i] = DROPPED;
        this.#onDropped(`an aircraft ${address.toString(16)} at ${lat}, ${lon}`);
        continue;
      }
      let row = this.#rowOf.get(address);
      if (row === undefined) this.#rowOf.set(address, row = this.size++);
      this.#targets[i] = row;
      this.#touch(row);
    }
  }

  #remove(address: number) {
    const row = this.#rowOf.get(address);
    if (row === undefined) return;
    this.#rowOf.delete(address);
    const last = --this.size;
    if (row !== last) {
      for (const name of NUMBER_NAMES) this.#numbers[name][row] = this.#numbers[name][last]!;
      for (const name of TEXT_NAMES) this.#texts[name][row] = this.#texts[name][last];
      this.#rowOf.set(this.#numbers.icao24[row]!, row);
      this.#touch(row);
    }
    for (const name of TEXT_NAMES) this.#texts[name][last] = undefined;
    this.#objects[last] = undefined;
  }

  /** Lets go of all that a snapshot does not have. */
  #keepOnly({ count, numbers }: ColumnsFrame) {
    const wanted = new Set<number>();
    for (let i = 0; i < count; i++) {
      if (this.#targets[i] !== DROPPED) wanted.add(numbers.icao24![i]!);
    }
    for (const address of [...this.#rowOf.keys()]) if (!wanted.has(address)) this.#remove(address);
  }

  #touch(row: number) {
    this.#objects[row] = undefined;
    if (this.#touchedCount === this.#touched.length) {
      this.#touched = grown(this.#touched, 2 * this.#touchedCount);
    }
    this.#touched[this.#touchedCount++] = row;
  }

  #reserve(rows: number) {
    const capacity = this.#numbers.icao24.length;
    if (rows > this.#targets.length) this.#targets = new Int32Array(2 * rows);
    if (rows <= capacity) return;
    const larger = newNumbers(Math.max(rows, 2 * capacity));
    for (const name of NUMBER_NAMES) larger[name].set(this.#numbers[name]);
    this.#numbers = larger;
  }

  #tell(change: TableChange) {
    for (const listener of this.#listeners) listener(change);
  }
}

/** The table as a map from address to aircraft. */
class Flights {
  constructor(readonly table: ColumnsTable) {}

  get size(): number {
    return this.table.size;
  }

  has(icao24: string): boolean {
    return this.table.rowOf(icao24) >= 0;
  }

  get(icao24: string): Flight | undefined {
    const row = this.table.rowOf(icao24);
    return row < 0 ? undefined : this.table.flight(row);
  }

  *keys(): Generator<string> {
    for (let row = 0; row < this.table.size; row++) yield this.table.icao24(row);
  }

  *values(): Generator<Flight> {
    for (let row = 0; row < this.table.size; row++) yield this.table.flight(row);
  }
}

function newNumbers(capacity: number): Record<NumberColumn, Numbers> {
  return Object.fromEntries(
    NUMBER_NAMES.map((name) => {
      const { array, unknown } = NUMBER_TYPES[NUMBER_COLUMNS[name][1]];
      return [name, new array(capacity).fill(unknown)];
    }),
  ) as Record<NumberColumn, Numbers>;
}

function grown(array: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
}

function scatter(from: Numbers, to: Numbers, targets: Int32Array, count: number) {
  for (let i = 0; i < count; i++) {
    const row = targets[i]!;
    if (row !== DROPPED) to[row] = from[i]!;
  }
}

function scatterUnknown(unknown: number, to: Numbers, targets: Int32Array, count: number) {
  for (let i = 0; i < count; i++) {
    const row = targets[i]!;
    if (row !== DROPPED) to[row] = unknown;
  }
}

const utf8 = new TextDecoder();

/** A text that is what it was is not made again: most of a delta's are. */
function scatterTexts(
  from: Texts | undefined,
  to: (string | undefined)[],
  targets: Int32Array,
  count: number,
) {
  let start = 0;
  for (let i = 0; i < count; i++) {
    const end = from ? from.ends[i]! : 0;
    const row = targets[i]!;
    if (row !== DROPPED) {
      if (end === start) to[row] = undefined;
      else if (!isSame(from!.bytes, start, end, to[row])) {
        to[row] = utf8.decode(from!.bytes.subarray(start, end));
      }
    }
    start = end;
  }
}

/** Whether the bytes spell this text in ASCII. */
function isSame(bytes: Uint8Array, start: number, end: number, text: string | undefined): boolean {
  if (text === undefined || text.length !== end - start) return false;
  for (let i = start; i < end; i++) {
    if (bytes[i] !== text.charCodeAt(i - start)) return false;
  }
  return true;
}
