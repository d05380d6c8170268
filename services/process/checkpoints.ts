/**
 * What the process role knows, kept in the database with the offsets it has come to, so that whoever
 * reads a partition next goes on as if nothing had happened: the log is read again from there, and what
 * that writes a second time changes nothing. Offsets are committed with a checkpoint, and only then.
 */
import { deserialize, serialize } from "node:v8";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { type Checkpoint, readCheckpoints, writeCheckpoints } from "../../db/checkpoints.ts";
import { formatOf } from "../../core/stored.ts";
import { type StoredWatch, Watch } from "../../core/watch.ts";
import type { Batch, BusRecord, Reader } from "../bus/bus.ts";
import type { Log } from "../log.ts";
import type { Watches } from "./digest.ts";
import type { ProcessMetrics } from "./metrics.ts";
import type { Recorder } from "./recorder.ts";

const INTERVAL_MS = 10_000;
/** The embedded log's producer waits when a single partition has some 7 000 that are not committed. */
const MOST_RECORDS = 5000;
/** But no more than a tenth of the time goes into checkpoints. */
const COST_SHARE = 0.1;

/** When the next checkpoint is due. */
export class Pace {
  #records = 0;
  #takenMs = performance.now();
  #costMs = 0;

  /** These have been dealt with, none when idle. */
  isDue(batches: readonly Batch[]): boolean {
    for (const { records } of batches) this.#records += records.length;
    const sinceMs = performance.now() - this.#takenMs;
    const isCheap = sinceMs > this.#costMs / COST_SHARE;
    const isIdle = batches.length === 0;
    return sinceMs > INTERVAL_MS || (isCheap && (isIdle || this.#records > MOST_RECORDS));
  }

  /** One was taken that was begun then; returns how long it took, ms. */
  taken(startedMs: number): number {
    this.#records = 0;
    this.#takenMs = performance.now();
    return this.#costMs = this.#takenMs - startedMs;
  }
}

interface Parts {
  readonly watches: Watches;
  readonly reader: Reader;
  readonly recorder: Recorder;
  readonly metrics: ProcessMetrics;
  readonly log: Log;
}

export class Checkpoints {
  readonly #parts: Parts;
  readonly #format = formatOf(Watch.sample());
  /** The last batch of each partition that no checkpoint covers yet. */
  readonly #uncommitted = new Map<number, Batch>();
  readonly #pace = new Pace();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Brings back what was known of the partitions of these batches, where that is not in memory; those
   * that go on from there.
   */
  async admit(batches: readonly Batch[]): Promise<Batch[]> {
    const { watches, reader, log } = this.#parts;
    /** The first record of each partition that is neither known nor in a batch before. */
    const next = new Map(
      [...watches.places()].map(([partition, { nextOffset }]) => [partition, nextOffset]),
    );
    const admitted: Batch[] = [];
    for (const batch of batches) {
      const { partition, records, from } = batch;
      // Somebody else has read the partition before this.
      const isOthers = records.length > 0 && !(from <= next.get(partition)!);
      const kept = isOthers ? await this.#load(batch) : undefined;
      if (kept !== undefined && kept < from) {
        // What is committed is in a checkpoint: the database was brought back to an earlier one.
        log.warn("The database is of an earlier time: reading what came since", {
          partition,
          updates: from - kept,
        });
        await reader.rewind(batch, kept);
        next.set(partition, kept);
        continue;
      }
      if (records.length > 0) next.set(partition, records.at(-1)!.offset + 1);
      admitted.push(batch);
    }
    return admitted;
  }

  /** These have been written and published, none when idle; takes a checkpoint and commits if due. */
  async done(batches: readonly Batch[]): Promise<void> {
    for (const batch of batches) {
      if (batch.records.length > 0) this.#uncommitted.set(batch.partition, batch);
    }
    if (this.#uncommitted.size > 0 && this.#pace.isDue(batches)) await this.#take();
  }

  async #take(): Promise<void> {
    const { watches, reader, recorder, metrics } = this.#parts;
    const startedMs = performance.now();
    const owned = (await reader.lag()).map(({ partition }) => partition);
    if (owned.length > 0) watches.keep(owned);
    const places = [...watches.places()];
    if (places.length === 0) return;
    const rows = places.map(([partition, { watch, nextOffset, publishedMs }]): Checkpoint => ({
      partition,
      nextOffset,
      publishedMs,
      format: this.#format,
      state: pack(watch.stored()),
    }));
    const isKept = await recorder.persist((sql) => writeCheckpoints(sql, rows));
    if (!isKept) return;
    for (const batch of this.#uncommitted.values()) await reader.commit(batch);
    this.#uncommitted.clear();
    metrics.checkpointS.observe(this.#pace.taken(startedMs) / 1000);
  }

  /** The first record that is not in the partition's checkpoint, if there is one of this log. */
  async #load({ partition, records }: Batch): Promise<number | undefined> {
    const { watches, recorder } = this.#parts;
    let rows: Checkpoint[] = [];
    await recorder.persist(async (sql) => rows = await readCheckpoints(sql, [partition]));
    const [own] = rows;
    if (!own) return undefined;
    // What this code cannot read is of no use.
    const stored = own.format === this.#format ? unpack<StoredWatch>(own.state) : undefined;
    if (isOfThisLog(own, records[0]!)) {
      if (stored) watches.restore(own, stored);
      return own.nextOffset;
    }
    if (stored) watches.beginAfter(partition, stored);
    return undefined;
  }
}

/** A log that was begun anew counts from 0 again, and what is on it came after the checkpoint. */
export function isOfThisLog(
  { nextOffset, publishedMs }: Pick<Checkpoint, "nextOffset" | "publishedMs">,
  first: BusRecord,
): boolean {
  return first.offset >= nextOffset || first.timestampMs <= publishedMs;
}

export function pack(known: unknown): Uint8Array {
  return zstdCompressSync(serialize(known));
}

export function unpack<T>(state: Uint8Array): T {
  return deserialize(zstdDecompressSync(state)) as T;
}
