/** Writes the frames that `columns.ts` reads. */
import {
  COLUMN_TYPES,
  COLUMNS_VERSION,
  type ColumnsFrame,
  type ColumnType,
  DIRECTORY_ENTRY_BYTES,
  FRAME_KINDS,
  HEADER_BYTES,
  MODE_CODES,
  NUMBER_COLUMNS,
  NUMBER_NAMES,
  NUMBER_TYPES,
  type NumberColumn,
  type Numbers,
  readFrame,
  TEXT_COLUMNS,
  TEXT_NAMES,
  type TextColumn,
} from "./columns.ts";
import { FLIGHT_STATUSES, type FlightStatus, type SourceMode } from "./constants.ts";
import type { FlightPayload } from "./flight.ts";
import type { AnomalyMessage, DeltaMessage, ErrorMessage, SnapshotMessage } from "./websocket.ts";

/** What a snapshot or a delta says beside the aircraft. */
export interface FrameHead {
  readonly type: "snapshot" | "delta";
  readonly timestamp_ms: number;
  readonly stream_time_ms: number | undefined;
  readonly mode: SourceMode | undefined;
  readonly replay_ended: boolean;
  readonly sequence: number;
  /** Where a delta is about more than one tick. */
  readonly from_sequence?: number;
}

/** An aircraft to write. */
export interface FrameRow {
  readonly flight: FlightPayload;
  readonly status: FlightStatus;
}

type Value = number | null | undefined;

/** How a column's number is read off an aircraft. */
const READ: Readonly<Record<NumberColumn, (row: FrameRow) => Value>> = {
  icao24: ({ flight }) => parseInt(flight.icao24, 16),
  lat: ({ flight }) => flight.position.lat,
  lon: ({ flight }) => flight.position.lon,
  altitude_m: ({ flight }) => flight.altitude_m,
  geo_altitude_m: ({ flight }) => flight.geo_altitude_m,
  velocity_mps: ({ flight }) => flight.velocity_mps,
  heading_deg: ({ flight }) => roundHeading(flight.heading_deg),
  vertical_rate_mps: ({ flight }) => flight.vertical_rate_mps,
  on_ground: ({ flight }) => Number(flight.on_ground),
  spi: ({ flight }) => Number(flight.spi),
  status: ({ status }) => FLIGHT_STATUSES.indexOf(status),
  squawk: ({ flight }) => flight.squawk ? parseInt(flight.squawk, 8) : undefined,
  time_position_unix: ({ flight }) => flight.time_position_unix,
  last_contact_unix: ({ flight }) => flight.last_contact_unix,
  time_position_ms: ({ flight }) => flight.time_position_ms,
  last_contact_ms: ({ flight }) => flight.last_contact_ms,
  nic: ({ flight }) => flight.nic,
  nac_p: ({ flight }) => flight.nac_p,
  selected_altitude_m: ({ flight }) => flight.selected_altitude_m,
  qnh_hpa: ({ flight }) => flight.qnh_hpa,
  ias_mps: ({ flight }) => flight.ias_mps,
  mach: ({ flight }) => flight.mach,
  roll_deg: ({ flight }) => flight.roll_deg,
  rssi_dbfs: ({ flight }) => flight.rssi_dbfs,
};

const READ_TEXT: Readonly<Record<TextColumn, (row: FrameRow) => string | null | undefined>> = {
  callsign: ({ flight }) => flight.callsign,
  origin_country: ({ flight }) => flight.origin_country,
  category: ({ flight }) => flight.category,
  registration: ({ flight }) => flight.registration,
  aircraft_type: ({ flight }) => flight.aircraft_type,
  position_source: ({ flight }) => flight.position_source,
  emergency: ({ flight }) => flight.emergency,
  provenance: ({ flight }) => flight.provenance,
};

/** What is a little less than 360 would be 360 as a float of 32 bits. */
function roundHeading(deg: Value): Value {
  return typeof deg === "number" && Math.fround(deg) >= 360 ? 0 : deg;
}

const utf8 = new TextEncoder();

interface Column {
  readonly id: number;
  readonly type: ColumnType;
  readonly parts: readonly Uint8Array[];
}

