/**
 * A reader of all partitions, without a group: it asks the partitions' leaders itself. A consumer
 * group of its own would cost three seconds at each start (`group.initial.rebalance.delay.ms`) and
 * leave its name and offsets on the broker.
 */
import { orStopped, sleep } from "../wait.ts";
import type { Batch, PartitionLag, Reader, ReadOptions } from "./bus.ts";
import {
  type Cluster,
  type FetchAnswer,
  logOffsets,
  offsetKey,
  partitionsOf,
  toBusRecord,
  type TopicPartition,
} from "./kafka_cluster.ts";
import { isOfType } from "./kafka_errors.ts";
import { backoffMs, type Link } from "./kafka_link.ts";

/** How long the broker may hold a fetch that finds nothing; it answers at once when something comes. */
export const LONG_POLL_MS = 500;
export const MAX_PARTITION_BYTES = 256 * 1024;
export const MAX_FETCH_BYTES = 2 * 1024 * 1024;
/** Transactions are not used here: to wait for the end of others' would only hold up what is ours. */
const READ_UNCOMMITTED = 0;

/** Where we are on a partition. */
interface Cursor extends TopicPartition {
  position: number;
  /** The offset of the next record, by the last answer. */
  end: number;
  /** Dropped by the log before they could be read, and not yet told. */
  missed: number;
}

/** Records of one partition, and the offset behind them and behind what is no record of ours. */
interface Fetched extends Pick<Batch, "topic" | "partition" | "records"> {
  readonly nextOffset: number;
}

export class LogReader implements Reader {
  readonly #cluster: Cluster;
  readonly #link: Link;
  readonly #options: ReadOptions;
  readonly #name: string;
  readonly #cursors = new Map<string, Cursor>();
  /** What was fetched and not yet handed out; positions move when it is. */
  readonly #fetched: Fetched[] = [];
  /** The fetch under way at each broker: one that has nothing must not keep the others waiting. */
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();
  #failures = 0;

  private constructor(cluster: Cluster, link: Link, options: ReadOptions) {
    this.#cluster = cluster;
    this.#link = link;
    this.#options = options;
    this.#name = `reading ${options.topics.join(", ")}`;
  }

