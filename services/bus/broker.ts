/** The embedded log itself: lives in one place, holds the partitions, the readers and the groups. */
import type { PartitionLag, ReadOptions } from "./bus.ts";
import { PartitionLog } from "./partition_log.ts";

/** One packed run of records of one partition, as it crosses between workers. */
export interface PackedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly packed: Uint8Array<ArrayBuffer>;
  readonly from: number;
  readonly missed: number;
  readonly endOffset: number;
}

export interface PackedPart {
  readonly partition: number;
  readonly packed: Uint8Array<ArrayBuffer>;
}

/** What can be asked of the broker, from this worker or another. */
export interface BrokerLink {
  append(topic: string, parts: readonly PackedPart[]): Promise<void>;
  openReader(options: ReadOptions): Promise<number>;
  poll(readerId: number): Promise<PackedBatch | undefined>;
  commit(readerId: number, topic: string, partition: number, offset: number): Promise<void>;
  rewind(readerId: number, topic: string, partition: number, offset: number): Promise<void>;
  lag(readerId: number): Promise<PartitionLag[]>;
  closeReader(readerId: number): Promise<void>;
}

export interface BrokerOptions {
  readonly compactedTopics: readonly string[];
  /** The most a partition keeps; a reader further behind misses what was dropped. */
  readonly maxPartitionBytes?: number;
  readonly segmentBytes?: number;
}

/** Enough to let roles work side by side; more would only mean smaller batches. */
export const EMBEDDED_PARTITIONS = 4;
const MAX_PARTITION_BYTES = 8 * 2 ** 20;
const SEGMENT_BYTES = 256 * 2 ** 10;
const BATCH_BYTES = 256 * 2 ** 10;

/** A partition that a reader owns, and the offset it goes on from. */
interface Cursor {
  readonly topic: string;
  readonly partition: number;
  readonly log: PartitionLog;
  position: number;
}

interface ReaderState {
  readonly options: ReadOptions;
  cursors: Cursor[];
  /** Which cursor is looked at first, so that a busy partition does not starve the others. */
  turn: number;
  /** Set while a poll waits for records. */
  wake?: () => void;
}

export class Broker implements BrokerLink {
  readonly #options: BrokerOptions;
  readonly #topics = new Map<string, PartitionLog[]>();
  readonly #readers = new Map<number, ReaderState>();
  /** Committed offsets, by group, then `topic/partition`. */
  readonly #committed = new Map<string, Map<string, number>>();
  /** Producers that wait until a group has caught up. */
  readonly #waiting: (() => void)[] = [];
  #lastReaderId = 0;

  constructor(options: BrokerOptions) {
    this.#options = options;
  }

  async append(topic: string, parts: readonly PackedPart[]): Promise<void> {
    const logs = this.#logs(topic);
    for (const { partition, packed } of parts) logs[partition]!.append(packed);
    for (const reader of this.#readers.values()) {
      if (reader.options.topics.includes(topic)) reader.wake?.();
    }
    while (this.#isFull(topic)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Whether a group has so much before it that more would soon be dropped unread. */
  #isFull(topic: string): boolean {
    const most = (this.#options.maxPartitionBytes ?? MAX_PARTITION_BYTES) / 2;
    return this.#logs(topic).some((log, partition) => {
      for (const offsets of this.#committed.values()) {
        const offset = offsets.get(`${topic}/${partition}`);
        if (offset !== undefined && log.bytesFrom(offset) > most) return true;
      }
      return false;
    });
  }

