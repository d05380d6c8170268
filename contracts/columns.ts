/**
 * Frames of the subprotocol `columns`: the numbers of all aircraft side by side, so that a reader has
 * typed arrays without an object per aircraft. docs/websocket.md has the layout, byte by byte.
 */
import { FLIGHT_STATUSES, type SourceMode } from "./constants.ts";
import type { Flight, FlightPayload } from "./flight.ts";
import type { AnomalyMessage, DeltaMessage, ErrorMessage, SnapshotMessage } from "./websocket.ts";

export const COLUMNS_VERSION = 1;
/** Before the directory of columns. */
export const HEADER_BYTES = 40;
export const DIRECTORY_ENTRY_BYTES = 8;
export const FRAME_KINDS = { snapshot: 1, delta: 2, anomaly: 3, error: 4 } as const;
/** `mode` of a header; 0 is unknown. */
export const MODE_CODES: readonly (SourceMode | undefined)[] = [undefined, "live", "replay"];

export const COLUMN_TYPES = { f64: 1, f32: 2, u32: 3, u8: 4, utf8: 5 } as const;
export type ColumnType = keyof typeof COLUMN_TYPES;
type NumberType = Exclude<ColumnType, "utf8">;

/** What an array of a type is made of, and how it says "unknown". */
export const NUMBER_TYPES = {
  f64: { array: Float64Array, unknown: NaN },
  f32: { array: Float32Array, unknown: NaN },
  u32: { array: Uint32Array, unknown: 0xffff_ffff },
  u8: { array: Uint8Array, unknown: 0xff },
} as const;

/** Every column of numbers with its id and type. */
export const NUMBER_COLUMNS = {
  icao24: [1, "u32"],
  lat: [2, "f64"],
  lon: [3, "f64"],
  altitude_m: [4, "f32"],
  geo_altitude_m: [5, "f32"],
  velocity_mps: [6, "f32"],
  heading_deg: [7, "f32"],
  vertical_rate_mps: [8, "f32"],
  /** 0 or 1. */
  on_ground: [9, "u8"],
  /** 0 or 1. */
  spi: [10, "u8"],
  /** Its place in FLIGHT_STATUSES. */
  status: [11, "u8"],
  /** The number that the four octal digits spell. */
  squawk: [12, "u32"],
  time_position_unix: [13, "u32"],
  last_contact_unix: [14, "u32"],
  time_position_ms: [15, "f64"],
  last_contact_ms: [16, "f64"],
  nic: [17, "f32"],
  nac_p: [18, "f32"],
  selected_altitude_m: [19, "f32"],
  qnh_hpa: [20, "f32"],
  ias_mps: [21, "f32"],
  mach: [22, "f32"],
  roll_deg: [23, "f32"],
  rssi_dbfs: [24, "f32"],
} as const satisfies Record<string, readonly [id: number, type: NumberType]>;

/** Every column of text with its id: UTF-8, and empty where it is unknown. */
export const TEXT_COLUMNS = {
  callsign: 32,
  origin_country: 33,
  category: 34,
  registration: 35,
  aircraft_type: 36,
  position_source: 37,
  emergency: 38,
  provenance: 39,
} as const;

export type NumberColumn = keyof typeof NUMBER_COLUMNS;
export type TextColumn = keyof typeof TEXT_COLUMNS;
export const NUMBER_NAMES = Object.keys(NUMBER_COLUMNS) as NumberColumn[];
export const TEXT_NAMES = Object.keys(TEXT_COLUMNS) as TextColumn[];

/** Without these there is no aircraft. */
const REQUIRED = ["icao24", "lat", "lon", "on_ground", "status", "last_contact_unix"] as const;

export type Numbers = Float64Array | Float32Array | Uint32Array | Uint8Array;

/** A column of text: `ends[i]` is where text i ends in `bytes`, and the next one begins. */
export interface Texts {
  readonly ends: Uint32Array;
  readonly bytes: Uint8Array;
}