  /** Resolves when it is known where to begin; waits for brokers and topics until `busClosed`. */
  static async open(
    cluster: Cluster,
    link: Link,
    options: ReadOptions,
    busClosed: AbortSignal,
  ): Promise<LogReader> {
    const reader = new LogReader(cluster, link, options);
    await link.persist(reader.#name, busClosed, async () => {
      await cluster.connect();
      await reader.#findPartitions(options.from === "earliest" ? "first" : "next");
    }).catch(async (error) => {
      await reader.close();
      throw error;
    });
    return reader;
  }

  async next(): Promise<Batch | undefined> {
    while (!this.#closing.signal.aborted) {
      const fetched = this.#fetched.shift();
      if (fetched) return this.#handOut(fetched);
      this.#fetchWhereIdle();
      await orStopped(this.#closing.signal, ...this.#underWay.values());
    }
  }

  /** Nothing to note: who reads without a group begins anew each time. */
  commit(): Promise<void> {
    return Promise.resolve();
  }

  rewind(): Promise<void> {
    throw new Error(`${this.#name} has no group that could be ahead: open another reader`);
  }

  async lag(): Promise<PartitionLag[]> {
    const cursors = [...this.#cursors.values()];
    // While no broker answers, what was known last is the best there is.
    const ends = this.#failures > 0
      ? undefined
      : await logOffsets(this.#cluster, cursors, "next").catch(() => undefined);
    return cursors.map(({ topic, partition, position, end }) => {
      const endOffset = ends?.get(offsetKey({ topic, partition }));
      return { topic, partition, lag: Math.max((endOffset ?? end) - position, 0), endOffset };
    });
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#link.forget(this.#name);
    await this.#cluster.disconnect().catch(() => {});
  }

  #handOut({ topic, partition, records, nextOffset }: Fetched): Batch {
    const cursor = this.#cursors.get(offsetKey({ topic, partition }))!;
    const { missed, end: endOffset } = cursor;
    const from = cursor.position - missed;
    cursor.position = nextOffset;
    cursor.missed = 0;
    return { topic, partition, records, from, missed, endOffset };
  }

  /** Takes note of the partitions that are new to us, and where to begin on them. */
  async #findPartitions(begin: "first" | "next"): Promise<void> {
    const partitions = await partitionsOf(this.#cluster, this.#options.topics);
    const unknown = partitions.filter((partition) => !this.#cursors.has(offsetKey(partition)));
    if (unknown.length === 0) return;
    const positions = await logOffsets(this.#cluster, unknown, begin);
    for (const partition of unknown) {
      const position = positions.get(offsetKey(partition)) ?? 0;
      this.#cursors.set(offsetKey(partition), { ...partition, position, end: position, missed: 0 });
    }
  }

  /** Only when all that was fetched has been handed out, so that every position is the next to fetch. */
  #fetchWhereIdle(): void {
    const leaders = this.#byLeader();
    for (const [nodeId, cursors] of leaders) {
      this.#undertake(nodeId, () => this.#fetch(nodeId, cursors));
    }
    if (leaders.size === 0) {
      const gone = new Error("its partitions are not there any more");
      this.#undertake("none", () => this.#recover(gone, []));
    }
  }

  #undertake(nodeId: string, fetch: () => Promise<void>): void {
    if (this.#underWay.has(nodeId)) return;
    this.#underWay.set(nodeId, fetch().finally(() => this.#underWay.delete(nodeId)));
  }

  #byLeader(): Map<string, Cursor[]> {
    const byLeader = new Map<string, Cursor[]>();
    for (const topic of this.#options.topics) {
      for (const { partitionId, leader } of this.#cluster.findTopicPartitionMetadata(topic)) {
        const cursor = this.#cursors.get(offsetKey({ topic, partition: partitionId }));
        if (!cursor) continue;
        const nodeId = String(leader);
        byLeader.set(nodeId, [...byLeader.get(nodeId) ?? [], cursor]);
      }
    }
    return byLeader;
  }

  async #fetch(nodeId: string, cursors: readonly Cursor[]): Promise<void> {
    try {
      await this.#cluster.refreshMetadataIfNecessary();
      const broker = await this.#cluster.findBroker({ nodeId });
      const answer = await broker.fetch({
        isolationLevel: READ_UNCOMMITTED,
        maxWaitTime: LONG_POLL_MS,
        minBytes: 1,
        maxBytes: MAX_FETCH_BYTES,
        topics: this.#options.topics.map((topic) => ({
          topic,
          partitions: cursors.filter((cursor) => cursor.topic === topic)
            .map(({ partition, position }) => ({
              partition,
              fetchOffset: String(position),
              maxBytes: MAX_PARTITION_BYTES,
            })),
        })),
      });
      this.#take(answer);
      this.#failures = 0;
      this.#link.well(this.#name);
    } catch (error) {
      if (!this.#closing.signal.aborted) await this.#recover(error, cursors);
    }
  }

  #take({ responses }: FetchAnswer): void {
    const answers = responses.flatMap(({ topicName, partitions }) =>
      partitions.map((partition) => ({ topic: topicName, ...partition }))
    );
    const isEmpty = answers.every(({ messages }) => messages.length === 0);
    for (const { topic, partition, highWatermark, messages } of answers) {
      const cursor = this.#cursors.get(offsetKey({ topic, partition }))!;
      cursor.end = Number(highWatermark);
      const last = messages.at(-1);
      // Nothing anywhere, and yet the log goes on: compaction took what was between.
      const nextOffset = last ? Number(last.offset) + 1 : isEmpty ? cursor.end : cursor.position;
      if (nextOffset <= cursor.position) continue;
      // The log gives whole runs of records: what lies before our place has been read.
      const records = messages.filter(({ isControlRecord }) => !isControlRecord)
        .map(toBusRecord).filter(({ offset }) => offset >= cursor.position);
      this.#fetched.push({ topic, partition, records, nextOffset });
    }
  }

  async #recover(error: unknown, cursors: readonly Cursor[]): Promise<void> {
    const closed = this.#closing.signal;
    try {
      if (isOfType(error, "OFFSET_OUT_OF_RANGE")) return await this.#catchUp(cursors);
      this.#link.trouble(this.#name, error);
      await sleep(backoffMs(this.#failures++), closed);
      if (closed.aborted) return;
      await this.#cluster.refreshMetadata();
      await this.#findPartitions("first");
    } catch (again) {
      if (!closed.aborted) this.#link.trouble(this.#name, again);
    }
  }

  /** The log no longer has what comes next: goes on at its beginning, and knows what was missed. */
  async #catchUp(cursors: readonly Cursor[]): Promise<void> {
    const first = await logOffsets(this.#cluster, cursors, "first");
    const next = await logOffsets(this.#cluster, cursors, "next");
    for (const cursor of cursors) {
      const begin = first.get(offsetKey(cursor)) ?? 0;
      // A log that ends before our place is another one of the same name.
      const isAnother = (next.get(offsetKey(cursor)) ?? 0) < cursor.position;
      if (begin <= cursor.position && !isAnother) continue;
      if (!isAnother) cursor.missed += begin - cursor.position;
      cursor.position = begin;
    }
  }
}
