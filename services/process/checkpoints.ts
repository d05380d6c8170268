/**
 * What the process role knows, kept in the database with the offsets it has come to, so that whoever
 * reads a partition next goes on as if nothing had happened: the log is read again from there, and what
 * that writes a second time changes nothing. Offsets are committed with a checkpoint, and only then.
 */
import { deserialize, serialize } from "node:v8";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { type Checkpoint, readCheckpoints, writeCheckpoints } from "../../db/checkpoints.ts";
import { formatOf } from "../../core/stored.ts";
import { Sky } from "../../core/sky.ts";
import { type StoredWatch, Watch } from "../../core/watch.ts";
import type { Batch, BusRecord, Reader } from "../bus/bus.ts";
import type { Watches } from "./digest.ts";
import type { ProcessMetrics } from "./metrics.ts";
import type { Recorder } from "./recorder.ts";

/** In place of a partition: what concerns aircraft of several. */
const SKY = -1;
const INTERVAL_MS = 10_000;
/** The embedded log's producer waits when a single partition has some 7 000 that are not committed. */
const MOST_RECORDS = 5000;
/** But no more than a tenth of the time goes into checkpoints. */
const COST_SHARE = 0.1;

/** What concerns several aircraft, and which offsets it goes with. */
interface StoredSky {
  readonly sky: Sky;
  readonly offsets: ReadonlyMap<number, number>;
}

interface Parts {
  readonly watches: Watches;
  readonly reader: Reader;
  readonly recorder: Recorder;
  readonly metrics: ProcessMetrics;
}

export class Checkpoints {
  readonly #parts: Parts;
  readonly #format = formatOf([Watch.sample(), new Sky()]);
  /** The last batch of each partition that no checkpoint covers yet. */
  readonly #uncommitted = new Map<number, Batch>();
  #records = 0;
  #takenMs = performance.now();
  #costMs = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Brings back what was known of the partitions of these batches, where that is not in memory. */
  async admit(batches: readonly Batch[]): Promise<void> {
    const { watches } = this.#parts;
    /** The first record of each partition that is neither known nor in a batch before. */
    const next = new Map(
      [...watches.places()].map(([partition, { nextOffset }]) => [partition, nextOffset]),
    );
    for (const batch of batches) {
      const { partition, records, missed } = batch;
      if (records.length === 0) continue;
      // Somebody else has read the partition before this.
      if (!(records[0]!.offset <= next.get(partition)! + missed)) await this.#load(batch);
      next.set(partition, records.at(-1)!.offset + 1);
    }
  }

  /** These have been written and published, none when idle; takes a checkpoint and commits if due. */
  async done(batches: readonly Batch[]): Promise<void> {
    for (const batch of batches) {
      if (batch.records.length > 0) this.#uncommitted.set(batch.partition, batch);
      this.#records += batch.records.length;
    }
    if (this.#uncommitted.size === 0) return;
    const sinceMs = performance.now() - this.#takenMs;
    const isCheap = sinceMs > this.#costMs / COST_SHARE;
    const isIdle = batches.length === 0;
    const wanted = sinceMs > INTERVAL_MS || (isCheap && (isIdle || this.#records > MOST_RECORDS));
    if (wanted) await this.#take();
  }

  async #take(): Promise<void> {
    const { watches, reader, recorder, metrics } = this.#parts;
    const startedMs = performance.now();
    const owned = (await reader.lag()).map(({ partition }) => partition);
    if (owned.length > 0) watches.keep(owned);
    const places = [...watches.places()];
    if (places.length === 0) return;
    const publishedMs = Math.max(...places.map(([, place]) => place.publishedMs));
    const offsets = new Map(places.map(([partition, { nextOffset }]) => [partition, nextOffset]));
    const sky: StoredSky = { sky: watches.sky, offsets };
    const rows: Checkpoint[] = [
      ...places.map(([partition, { watch, nextOffset, publishedMs }]) =>
        this.#row(partition, nextOffset, publishedMs, watch.stored())
      ),
      this.#row(SKY, Math.max(...offsets.values()), publishedMs, sky),
    ];
    const isKept = await recorder.persist((sql) => writeCheckpoints(sql, rows));
    if (!isKept) return;
    for (const batch of this.#uncommitted.values()) await reader.commit(batch);
    this.#uncommitted.clear();
    this.#records = 0;
    this.#takenMs = performance.now();
    this.#costMs = this.#takenMs - startedMs;
    metrics.checkpointS.observe(this.#costMs / 1000);
  }

  #row(partition: number, nextOffset: number, publishedMs: number, known: unknown): Checkpoint {
    const state = zstdCompressSync(serialize(known));
    return { partition, nextOffset, publishedMs, format: this.#format, state };
  }

  async #load({ partition, records }: Batch): Promise<void> {
    const { watches, reader, recorder } = this.#parts;
    let rows: Checkpoint[] = [];
    await recorder.persist(async (sql) => rows = await readCheckpoints(sql, [partition, SKY]));
    const own = rows.find((row) => row.partition === partition);
    // What this code cannot read, or what is of another log, is of no use.
    if (!own || own.format !== this.#format || !isOfThisLog(own, records[0]!)) return;
    watches.restore(own, unpack<StoredWatch>(own));
    const sky = rows.find((row) => row.partition === SKY);
    if (!watches.sky.isNew || sky?.format !== this.#format) return;
    const stored = unpack<StoredSky>(sky);
    if (stored.offsets.get(partition) !== own.nextOffset) return;
    watches.sky = Sky.restored(stored.sky);
    watches.expect(await reader.lag());
  }
}

/** A log that was begun anew counts from 0 again, and what is on it came after the checkpoint. */
function isOfThisLog({ nextOffset, publishedMs }: Checkpoint, first: BusRecord): boolean {
  return first.offset >= nextOffset || first.timestampMs <= publishedMs;
}

function unpack<T>({ state }: Checkpoint): T {
  return deserialize(zstdDecompressSync(state)) as T;
}
