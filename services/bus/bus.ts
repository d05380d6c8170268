/**
 * The ordered log between the roles: topics of keyed partitions, read by pulling, with committed
 * offsets per consumer group. Every form of it means the same; `conformance.ts` holds them to that.
 * `memory.ts` is the embedded one, on `broker.ts`, which may sit in another worker (`port.ts`).
 */

/** What a producer hands over. A null value is a tombstone: compaction forgets the key. */
export interface OutRecord {
  readonly key: string | null;
  readonly value: Uint8Array | null;
}

/** What a reader gets. `value` is a view into the batch's buffer: copy it to keep it. */
export interface BusRecord extends OutRecord {
  readonly offset: number;
  /** When it was published, ms since the epoch. */
  readonly timestampMs: number;
}

/** Records of one partition, in order; none where the log goes on without any, as compaction leaves it. */
export interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly BusRecord[];
  /** The offset that was to come next: there may be none until the first record, or they were missed. */
  readonly from: number;
  /** How many records before this batch were dropped by the log's bound before they could be read. */
  readonly missed: number;
  /** The offset that the next record of this partition will get, when the batch was taken. */
  readonly endOffset: number;
}

export interface ReadOptions {
  readonly topics: readonly string[];
  /** Readers of one group share the partitions; without a group a reader gets all of them. */
  readonly group?: string;
  /** One reader of the group gets all partitions; the others stand by until it leaves. */
  readonly isWhole?: boolean;
  /** Where to begin on a partition for which the group has committed nothing. */
  readonly from: "earliest" | "latest";
}

export interface PartitionLag {
  readonly topic: string;
  readonly partition: number;
  /** Records between what was handed out last and the end of the log. */
  readonly lag: number;
  /** The offset that the next record of this partition will get; undefined while no broker says. */
  readonly endOffset: number | undefined;
}

/** Pulls batches, one at a time. Partitions that have something to read take turns. */
export interface Reader {
  /** The next batch, as soon as there is one; undefined once closed. */
  next(): Promise<Batch | undefined>;
  /** The batch has been dealt with: the group goes on behind it, whoever reads the partition then. */
  commit(batch: Batch): Promise<void>;
  /**
   * Goes back on a partition: unless it has gone to another reader meanwhile, its next batch is from that
   * offset on. What was asked for before may be on its way. For readers of a group.
   */
  rewind(place: Pick<Batch, "topic" | "partition">, offset: number): Promise<void>;
  /** How far behind the end each partition of this reader is. */
  lag(): Promise<PartitionLag[]>;
  close(): Promise<void>;
}

export interface Bus {
  /**
   * Resolves when the log has the records. Those of one key stay in order, also across calls of one
   * producer; those without a key go round the partitions.
   */
  publish(topic: string, records: readonly OutRecord[]): Promise<void>;
  read(options: ReadOptions): Promise<Reader>;
  /** What a person should know of the connection. */
  status(): BusStatus;
  close(): Promise<void>;
}

export interface BusStatus {
  readonly kind: "embedded" | "kafka";
  readonly status: "ok" | "connecting" | "down";
  readonly detail?: string;
}
