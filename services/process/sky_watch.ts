/**
 * What concerns several aircraft, looked at in one place: of all instances one reads every partition for
 * it, as a group of its own that is not shared out; the others stand by. It is as safe as the record:
 * what it knows is kept with the offsets that it has come to, and they are committed only then.
 */
import { type Checkpoint, readCheckpoints, writeCheckpoint } from "../../db/checkpoints.ts";
import type { AirportIndex } from "../../core/context/airports.ts";
import { Sky } from "../../core/sky.ts";
import { formatOf } from "../../core/stored.ts";
import type { Batch, Bus, Reader } from "../bus/bus.ts";
import { isOfThisLog, Pace, pack, unpack } from "./checkpoints.ts";
import { gather } from "./gather.ts";
import type { Recorder } from "./recorder.ts";
import { type EventClock, isQuiet } from "./event_clock.ts";
import type { Updates } from "./updates.ts";

const GROUP = "skysentinel-sky";
/** In place of a partition. */
const SKY = -1;

/** How far a partition has been looked at. */
interface Come {
  readonly nextOffset: number;
  readonly publishedMs: number;
}

interface StoredSky {
  readonly sky: Sky;
  readonly come: ReadonlyMap<number, Come>;
}

interface Parts {
  readonly recorder: Recorder;
  readonly airports: AirportIndex;
  /** Whether what is known is kept; without a database a new holder begins anew. */
  readonly hasDatabase: boolean;
}

export class SkyWatch {
  readonly #parts: Parts;
  readonly reader: Reader;
  readonly #pace = new Pace();
  readonly #format: string;
  #sky: Sky;
  #come = new Map<number, Come>();
  /** The last batch of each partition that no checkpoint covers yet. */
  readonly #uncommitted = new Map<number, Batch>();

  private constructor(reader: Reader, parts: Parts) {
    this.#parts = parts;
    this.reader = reader;
    this.#sky = new Sky(parts.airports);
    this.#format = formatOf(this.#sky);
  }

  static async open(bus: Bus, topic: string, parts: Parts): Promise<SkyWatch> {
    const options = { topics: [topic], group: GROUP, from: "earliest", isWhole: true } as const;
    return new SkyWatch(await bus.read(options), parts);
  }

  /** Whether it is looked at here. */
  get isHere(): boolean {
    return this.#come.size > 0;
  }

  /** Looks at all that comes, until it is closed or the recorder stops. */
  async run(updates: Updates, clock: EventClock): Promise<void> {
    const { recorder } = this.#parts;
    const quietOf = clock.quietOf(this.reader);
    for await (const gathered of gather(this.reader)) {
      const batches = await this.#admit(gathered);
      for (const batch of batches) this.#look(batch, updates);
      for (const quiet of await quietOf()) {
        const come = this.#come.get(quiet.partition);
        if (come && isQuiet(come, quiet)) this.#sky.passTo(quiet.partition, quiet.atMs);
      }
      const anomalies = this.#sky.run();
      if (anomalies.length > 0 && !await recorder.recordAnomalies(anomalies)) return;
      await this.#done(batches);
    }
  }

  #look({ partition, records, endOffset }: Batch, updates: Updates): void {
    const last = records.at(-1);
    if (!last) return;
    const known = this.#come.get(partition)?.nextOffset ?? 0;
    for (const record of records) {
      if (record.offset < known) continue;
      const update = updates.parse(partition, record);
      // Who records the partition says what is wrong with the others.
      if (update?.ok) this.#sky.observe(update.value.payload, partition);
    }
    if (last.offset >= known) {
      this.#come.set(partition, { nextOffset: last.offset + 1, publishedMs: last.timestampMs });
    }
    this.#sky.reached(partition, last.offset + 1 >= endOffset);
  }

  /** Brings back what was known, where these go on from something that is not in memory; those that do. */
  async #admit(batches: readonly Batch[]): Promise<readonly Batch[]> {
    const first = new Map<number, Batch>();
    for (const batch of batches) {
      if (batch.records.length > 0 && !first.has(batch.partition)) {
        first.set(batch.partition, batch);
      }
    }
    const goesOn = ({ partition, from }: Batch) =>
      from <= (this.#come.get(partition)?.nextOffset ?? 0);
    if (first.size === 0 || (this.isHere && [...first.values()].every(goesOn))) return batches;
    this.#sky = new Sky(this.#parts.airports);
    this.#come = new Map();
    this.#uncommitted.clear();
    const stored = await this.#stored();
    const isOurs = stored !== undefined && isOfOneLog(stored, [...first.values()]);
    if (isOurs) {
      this.#sky = Sky.restored(this.#parts.airports, stored.sky);
      this.#come = new Map(stored.come);
    } else if (stored) this.#sky = Sky.after(this.#parts.airports, stored.sky);
    // The database was brought back to an earlier time, as Checkpoints says: all go back together.
    const isBehind = isOurs && ![...first.values()].every(goesOn);
    for (const place of isBehind ? await this.reader.lag() : []) {
      await this.reader.rewind(place, this.#come.get(place.partition)?.nextOffset ?? 0);
    }
    for (const { partition, lag } of await this.reader.lag()) {
      if (lag > 0) this.#sky.expect(partition);
    }
    for (const partition of first.keys()) this.#sky.expect(partition);
    return isBehind ? [] : batches;
  }

  /** What was kept last, if it is of this code. */
  async #stored(): Promise<StoredSky | undefined> {
    let rows: Checkpoint[] = [];
    await this.#parts.recorder.persist(async (sql) => rows = await readCheckpoints(sql, [SKY]));
    const [row] = rows;
    return row?.format === this.#format ? unpack<StoredSky>(row.state) : undefined;
  }

  async #done(batches: readonly Batch[]): Promise<void> {
    for (const batch of batches) {
      if (batch.records.length === 0) continue;
      this.#uncommitted.set(batch.partition, batch);
      this.#pace.add(SKY, batch.records.length);
    }
    if (this.#uncommitted.size === 0) return;
    const isDue = () => this.#pace.due(batches.length === 0) !== undefined;
    if (this.#parts.hasDatabase && (!isDue() || !await this.#keep())) return;
    for (const batch of this.#uncommitted.values()) await this.reader.commit(batch);
    this.#uncommitted.clear();
  }

  async #keep(): Promise<boolean> {
    const startedMs = performance.now();
    const come = [...this.#come.values()];
    const stored: StoredSky = { sky: this.#sky, come: this.#come };
    const row: Checkpoint = {
      partition: SKY,
      // Grows with each of them, so that an older one is known as such.
      nextOffset: come.reduce((sum, { nextOffset }) => sum + nextOffset, 0),
      publishedMs: Math.max(...come.map(({ publishedMs }) => publishedMs)),
      format: this.#format,
      state: pack(stored),
    };
    const isKept = await this.#parts.recorder.persist((sql) => writeCheckpoint(sql, row));
    if (isKept) this.#pace.taken(SKY, startedMs);
    return isKept;
  }
}

function isOfOneLog({ come }: StoredSky, first: readonly Batch[]): boolean {
  return first.every(({ partition, records }) => {
    const own = come.get(partition);
    return !own || isOfThisLog(own, records[0]!);
  });
}