/** A snapshot or delta; a column that is unknown for every aircraft is left out. */
export function writeFrame(
  head: FrameHead,
  rows: readonly FrameRow[],
  removed: readonly string[] = [],
): Uint8Array<ArrayBuffer> {
  const columns: Column[] = [];
  for (const name of NUMBER_NAMES) {
    const column = numberColumn(name, rows);
    if (column) columns.push(column);
  }
  for (const name of TEXT_NAMES) {
    const column = textColumn(name, rows);
    if (column) columns.push(column);
  }
  const removedAt = HEADER_BYTES + columns.length * DIRECTORY_ENTRY_BYTES;
  let size = removedAt + removed.length * 4;
  const offsets = columns.map(({ parts }) => {
    const offset = Math.ceil(size / 8) * 8;
    size = parts.reduce((sum, part) => sum + part.byteLength, offset);
    return offset;
  });
  const frame = new Uint8Array(size);
  const view = new DataView(frame.buffer);
  view.setUint8(0, FRAME_KINDS[head.type]);
  view.setUint8(1, COLUMNS_VERSION);
  view.setUint8(2, MODE_CODES.indexOf(head.mode));
  view.setUint8(3, Number(head.replay_ended));
  view.setUint32(4, head.sequence, true);
  view.setFloat64(8, head.timestamp_ms, true);
  view.setFloat64(16, head.stream_time_ms ?? NaN, true);
  view.setUint32(24, head.from_sequence ?? Math.max(0, head.sequence - 1), true);
  view.setUint32(28, rows.length, true);
  view.setUint32(32, removed.length, true);
  view.setUint16(36, columns.length, true);
  columns.forEach(({ id, type, parts }, i) => {
    const entry = HEADER_BYTES + i * DIRECTORY_ENTRY_BYTES;
    let at = offsets[i]!;
    view.setUint8(entry, id);
    view.setUint8(entry + 1, COLUMN_TYPES[type]);
    view.setUint32(entry + 4, at, true);
    for (const part of parts) {
      frame.set(part, at);
      at += part.byteLength;
    }
  });
  removed.forEach((icao24, i) => view.setUint32(removedAt + i * 4, parseInt(icao24, 16), true));
  return frame;
}

/** A message of the subprotocol `json` as a frame: who reads frames needs no second way. */
export function frameOf(message: SnapshotMessage | DeltaMessage): ColumnsFrame {
  return readFrame(writeMessage(message).buffer) as ColumnsFrame;
}

/** A message of the subprotocol `json`, written as a frame. */
export function writeMessage(message: SnapshotMessage | DeltaMessage): Uint8Array<ArrayBuffer> {
  const { type, timestamp, stream_time, mode, replay_ended, sequence } = message;
  const head: FrameHead = {
    type,
    timestamp_ms: Date.parse(timestamp),
    stream_time_ms: stream_time ? Date.parse(stream_time) : undefined,
    mode: mode ?? undefined,
    replay_ended: replay_ended ?? false,
    sequence,
    from_sequence: type === "delta" ? message.from_sequence : undefined,
  };
  const flights = type === "delta" ? message.upserts : message.flights;
  const rows = flights.map((flight) => ({ flight, status: flight.status }));
  const removed = type === "delta" ? message.removed : [];
  return writeFrame(head, rows, removed);
}

/** An anomaly or an error: the message as in the subprotocol `json`, behind its kind and version. */
export function writeMessageFrame(message: AnomalyMessage | ErrorMessage): Uint8Array<ArrayBuffer> {
  const text = utf8.encode(JSON.stringify(message));
  const frame = new Uint8Array(2 + text.length);
  frame.set([FRAME_KINDS[message.type], COLUMNS_VERSION]);
  frame.set(text, 2);
  return frame;
}

function numberColumn(name: NumberColumn, rows: readonly FrameRow[]): Column | undefined {
  const [id, type] = NUMBER_COLUMNS[name];
  const { array, unknown } = NUMBER_TYPES[type];
  const read = READ[name];
  let values: Numbers | undefined;
  for (let row = 0; row < rows.length; row++) {
    const value = read(rows[row]!);
    if (value === null || value === undefined) continue;
    values ??= new array(rows.length).fill(unknown);
    values[row] = value;
  }
  return values && { id, type, parts: [bytesOf(values)] };
}

function textColumn(name: TextColumn, rows: readonly FrameRow[]): Column | undefined {
  const read = READ_TEXT[name];
  if (!rows.some((row) => read(row))) return undefined;
  const ends = new Uint32Array(rows.length);
  let all = "";
  let bytes = 0;
  rows.forEach((row, i) => {
    const text = read(row) ?? "";
    all += text;
    bytes += bytesIn(text);
    ends[i] = bytes;
  });
  return { id: TEXT_COLUMNS[name], type: "utf8", parts: [bytesOf(ends), utf8.encode(all)] };
}

/** How long it is in UTF-8. Nearly every text is ASCII: those are not encoded one by one. */
function bytesIn(text: string): number {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 127) return utf8.encode(text).length;
  }
  return text.length;
}

function bytesOf({ buffer, byteOffset, byteLength }: Numbers): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
