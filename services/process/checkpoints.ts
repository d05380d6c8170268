/**
 * What the process role knows, kept in the database with the offsets it has come to, so that whoever
 * reads a partition next goes on as if nothing had happened: the log is read again from there, and what
 * that writes a second time changes nothing. Offsets are committed with a checkpoint, and only then.
 */
import { deserialize, serialize } from "node:v8";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { type Checkpoint, readCheckpoints, writeCheckpoint } from "../../db/checkpoints.ts";
import { formatOf } from "../../core/stored.ts";
import { type StoredWatch, Watch } from "../../core/watch.ts";
import type { Batch, BusRecord, Reader } from "../bus/bus.ts";
import type { Log } from "../log.ts";
import type { Watches } from "./digest.ts";
import type { ProcessMetrics } from "./metrics.ts";
import type { Recorder } from "./recorder.ts";
import type { Quiet } from "./event_clock.ts";

const INTERVAL_MS = 10_000;
/** The embedded log's producer waits when a single partition has some 7 000 that are not committed. */
const MOST_RECORDS = 3000;
/** But no more than a tenth of the time goes into checkpoints. */
const COST_SHARE = 0.1;

/**
 * Which checkpoint is due. They are taken one after the other: all of them together would hold up the
 * stream, and take as much memory again as everything that is known.
 */
export class Pace {
  /** What no checkpoint covers yet, since when, and how many records; the longest waiting first. */
  readonly #waiting = new Map<number, { readonly sinceMs: number; records: number }>();
  #restUntilMs = -Infinity;

  /** These have been dealt with. */
  add(key: number, records: number): void {
    const waiting = this.#waiting.get(key);
    if (waiting) waiting.records += records;
    else this.#waiting.set(key, { sinceMs: performance.now(), records });
  }

  /** The next that is due; when idle, any that waits. */
  due(isIdle: boolean): number | undefined {
    const nowMs = performance.now();
    if (!isIdle && nowMs < this.#restUntilMs) return undefined;
    for (const [key, { sinceMs, records }] of this.#waiting) {
      if (isIdle || records > MOST_RECORDS || nowMs - sinceMs > INTERVAL_MS) return key;
    }
  }

  /** One was taken that was begun then, or is not needed; returns how long it took, ms. */
  taken(key: number, startedMs: number): number {
    this.#waiting.delete(key);
    const nowMs = performance.now();
    const costMs = nowMs - startedMs;
    this.#restUntilMs = nowMs + costMs * (1 / COST_SHARE - 1);
    return costMs;
  }
}

interface Parts {
  readonly watches: Watches;
  readonly reader: Reader;
  readonly recorder: Pick<Recorder, "persist">;
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
      const kept = isOthers ? await this.#load(partition, records[0]!) : undefined;
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

  /** Brings back what was known of these partitions, where nothing new may come for long. */
  async recall(quiet: readonly Quiet[]): Promise<void> {
    const { watches } = this.#parts;
    for (const { partition, endOffset, saidMs } of quiet) {
      if (watches.place(partition)) continue;
      await this.#load(partition, { offset: endOffset, timestampMs: saidMs });
      if (!watches.place(partition)) watches.begin(partition);
    }
  }

  /** These have been written and published, none when idle; takes a checkpoint and commits if due. */
  async done(batches: readonly Batch[]): Promise<void> {
    for (const batch of batches) {
      const { partition, records } = batch;
      if (records.length === 0) continue;
      this.#uncommitted.set(partition, batch);
      this.#pace.add(partition, records.length);
    }
    const isIdle = batches.length === 0;
    let due = this.#pace.due(isIdle);
    if (due === undefined) return;
    const owned = (await this.#parts.reader.lag()).map(({ partition }) => partition);
    if (owned.length > 0) this.#parts.watches.keep(owned);
    while (due !== undefined) {
      if (!await this.#take(due)) return;
      due = isIdle ? this.#pace.due(isIdle) : undefined;
    }
  }

  /** False when it was stopped before. */
  async #take(partition: number): Promise<boolean> {
    const { watches, reader, recorder, metrics } = this.#parts;
    const startedMs = performance.now();
    const place = watches.place(partition);
    // Somebody else's by now.
    if (place) {
      const { watch, nextOffset, publishedMs } = place;
      const row: Checkpoint = {
        partition,
        nextOffset,
        publishedMs,
        format: this.#format,
        state: pack(watch.stored()),
      };
      if (!await recorder.persist((sql) => writeCheckpoint(sql, row))) return false;
      await reader.commit(this.#uncommitted.get(partition)!);
    }
    this.#uncommitted.delete(partition);
    metrics.checkpointS.observe(this.#pace.taken(partition, startedMs) / 1000);
    return true;
  }

  /** The first record that is not in the partition's checkpoint, if there is one of the log that this is on. */
  async #load(partition: number, first: OnLog): Promise<number | undefined> {
    const { watches, recorder } = this.#parts;
    let rows: Checkpoint[] = [];
    await recorder.persist(async (sql) => rows = await readCheckpoints(sql, [partition]));
    const [own] = rows;
    if (!own) return undefined;
    // What this code cannot read is of no use.
    const stored = own.format === this.#format ? unpack<StoredWatch>(own.state) : undefined;
    if (isOfThisLog(own, first)) {
      if (stored) watches.restore(own, stored);
      return own.nextOffset;
    }
    if (stored) watches.beginAfter(partition, stored);
    return undefined;
  }
}

/** A record, or where the next one will be. */
type OnLog = Pick<BusRecord, "offset" | "timestampMs">;

/** A log that was begun anew counts from 0 again, and what is on it came after the checkpoint. */
export function isOfThisLog(
  { nextOffset, publishedMs }: Pick<Checkpoint, "nextOffset" | "publishedMs">,
  first: OnLog,
): boolean {
  return first.offset >= nextOffset || first.timestampMs <= publishedMs;
}

export function pack(known: unknown): Uint8Array {
  return zstdCompressSync(serialize(known));
}

export function unpack<T>(state: Uint8Array): T {
  return deserialize(zstdDecompressSync(state)) as T;
}
