/**
 * A reader that shares the partitions with the others of its group. kafkajs pushes batches; each
 * waits here, with heartbeats, until it is asked for, and goes on waiting until the next one is.
 */
import { orStopped, sleep } from "../wait.ts";
import type { Batch, PartitionLag, Reader, ReadOptions } from "./bus.ts";
import {
  type Cluster,
  commitBeforehand,
  committedOffsets,
  type KafkaRecord,
  logOffsets,
  offsetKey,
  partitionsOf,
  toBusRecord,
  type TopicPartition,
} from "./kafka_cluster.ts";
import { isOfType, isRebalance } from "./kafka_errors.ts";
import { backoffMs, ClosedError, type Link } from "./kafka_link.ts";

/** A member that was silent for this long is taken for dead, and its partitions are given away. */
export const SESSION_TIMEOUT_MS = 6000;
export const HEARTBEAT_MS = 1000;
/** The work on a batch may hold up the others' rebalance for this long. */
const REBALANCE_PATIENCE_MS = 10_000;
/** How long the members of a group have to come back when it is dealt out anew. */
export const REBALANCE_TIMEOUT_MS = 30_000;
const LEAVE_WITHIN_MS = 5000;

/** A batch as kafkajs pushes it. */
export interface Pushed {
  readonly batch: {
    readonly topic: string;
    readonly partition: number;
    readonly highWatermark: string;
    readonly messages: readonly KafkaRecord[];
    lastOffset(): string;
  };
  resolveOffset(offset: string): void;
  heartbeat(): Promise<void>;
  /** Whether somebody has gone elsewhere on the partition since it was fetched. */
  isStale(): boolean;
}

/** kafkajs's consumer, as far as it is used. */
export interface GroupConsumer {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  subscribe(topics: { topics: string[]; fromBeginning: boolean }): Promise<void>;
  run(options: {
    autoCommit: boolean;
    eachBatchAutoResolve: boolean;
    eachBatch: (pushed: Pushed) => Promise<void>;
  }): Promise<void>;
  seek(place: { topic: string; partition: number; offset: string }): void;
  commitOffsets(places: { topic: string; partition: number; offset: string }[]): Promise<void>;
}

/** What a consumer tells of itself. */
export interface GroupEvents {
  /** Before anything is fetched. */
  joined(memberId: string, assignment: Readonly<Record<string, readonly number[]>>): void;
  heartbeat(): void;
  crashed(error: unknown, isRestarted: boolean): void;
  /** Whether a crash should be followed by a restart. */
  mayRestart(): boolean;
}

export type MakeConsumer = (events: GroupEvents) => { consumer: GroupConsumer; cluster: Cluster };

/** A partition for as long as it is ours without a break. */
interface Owned extends TopicPartition {
  /** The offset to go on from; undefined until the broker was asked. */
  position?: number;
  /** Where we began: what lies before is not ours to commit. */
  since?: number;
}

/** A batch that waits to be taken, or is being worked on. */
interface Offer {
  readonly batch: Batch;
  taken: boolean;
  committed: boolean;
  take(): void;
  readonly done: PromiseWithResolvers<void>;
}

export class GroupReader implements Reader {
  readonly #link: Link;
  readonly #options: ReadOptions & { readonly group: string };
  readonly #makeConsumer: MakeConsumer;
  readonly #name: string;
  readonly #closing = new AbortController();
  #consumer?: GroupConsumer;
  #cluster?: Cluster;
  #memberId?: string;
  #owned = new Map<string, Owned>();
  #offered?: Offer;
  #inHand?: Offer;
  /** Resolves when something is offered, and when the group has been joined; renewed each time. */
  #offering = Promise.withResolvers<void>();
  #joining = Promise.withResolvers<void>();
  #crashes = 0;

  private constructor(
    link: Link,
    options: ReadOptions & { readonly group: string },
    makeConsumer: MakeConsumer,
  ) {
    this.#link = link;
    this.#options = options;
    this.#makeConsumer = makeConsumer;
    this.#name = `reading ${options.topics.join(", ")} as ${options.group}`;
  }

