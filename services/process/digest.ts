/** What a run of updates comes to: rows to write, anomalies to publish, messages to refuse. */
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import type { Refusal } from "../../contracts/parse.ts";
import { lastContactMs } from "../../contracts/times.ts";
import type { AirportIndex } from "../../core/context/airports.ts";
import type { Oddity } from "../../core/oddities.ts";
import { type StoredWatch, Watch } from "../../core/watch.ts";
import type { FlightRow } from "../../db/rows.ts";
import type { Batch, BusRecord, OutRecord } from "../bus/bus.ts";
import { deadLetter } from "../envelope.ts";
import { continueTrace, type Step } from "../trace.ts";
import { isQuiet, type Quiet } from "./event_clock.ts";
import { Updates } from "./updates.ts";

/** `source.provider` of dead letters; anomalies have the contract's. */
const DEAD_LETTER_PROVIDER = "skysentinel-processing";

export interface Work {
  readonly history: readonly FlightRow[];
  readonly anomalies: readonly AnomalyPayload[];
  readonly refused: readonly OutRecord[];
  readonly refusals: readonly Refusal[];
  /** How many reports were odd, by what was odd about them. */
  readonly odd: ReadonlyMap<Oddity, number>;
  readonly records: number;
  readonly missed: number;
  /** The newest event time, ms. */
  readonly newestMs: number;
  /** Of updates that are followed: to be ended when all of this is written and published. */
  readonly steps: readonly Step[];
}

/** What is known of one partition. */
export interface Place {
  readonly watch: Watch;
  /** The first record that is not known yet, and when the last one that is was published, Unix ms. */
  nextOffset: number;
  publishedMs: number;
}

/** The aircraft of each partition: its event clock is its own as long as something comes. */
export class Watches {
  readonly #places = new Map<number, Place>();
  readonly #airports: AirportIndex;

  constructor(airports: AirportIndex) {
    this.#airports = airports;
  }

  place(partition: number): Place | undefined {
    return this.#places.get(partition);
  }

  places(): IterableIterator<[partition: number, place: Place]> {
    return this.#places.entries();
  }

  /** Goes on with a partition where the stored state was. */
  restore(
    { partition, nextOffset, publishedMs }: { partition: number } & Omit<Place, "watch">,
    stored: StoredWatch,
  ): void {
    const watch = Watch.restored(this.#airports, stored);
    this.#places.set(partition, { watch, nextOffset, publishedMs });
  }

  /** Begins a partition of another log than the stored state is of: what that left open is to end. */
  beginAfter(partition: number, stored: StoredWatch): void {
    const watch = Watch.after(this.#airports, stored);
    this.#places.set(partition, { watch, nextOffset: 0, publishedMs: 0 });
  }

  /** Begins a partition of which nothing is known. */
  begin(partition: number): Place {
    const place = { watch: new Watch(this.#airports), nextOffset: 0, publishedMs: 0 };
    this.#places.set(partition, place);
    return place;
  }

  /** What there is to tell of these partitions, where nothing more has come. */
  pass(quiet: readonly Quiet[]): AnomalyPayload[] {
    return quiet.flatMap((one) => {
      const place = this.#places.get(one.partition);
      return place && isQuiet(place, one) ? place.watch.passTo(one.atMs) : [];
    });
  }

  /** Forgets all partitions but these. */
  keep(partitions: readonly number[]): void {
    for (const partition of [...this.#places.keys()]) {
      if (partitions.includes(partition)) continue;
      this.#places.delete(partition);
    }
  }

  /** The partition of a batch, and those of its records that are not known yet. */
  take({ partition, records }: Batch): { watch: Watch; unknown: readonly BusRecord[] } {
    const place = this.#places.get(partition) ?? this.begin(partition);
    const { watch, nextOffset } = place;
    const last = records.at(-1);
    if (last && last.offset >= nextOffset) {
      place.nextOffset = last.offset + 1;
      place.publishedMs = last.timestampMs;
    }
    return { watch, unknown: records.filter(({ offset }) => offset >= nextOffset) };
  }
}

export function digest(
  batches: readonly Batch[],
  watches: Watches,
  updates = new Updates(() => false),
): Work {
  const history: FlightRow[] = [];
  const anomalies: AnomalyPayload[] = [];
  const refused: OutRecord[] = [];
  const refusals: Refusal[] = [];
  const steps: Step[] = [];
  const odd = new Map<Oddity, number>();
  let [records, missed, newestMs] = [0, 0, -Infinity];
  for (const batch of batches) {
    const { topic, partition } = batch;
    const { watch, unknown } = watches.take(batch);
    records += batch.records.length;
    missed += batch.missed;
    for (const record of unknown) {
      const { value, offset } = record;
      const parsed = updates.parse(partition, record);
      // Nobody publishes tombstones here; one would say nothing.
      if (value === null || parsed === undefined) continue;
      if (!parsed.ok) {
        refusals.push(parsed);
        refused.push(deadLetter(DEAD_LETTER_PROVIDER, value, { topic, partition, offset }, parsed));
        continue;
      }
      const step = continueTrace(parsed.value.traceparent, "process.record");
      if (step) steps.push(step);
      const { payload: flight, source } = parsed.value;
      newestMs = Math.max(newestMs, lastContactMs(flight));
      anomalies.push(...watch.observe(flight, source.bbox));
      history.push({ ...flight, ...watch.context(flight) });
    }
    for (const [oddity, count] of watch.takeOdd()) odd.set(oddity, (odd.get(oddity) ?? 0) + count);
  }
  return { history, anomalies, refused, refusals, odd, records, missed, newestMs, steps };
}
