/** One partition of the embedded log: packed records in segments, bounded in bytes. */
import { keyAt, type PackedHeader, readHeader, stampOffsets } from "./packed.ts";

export interface LogLimits {
  readonly compacted: boolean;
  /** The most bytes to keep; the oldest segment goes when there are more. */
  readonly maxBytes: number;
  readonly segmentBytes: number;
}

interface Segment {
  bytes: Uint8Array<ArrayBuffer>;
  used: number;
  readonly firstOffset: number;
}

interface Located {
  readonly segment: Segment;
  readonly at: number;
  readonly header: PackedHeader;
  readonly key: string | null;
}

export interface Fetched {
  /** Packed records, a copy that may be transferred. */
  readonly packed: Uint8Array<ArrayBuffer>;
  /** The offset to go on from. */
  readonly nextOffset: number;
  readonly missed: number;
}

export class PartitionLog {
  /** The offset that the next record will get. */
  endOffset = 0;
  /** Behind the last record still held: compaction may have taken those at the end. */
  lastOffset = 0;
  /** What lies before was dropped. */
  startOffset = 0;
  readonly #limits: LogLimits;
  #segments: Segment[] = [];
  #bytes = 0;
  /** Tombstones from before this offset have been seen by one compaction: the next one drops them. */
  #compactedTo = 0;
  #bytesAfterCompaction = 0;

  constructor(limits: LogLimits) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** About how many bytes there are from `offset` on: whole segments. */
  bytesFrom(offset: number): number {
    let bytes = 0;
    for (let index = this.#segments.length - 1; index >= 0; index--) {
      bytes += this.#segments[index]!.used;
      if (this.#segments[index]!.firstOffset <= offset) break;
    }
    return bytes;
  }

  /** Numbers the records and keeps a copy of them. */
  append(packed: Uint8Array): void {
    const count = stampOffsets(packed, this.endOffset);
    let tail = this.#segments.at(-1);
    if (!tail || tail.bytes.length - tail.used < packed.length) {
      const size = Math.max(this.#limits.segmentBytes, packed.length);
      tail = { bytes: new Uint8Array(size), used: 0, firstOffset: this.endOffset };
      this.#segments.push(tail);
    }
    tail.bytes.set(packed, tail.used);
    tail.used += packed.length;
    this.#bytes += packed.length;
    this.lastOffset = this.endOffset += count;
    if (this.#limits.compacted) this.#compactWhenGrown();
    else this.dropOldest(this.#limits.maxBytes);
  }

  /** Up to about `maxBytes` of records from `offset` on, at least one; undefined when there is none. */
  fetch(offset: number, maxBytes: number): Fetched | undefined {
    const from = Math.max(offset, this.startOffset);
    if (from >= this.lastOffset) return undefined;
    const missed = from - offset;
    for (let index = this.#segmentOf(from); index < this.#segments.length; index++) {
      const { bytes, used } = this.#segments[index]!;
      let begin = 0;
      while (begin < used) {
        const header = readHeader(bytes, begin);
        if (header.offset >= from) break;
        begin = header.end;
      }
      let end = begin;
      let nextOffset = from;
      while (end < used && (end === begin || end - begin < maxBytes)) {
        const header = readHeader(bytes, end);
        nextOffset = header.offset + 1;
        end = header.end;
      }
      if (end > begin) return { packed: bytes.slice(begin, end), nextOffset, missed };
    }
    return undefined;
  }

  /** Drops whole segments, the oldest first, until at most `maxBytes` are left. */
  dropOldest(maxBytes: number): void {
    while (this.#bytes > maxBytes && this.#segments.length > 1) {
      this.#bytes -= this.#segments.shift()!.used;
      this.startOffset = this.#segments[0]!.firstOffset;
    }
  }

  #compactWhenGrown(): void {
    if (this.#bytes > this.#bytesAfterCompaction * 2 + this.#limits.segmentBytes) this.compact();
  }

  /** Keeps the newest record of each key, in order and with its offset; a tombstone goes one round later. */
  compact(): void {
    const newest = new Map<string | null, number>();
    this.#eachRecord(({ header, key }) => newest.set(key, header.offset));
    const kept: Uint8Array[] = [];
    let bytes = 0;
    this.lastOffset = this.startOffset;
    this.#eachRecord(({ segment, at, header, key }) => {
      const superseded = key !== null && newest.get(key) !== header.offset;
      const forgotten = header.valueBytes < 0 && header.offset < this.#compactedTo;
      if (superseded || forgotten) return;
      kept.push(segment.bytes.subarray(at, header.end));
      bytes += header.end - at;
      this.lastOffset = header.offset + 1;
    });
    // Exactly full, so that what comes next has a segment of its own and is found without a search.
    const whole: Segment = { bytes: new Uint8Array(bytes), used: 0, firstOffset: 0 };
    for (const record of kept) {
      whole.bytes.set(record, whole.used);
      whole.used += record.length;
    }
    this.#segments = [whole];
    this.#bytes = this.#bytesAfterCompaction = bytes;
    this.#compactedTo = this.endOffset;
  }

  #eachRecord(visit: (record: Located) => void): void {
    for (const segment of this.#segments) {
      for (let at = 0; at < segment.used;) {
        const header = readHeader(segment.bytes, at);
        visit({ segment, at, header, key: keyAt(segment.bytes, at, header) });
        at = header.end;
      }
    }
  }

  /** The last segment that begins at or before `offset`. */
  #segmentOf(offset: number): number {
    let index = this.#segments.length - 1;
    while (index > 0 && this.#segments[index]!.firstOffset > offset) index--;
    return index;
  }
}
