/** Updates as they are on the log, parsed once for all who read them here. */
import { FlightEnvelope } from "../../contracts/flight.ts";
import { parseMessage } from "../../contracts/parse.ts";
import type { BusRecord } from "../bus/bus.ts";

/** So many of a partition are kept for the other reader; what comes after them it parses again. */
const MOST_KEPT = 1000;
/** What was kept so many records ago, nobody will ask for: the other went on from somewhere else. */
const FORGOTTEN = 20_000;

const parse = (value: Uint8Array) => parseMessage(FlightEnvelope, value);
type Update = ReturnType<typeof parse>;

export class Updates {
  /** By partition and offset, what only one of the two readers has asked for. */
  readonly #kept = new Map<number, Map<number, Update>>();
  /** Whether these partitions are read twice here. */
  readonly #isShared: (partition: number) => boolean;

  constructor(isShared: (partition: number) => boolean) {
    this.#isShared = isShared;
  }

  /** The update in a record, or why it is refused; undefined for a tombstone. */
  parse(partition: number, { offset, value }: BusRecord): Update | undefined {
    if (value === null) return undefined;
    const kept = this.#kept.get(partition);
    const known = kept?.get(offset);
    if (known) {
      kept!.delete(offset);
      return known;
    }
    const update = parse(value);
    if (this.#isShared(partition)) this.#keep(partition, offset, update);
    else this.#kept.delete(partition);
    return update;
  }

  #keep(partition: number, offset: number, update: Update): void {
    let kept = this.#kept.get(partition);
    if (!kept) this.#kept.set(partition, kept = new Map());
    const { value: oldest = offset } = kept.keys().next();
    if (offset - oldest > FORGOTTEN) kept.clear();
    if (kept.size < MOST_KEPT) kept.set(offset, update);
  }
}