  /** Resolves when it is a member of its group; waits for brokers and topics until `busClosed`. */
  static async open(
    link: Link,
    options: ReadOptions & { readonly group: string },
    makeConsumer: MakeConsumer,
    busClosed: AbortSignal,
  ): Promise<GroupReader> {
    const reader = new GroupReader(link, options, makeConsumer);
    const joined = reader.#joining.promise;
    const close = () => void reader.close();
    busClosed.addEventListener("abort", close);
    if (busClosed.aborted) close();
    await reader.#start();
    await orStopped(reader.#closing.signal, joined);
    busClosed.removeEventListener("abort", close);
    if (reader.#closing.signal.aborted) throw new ClosedError(`Closed before ${reader.#name}`);
    return reader;
  }

  async next(): Promise<Batch | undefined> {
    this.#inHand?.done.resolve();
    this.#inHand = undefined;
    while (!this.#closing.signal.aborted) {
      const offer = this.#offered;
      if (offer) {
        this.#offered = undefined;
        this.#inHand = offer;
        offer.take();
        return offer.batch;
      }
      await orStopped(this.#closing.signal, this.#offering.promise);
    }
  }

  async commit(batch: Batch): Promise<void> {
    const { topic, partition, records } = batch;
    if (records.length === 0) return;
    const offset = records.at(-1)!.offset + 1;
    for (let tries = 0; !this.#closing.signal.aborted; tries++) {
      const owned = this.#owned.get(offsetKey(batch));
      // Gone to another reader, which reads it again; or come back, and not yet as far.
      if (owned?.position === undefined || offset > owned.position || offset <= owned.since!) {
        return;
      }
      const joined = this.#joining.promise;
      try {
        await this.#consumer!.commitOffsets([{ topic, partition, offset: String(offset) }]);
        if (this.#inHand?.batch === batch) this.#inHand.committed = true;
        return;
      } catch (error) {
        if (isRebalance(error)) await orStopped(this.#closing.signal, joined);
        else {
          this.#link.trouble(this.#name, error);
          await sleep(backoffMs(tries), this.#closing.signal);
        }
      }
    }
  }

  async rewind(place: TopicPartition, offset: number): Promise<void> {
    const { topic, partition } = place;
    const owned = this.#owned.get(offsetKey(place));
    if (owned) await this.#locate([owned]);
    if (owned?.position === undefined) return;
    owned.position = offset;
    owned.since = Math.min(owned.since ?? offset, offset);
    this.#consumer!.seek({ topic, partition, offset: String(offset) });
    const waiting = this.#offered;
    if (waiting && offsetKey(waiting.batch) === offsetKey(place)) {
      this.#offered = undefined;
      waiting.done.resolve();
    }
  }

  async lag(): Promise<PartitionLag[]> {
    const cluster = this.#cluster;
    const owned = [...this.#owned.values()];
    if (!cluster || owned.length === 0) return [];
    await this.#locate(owned);
    const ends = await logOffsets(cluster, owned, "next").catch(() => undefined);
    return owned.map(({ topic, partition, position }) => {
      const endOffset = ends?.get(offsetKey({ topic, partition }));
      const isKnown = endOffset !== undefined && position !== undefined;
      return { topic, partition, lag: isKnown ? Math.max(endOffset - position, 0) : 0, endOffset };
    });
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#link.forget(this.#name);
    await this.#leave();
  }

  async #leave(): Promise<void> {
    const left = this.#consumer?.disconnect().catch(() => {});
    // Without a broker there is nobody to take leave of.
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, LEAVE_WITHIN_MS);
    await Promise.race([left, late.promise]);
    clearTimeout(timer);
  }

  async #start(): Promise<void> {
    const { topics, group, from } = this.#options;
    try {
      await this.#link.persist(this.#name, this.#closing.signal, async () => {
        const { consumer, cluster } = this.#makeConsumer(this.#events());
        try {
          await consumer.connect();
          const partitions = await partitionsOf(cluster, topics);
          if (from === "latest") await beginAtEnd(cluster, group, partitions);
          // What the group has not committed begins at the log's beginning, also after the log
          // dropped what came next: "latest" has been written down above.
          await consumer.subscribe({ topics: [...topics], fromBeginning: true });
        } catch (error) {
          await consumer.disconnect().catch(() => {});
          throw error;
        }
        [this.#consumer, this.#cluster] = [consumer, cluster];
      });
      if (!this.#closing.signal.aborted) {
        await this.#consumer!.run({
          autoCommit: false,
          eachBatchAutoResolve: false,
          eachBatch: (pushed) => this.#offer(pushed),
        });
      }
    } catch (error) {
      if (!this.#closing.signal.aborted) throw error;
    }
    // Closed meanwhile: a member that nobody reads from would keep its partitions.
    if (this.#closing.signal.aborted) await this.#leave();
  }

  #events(): GroupEvents {
    return {
      joined: (memberId, assignment) => this.#joined(memberId, assignment),
      heartbeat: () => this.#link.well(this.#name),
      mayRestart: () => !this.#closing.signal.aborted,
      crashed: async (error, isRestarted) => {
        if (this.#closing.signal.aborted) return;
        this.#link.trouble(this.#name, error);
        if (isRestarted) return;
        await sleep(backoffMs(this.#crashes++), this.#closing.signal);
        await this.#start().catch((again) => this.#link.trouble(this.#name, again));
      },
    };
  }

  /** Who was a member all along keeps its place in the partitions it keeps; else the commits count. */
  #joined(memberId: string, assignment: Readonly<Record<string, readonly number[]>>): void {
    const wasMember = memberId === this.#memberId;
    const before = this.#owned;
    this.#memberId = memberId;
    this.#owned = new Map();
    for (const [topic, partitions] of Object.entries(assignment)) {
      for (const partition of partitions) {
        const key = offsetKey({ topic, partition });
        const kept = wasMember ? before.get(key) : undefined;
        this.#owned.set(key, kept ?? { topic, partition });
        if (kept?.position !== undefined) {
          this.#consumer!.seek({ topic, partition, offset: String(kept.position) });
        }
      }
    }
    this.#crashes = 0;
    this.#link.well(this.#name);
    void this.#locate([...this.#owned.values()]);
    this.#joining.resolve();
    this.#joining = Promise.withResolvers();
  }

  /** Asks where to begin on the partitions of which that is not known yet. */
  async #locate(partitions: readonly Owned[]): Promise<void> {
    const unknown = partitions.filter(({ position }) => position === undefined);
    if (unknown.length === 0) return;
    try {
      const committed = await committedOffsets(this.#cluster!, this.#options.group, unknown);
      const first = await logOffsets(this.#cluster!, unknown, "first");
      for (const owned of unknown) {
        const begin = committed.get(offsetKey(owned)) ?? first.get(offsetKey(owned));
        owned.since ??= begin;
        owned.position ??= begin;
      }
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#link.trouble(this.#name, error);
    }
  }

  /** Holds kafkajs until the batch has been taken and worked on. A throw has it join the group anew. */
  async #offer({ batch, resolveOffset, heartbeat, isStale }: Pushed): Promise<void> {
    const owned = this.#owned.get(offsetKey(batch));
    if (!owned || this.#closing.signal.aborted) return;
    await this.#locate([owned]);
    // Fails at once when the group is being dealt out anew: nothing more is handed out then.
    await heartbeat();
    const all = batch.messages.map(toBusRecord);
    owned.since ??= all[0]!.offset;
    const position = owned.position ??= owned.since;
    const records = all.filter(({ offset }) => offset >= position);
    if (records.length === 0) return resolveOffset(batch.lastOffset());
    const { topic, partition } = batch;
    const missed = await this.#missed(owned, position, records[0]!.offset);
    if (isStale()) return;
    const offer: Offer = {
      batch: {
        topic,
        partition,
        records,
        from: position,
        missed,
        endOffset: Number(batch.highWatermark),
      },
      taken: false,
      committed: false,
      take: () => {
        offer.taken = true;
        owned.position = records.at(-1)!.offset + 1;
        resolveOffset(batch.lastOffset());
      },
      done: Promise.withResolvers<void>(),
    };
    this.#offered = offer;
    this.#offering.resolve();
    this.#offering = Promise.withResolvers();
    try {
      await this.#untilDone(offer, heartbeat);
    } finally {
      if (this.#offered === offer) this.#offered = undefined;
    }
  }

  async #untilDone(offer: Offer, heartbeat: () => Promise<void>): Promise<void> {
    let isDone = false;
    void offer.done.promise.then(() => isDone = true);
    let rebalanceSinceMs: number | undefined;
    while (!isDone && !this.#closing.signal.aborted) {
      const beat = Promise.withResolvers<void>();
      const timer = setTimeout(beat.resolve, HEARTBEAT_MS);
      await orStopped(this.#closing.signal, offer.done.promise, beat.promise);
      clearTimeout(timer);
      if (isDone || this.#closing.signal.aborted) return;
      try {
        await heartbeat();
      } catch (error) {
        // Work that has begun is let finish and commit, within bounds: then it is not done twice.
        rebalanceSinceMs ??= performance.now();
        const mayFinish = isOfType(error, "REBALANCE_IN_PROGRESS") && offer.taken &&
          !offer.committed && performance.now() - rebalanceSinceMs < REBALANCE_PATIENCE_MS;
        if (!mayFinish) throw error;
      }
    }
  }

  /** How many records the log has dropped since; a jump alone may be what compaction left. */
  async #missed(owned: Owned, position: number, firstOffset: number): Promise<number> {
    if (firstOffset <= position) return 0;
    const first = await logOffsets(this.#cluster!, [owned], "first").catch(() => undefined);
    const begin = first?.get(offsetKey(owned)) ?? position;
    return Math.max(Math.min(begin, firstOffset) - position, 0);
  }
}

/** Writes down where a new group begins, while nobody reads in it. */
async function beginAtEnd(
  cluster: Cluster,
  group: string,
  partitions: readonly TopicPartition[],
): Promise<void> {
  const committed = await committedOffsets(cluster, group, partitions);
  const begins = partitions.filter((partition) => !committed.has(offsetKey(partition)));
  if (begins.length === 0) return;
  try {
    await commitBeforehand(cluster, group, begins, await logOffsets(cluster, begins, "next"));
  } catch (error) {
    // Somebody reads in it already, and has written it down.
    if (!isOfType(error, "UNKNOWN_MEMBER_ID")) throw error;
  }
}
