/**
 * Records as one run of bytes, the form in which they cross between workers: transferred, not cloned.
 *
 * A record is a 24-byte header (offset and timestamp in ms as float64, lengths of key and value as
 * int32, -1 for null; little endian), the key in UTF-8, the value.
 */
import type { BusRecord, OutRecord } from "./bus.ts";

const HEADER_BYTES = 24;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** One record after the other; offsets are the log's to give, so they are 0 here. */
export function pack(records: readonly OutRecord[], timestampMs: number): Uint8Array<ArrayBuffer> {
  let most = 0;
  // A UTF-16 unit takes at most three bytes in UTF-8.
  for (const { key, value } of records) {
    most += HEADER_BYTES + (key?.length ?? 0) * 3 + (value?.length ?? 0);
  }
  const bytes = new Uint8Array(most);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { key, value } of records) {
    let end = at + HEADER_BYTES;
    const keyBytes = key === null ? -1 : encoder.encodeInto(key, bytes.subarray(end)).written;
    end += Math.max(keyBytes, 0);
    if (value !== null) bytes.set(value, end);
    end += value?.length ?? 0;
    view.setFloat64(at, 0, true);
    view.setFloat64(at + 8, timestampMs, true);
    view.setInt32(at + 16, keyBytes, true);
    view.setInt32(at + 20, value === null ? -1 : value.length, true);
    at = end;
  }
  return bytes.subarray(0, at);
}

/** The records, their values as views into `bytes`. */
export function unpack(bytes: Uint8Array): BusRecord[] {
  const records: BusRecord[] = [];
  for (let at = 0; at < bytes.length;) {
    const header = readHeader(bytes, at);
    const keyEnd = at + HEADER_BYTES + Math.max(header.keyBytes, 0);
    records.push({
      offset: header.offset,
      timestampMs: header.timestampMs,
      key: header.keyBytes < 0 ? null : decodeKey(bytes, at + HEADER_BYTES, keyEnd),
      value: header.valueBytes < 0 ? null : bytes.subarray(keyEnd, header.end),
    });
    at = header.end;
  }
  return records;
}

export interface PackedHeader {
  readonly offset: number;
  readonly timestampMs: number;
  readonly keyBytes: number;
  readonly valueBytes: number;
  /** Where the next record begins. */
  readonly end: number;
}

export function readHeader(bytes: Uint8Array, at: number): PackedHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER_BYTES);
  const keyBytes = view.getInt32(16, true);
  const valueBytes = view.getInt32(20, true);
  return {
    offset: view.getFloat64(0, true),
    timestampMs: view.getFloat64(8, true),
    keyBytes,
    valueBytes,
    end: at + HEADER_BYTES + Math.max(keyBytes, 0) + Math.max(valueBytes, 0),
  };
}

export function keyAt(bytes: Uint8Array, at: number, header: PackedHeader): string | null {
  const start = at + HEADER_BYTES;
  return header.keyBytes < 0 ? null : decodeKey(bytes, start, start + header.keyBytes);
}

/** Numbers the records from `offset` on, in place, and says how many there are. */
export function stampOffsets(bytes: Uint8Array, offset: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let count = 0;
  for (let at = 0; at < bytes.length; count++) {
    view.setFloat64(at, offset + count, true);
    at += HEADER_BYTES + Math.max(view.getInt32(at + 16, true), 0) +
      Math.max(view.getInt32(at + 20, true), 0);
  }
  return count;
}

/** Keys are mostly six ASCII characters, for which this is faster than a TextDecoder. */
function decodeKey(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > 16) return decoder.decode(bytes.subarray(start, end));
  let key = "";
  for (let at = start; at < end; at++) {
    if (bytes[at]! > 127) return decoder.decode(bytes.subarray(start, end));
    key += String.fromCharCode(bytes[at]!);
  }
  return key;
}