/** A snapshot or a delta as it came: views into the frame's own bytes, nothing is copied. */
export interface ColumnsFrame {
  readonly type: "snapshot" | "delta";
  readonly timestamp_ms: number;
  readonly stream_time_ms: number | undefined;
  readonly mode: SourceMode | undefined;
  readonly replay_ended: boolean;
  readonly sequence: number;
  readonly from_sequence: number;
  /** How many aircraft; a column that is not there is unknown for all of them. */
  readonly count: number;
  readonly removed: Uint32Array;
  readonly numbers: Readonly<Partial<Record<NumberColumn, Numbers>>>;
  readonly texts: Readonly<Partial<Record<TextColumn, Texts>>>;
}

const NUMBER_BY_ID = new Map(NUMBER_NAMES.map((name) => [NUMBER_COLUMNS[name][0] as number, name]));
const TEXT_BY_ID = new Map(TEXT_NAMES.map((name) => [TEXT_COLUMNS[name] as number, name]));

/**
 * What a frame says. Columns that this reader does not know are passed over; the values themselves
 * are not checked. The numbers are little-endian, as is every machine that browsers run on.
 * @throws Error saying what does not fit, where it is no frame of this version
 */
export function readFrame(frame: ArrayBuffer): ColumnsFrame | AnomalyMessage | ErrorMessage {
  const view = new DataView(frame);
  if (frame.byteLength < 2) throw new Error(`A frame of ${frame.byteLength} bytes`);
  const kind = view.getUint8(0);
  const version = view.getUint8(1);
  if (version !== COLUMNS_VERSION) throw new Error(`A frame of version ${version}`);
  if (kind === FRAME_KINDS.anomaly || kind === FRAME_KINDS.error) {
    return JSON.parse(new TextDecoder().decode(new Uint8Array(frame, 2)));
  }
  if (kind !== FRAME_KINDS.snapshot && kind !== FRAME_KINDS.delta) {
    throw new Error(`A frame of kind ${kind}`);
  }
  if (frame.byteLength < HEADER_BYTES) throw new Error(`A header of ${frame.byteLength} bytes`);
  const streamMs = view.getFloat64(16, true);
  const count = view.getUint32(28, true);
  const removedCount = view.getUint32(32, true);
  const columns = view.getUint16(36, true);
  const removedAt = HEADER_BYTES + columns * DIRECTORY_ENTRY_BYTES;
  const numbers: Partial<Record<NumberColumn, Numbers>> = {};
  const texts: Partial<Record<TextColumn, Texts>> = {};
  for (let at = HEADER_BYTES; at < removedAt; at += DIRECTORY_ENTRY_BYTES) {
    if (at + DIRECTORY_ENTRY_BYTES > frame.byteLength) throw new Error("The directory is cut off");
    const id = view.getUint8(at);
    const type = view.getUint8(at + 1);
    const offset = view.getUint32(at + 4, true);
    const number = NUMBER_BY_ID.get(id);
    const text = TEXT_BY_ID.get(id);
    if (number) {
      const wanted = NUMBER_COLUMNS[number][1];
      if (type !== COLUMN_TYPES[wanted]) throw new Error(`${number} is of type ${type}`);
      numbers[number] = new NUMBER_TYPES[wanted].array(frame, offset, count);
    } else if (text) {
      if (type !== COLUMN_TYPES.utf8) throw new Error(`${text} is of type ${type}`);
      texts[text] = readTexts(frame, offset, count, text);
    }
  }
  if (count > 0) {
    for (const name of REQUIRED) if (!numbers[name]) throw new Error(`${name} is missing`);
  }
  return {
    type: kind === FRAME_KINDS.snapshot ? "snapshot" : "delta",
    timestamp_ms: view.getFloat64(8, true),
    stream_time_ms: Number.isNaN(streamMs) ? undefined : streamMs,
    mode: MODE_CODES[view.getUint8(2)],
    replay_ended: view.getUint8(3) === 1,
    sequence: view.getUint32(4, true),
    from_sequence: view.getUint32(24, true),
    count,
    removed: new Uint32Array(frame, removedAt, removedCount),
    numbers,
    texts,
  };
}

