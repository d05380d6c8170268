/** What a run of updates comes to: rows to write, anomalies to publish, messages to refuse. */
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import { FlightEnvelope } from "../../contracts/flight.ts";
import { parseMessage, type Refusal } from "../../contracts/parse.ts";
import { lastContactMs } from "../../contracts/times.ts";
import type { AirportIndex } from "../../core/context/airports.ts";
import { Sky } from "../../core/sky.ts";
import { Watch } from "../../core/watch.ts";
import type { FlightRow } from "../../db/rows.ts";
import type { Batch } from "../bus/bus.ts";
import { deadLetter } from "../envelope.ts";
import type { OutRecord } from "../bus/bus.ts";

/** `source.provider` of dead letters; anomalies have the contract's. */
const DEAD_LETTER_PROVIDER = "skysentinel-processing";

export interface Work {
  readonly history: readonly FlightRow[];
  readonly anomalies: readonly AnomalyPayload[];
  readonly refused: readonly OutRecord[];
  readonly refusals: readonly Refusal[];
  readonly records: number;
  readonly missed: number;
  /** The newest event time, ms. */
  readonly newestMs: number;
}

/** The aircraft of each partition, which has its own event clock, and what concerns several of them. */
export class Watches {
  readonly sky = new Sky();
  readonly #byPartition = new Map<number, Watch>();
  readonly #airports: AirportIndex;

  constructor(airports: AirportIndex) {
    this.#airports = airports;
  }

  of(partition: number): Watch {
    let watch = this.#byPartition.get(partition);
    if (!watch) this.#byPartition.set(partition, watch = new Watch(this.#airports));
    return watch;
  }
}

export function digest(batches: readonly Batch[], watches: Watches): Work {
  const history: FlightRow[] = [];
  const anomalies: AnomalyPayload[] = [];
  const refused: OutRecord[] = [];
  const refusals: Refusal[] = [];
  let [records, missed, newestMs] = [0, 0, -Infinity];
  for (const { topic, partition, records: some, missed: dropped } of batches) {
    const watch = watches.of(partition);
    records += some.length;
    missed += dropped;
    for (const { value, offset } of some) {
      // Nobody publishes tombstones here; one would say nothing.
      if (value === null) continue;
      const parsed = parseMessage(FlightEnvelope, value);
      if (!parsed.ok) {
        refusals.push(parsed);
        refused.push(deadLetter(DEAD_LETTER_PROVIDER, value, { topic, partition, offset }, parsed));
        continue;
      }
      const flight = parsed.value.payload;
      newestMs = Math.max(newestMs, lastContactMs(flight));
      anomalies.push(...watch.observe(flight));
      history.push({ ...flight, ...watch.context(flight) });
      const track = watch.track(flight.icao24);
      if (track?.report === flight) watches.sky.observe(track, partition);
    }
  }
  anomalies.push(...watches.sky.run());
  return { history, anomalies, refused, refusals, records, missed, newestMs };
}