  openReader(options: ReadOptions): Promise<number> {
    const id = ++this.#lastReaderId;
    const reader: ReaderState = { options, cursors: [], turn: 0 };
    this.#readers.set(id, reader);
    if (options.group !== undefined) this.#rebalance(options.group);
    else {reader.cursors = this.#allPartitions(options).map((p) => ({
        ...p,
        position: begin(p, options),
      })
      );}
    return Promise.resolve(id);
  }

  async poll(readerId: number): Promise<PackedBatch | undefined> {
    for (;;) {
      const reader = this.#readers.get(readerId);
      if (!reader) return undefined;
      const batch = takeNext(reader);
      if (batch) return batch;
      await new Promise<void>((resolve) => reader.wake = resolve);
      reader.wake = undefined;
    }
  }

  /** Ignored for a partition that has gone to another reader: that one reads it again. */
  commit(readerId: number, topic: string, partition: number, offset: number): Promise<void> {
    const reader = this.#readers.get(readerId);
    const group = reader?.options.group;
    const owned = reader?.cursors.some((c) => c.topic === topic && c.partition === partition);
    if (group === undefined || !owned) return Promise.resolve();
    this.#offsets(group).set(`${topic}/${partition}`, offset);
    for (const resolve of this.#waiting.splice(0)) resolve();
    return Promise.resolve();
  }

  rewind(readerId: number, topic: string, partition: number, offset: number): Promise<void> {
    const cursor = this.#readers.get(readerId)?.cursors
      .find((c) => c.topic === topic && c.partition === partition);
    if (cursor) cursor.position = offset;
    this.#readers.get(readerId)?.wake?.();
    return Promise.resolve();
  }

  lag(readerId: number): Promise<PartitionLag[]> {
    const cursors = this.#readers.get(readerId)?.cursors ?? [];
    return Promise.resolve(cursors.map(({ topic, partition, log, position }) => {
      const { lastOffset, endOffset } = log;
      return { topic, partition, lag: Math.max(lastOffset - position, 0), endOffset };
    }));
  }

  closeReader(readerId: number): Promise<void> {
    const reader = this.#readers.get(readerId);
    this.#readers.delete(readerId);
    reader?.wake?.();
    if (reader?.options.group !== undefined) this.#rebalance(reader.options.group);
    return Promise.resolve();
  }

  /** Drops the oldest segments of a topic, as its bound would. */
  dropOldest(topic: string, maxPartitionBytes: number): void {
    for (const log of this.#logs(topic)) log.dropOldest(maxPartitionBytes);
  }

  /** Compacts a topic now, without waiting for it to grow. */
  compact(topic: string): void {
    for (const log of this.#logs(topic)) log.compact();
  }

  /** Bytes of records held, over all topics. */
  bytes(): number {
    return [...this.#topics.values()].flat().reduce((sum, log) => sum + log.bytes, 0);
  }

  #logs(topic: string): PartitionLog[] {
    let logs = this.#topics.get(topic);
    if (!logs) {
      const limits = {
        compacted: this.#options.compactedTopics.includes(topic),
        maxBytes: this.#options.maxPartitionBytes ?? MAX_PARTITION_BYTES,
        segmentBytes: this.#options.segmentBytes ?? SEGMENT_BYTES,
      };
      logs = Array.from({ length: EMBEDDED_PARTITIONS }, () => new PartitionLog(limits));
      this.#topics.set(topic, logs);
    }
    return logs;
  }

  #allPartitions({ topics }: ReadOptions) {
    return topics.flatMap((topic) =>
      this.#logs(topic).map((log, partition) => ({ topic, partition, log }))
    );
  }

  #offsets(group: string): Map<string, number> {
    let offsets = this.#committed.get(group);
    if (!offsets) this.#committed.set(group, offsets = new Map());
    return offsets;
  }

  /** Deals the partitions out anew; who keeps one keeps its place in it, who gets one begins at the commit. */
  #rebalance(group: string): void {
    const members = [...this.#readers.values()].filter((r) => r.options.group === group);
    const before = members.map((member) => member.cursors);
    for (const member of members) member.cursors = [];
    const topics = [...new Set(members.flatMap((member) => member.options.topics))];
    for (const topic of topics) {
      const takers = members.filter((member) => member.options.topics.includes(topic));
      for (const [partition, log] of this.#logs(topic).entries()) {
        const taker = takers[takers[0]!.options.isWhole ? 0 : partition % takers.length]!;
        const kept = before[members.indexOf(taker)]!.find((c) => c.log === log);
        const place = { topic, partition, log };
        const offsets = this.#offsets(group);
        const name = `${topic}/${partition}`;
        // Counts from the beginning, so that a group that has committed nothing yet is waited for.
        if (!offsets.has(name)) offsets.set(name, begin(place, taker.options));
        taker.cursors.push(kept ?? { ...place, position: offsets.get(name)! });
      }
    }
    for (const member of members) member.wake?.();
  }
}

function begin({ log }: { log: PartitionLog }, { from }: ReadOptions): number {
  return from === "latest" ? log.endOffset : log.startOffset;
}

function takeNext(reader: ReaderState): PackedBatch | undefined {
  const { cursors } = reader;
  for (let i = 0; i < cursors.length; i++) {
    const cursor = cursors[(reader.turn + i) % cursors.length]!;
    const fetched = cursor.log.fetch(cursor.position, BATCH_BYTES);
    if (!fetched) continue;
    const from = cursor.position;
    cursor.position = fetched.nextOffset;
    reader.turn = (reader.turn + i + 1) % cursors.length;
    const { topic, partition, log } = cursor;
    const { packed, missed } = fetched;
    return { topic, partition, packed, from, missed, endOffset: log.endOffset };
  }
}