function readTexts(frame: ArrayBuffer, offset: number, count: number, name: TextColumn): Texts {
  const ends = new Uint32Array(frame, offset, count);
  let before = 0;
  for (const end of ends) {
    if (end < before) throw new Error(`${name} has a text of negative length`);
    before = end;
  }
  return { ends, bytes: new Uint8Array(frame, offset + ends.byteLength, before) };
}

/** Columns of numbers and text, wherever they are kept: in a frame, or in a table. */
export interface FlightColumns {
  number(name: NumberColumn, row: number): number | undefined;
  text(name: TextColumn, row: number): string | undefined;
}

/** A frame's values by row, undefined for what is unknown. */
export function columnsOf({ numbers, texts }: ColumnsFrame): FlightColumns {
  const utf8 = new TextDecoder();
  return {
    number: (name, row) => knownNumber(name, numbers[name]?.[row]),
    text(name, row) {
      const column = texts[name];
      if (!column) return undefined;
      const from = row === 0 ? 0 : column.ends[row - 1]!;
      return utf8.decode(column.bytes.subarray(from, column.ends[row])) || undefined;
    },
  };
}

/** The value, or undefined where it says that there is none. */
export function knownNumber(name: NumberColumn, value: number | undefined): number | undefined {
  if (value === undefined || value === NUMBER_TYPES[NUMBER_COLUMNS[name][1]].unknown) {
    return undefined;
  }
  return Number.isFinite(value) ? value : undefined;
}

/** The address in its six hex digits. */
export function icao24Text(address: number): string {
  return address.toString(16).padStart(6, "0");
}

/** One aircraft as the other subprotocols have it; what is unknown is left out. */
export function flightOf(columns: FlightColumns, row: number): Flight {
  const flight: Record<string, unknown> = {
    icao24: icao24Text(columns.number("icao24", row)!),
    position: { lat: columns.number("lat", row), lon: columns.number("lon", row) },
    on_ground: columns.number("on_ground", row) === 1,
    spi: columns.number("spi", row) === 1,
    status: FLIGHT_STATUSES[columns.number("status", row) ?? 0] ?? "NORMAL",
  };
  const squawk = columns.number("squawk", row);
  if (squawk !== undefined) flight.squawk = squawk.toString(8).padStart(4, "0");
  for (const name of PLAIN_NUMBERS) {
    const value = columns.number(name, row);
    if (value !== undefined) flight[name] = value;
  }
  for (const name of TEXT_NAMES) {
    const value = columns.text(name, row);
    if (value !== undefined) flight[name] = value;
  }
  return flight as Flight;
}

/** Those that a flight has under the same name, as a number. */
const PLAIN_NUMBERS = NUMBER_NAMES.filter((name): name is NumberColumn & keyof FlightPayload =>
  !["icao24", "lat", "lon", "on_ground", "spi", "status", "squawk"].includes(name)
);

/** A frame as the message that it is in the subprotocol `json`; what is unknown is left out. */
export function messageOf(frame: ColumnsFrame): SnapshotMessage | DeltaMessage {
  const { type, sequence, from_sequence, count, removed } = frame;
  const columns = columnsOf(frame);
  const flights = Array.from({ length: count }, (_, row) => flightOf(columns, row));
  const clock = {
    timestamp: new Date(frame.timestamp_ms).toISOString(),
    ...frame.stream_time_ms !== undefined &&
      { stream_time: new Date(frame.stream_time_ms).toISOString() },
    ...frame.mode && { mode: frame.mode },
    ...frame.replay_ended && { replay_ended: true },
  };
  if (type === "snapshot") return { type, ...clock, sequence, flights };
  const from = from_sequence === sequence - 1 ? {} : { from_sequence };
  return {
    type,
    ...clock,
    sequence,
    ...from,
    upserts: flights,
    removed: Array.from(removed, icao24Text),
  };
}
