/** Who is there: aircraft by the stream time at which they were heard last. */
export class Presence {
  /** In the order of being heard, so that those who left are in front. */
  readonly #heardAtMs = new Map<string, number>();
  readonly #departedAfterMs: number;

  constructor(departedAfterS: number) {
    this.#departedAfterMs = departedAfterS * 1000;
  }

  get count(): number {
    return this.#heardAtMs.size;
  }

  /** Who is there and since when silent, in that order. */
  stored(): [icao24: string, heardAtMs: number][] {
    return [...this.#heardAtMs];
  }

  clear(): void {
    this.#heardAtMs.clear();
  }

  /** `nowMs` is stream time, which does not go backwards: a late report is heard now. */
  heard(icao24: string, nowMs: number): void {
    this.#heardAtMs.delete(icao24);
    this.#heardAtMs.set(icao24, nowMs);
  }

  /** Those not heard of for longer than that, the longest silent first. */
  *silent(nowMs: number, longerThanMs: number): Generator<string> {
    for (const [icao24, heardAtMs] of this.#heardAtMs) {
      if (nowMs - heardAtMs <= longerThanMs) return;
      yield icao24;
    }
  }

  /** Forgets and returns those not heard of for too long, the longest silent first. */
  departed(nowMs: number): string[] {
    const gone: string[] = [];
    for (const [icao24, heardAtMs] of this.#heardAtMs) {
      if (nowMs - heardAtMs <= this.#departedAfterMs) break;
      gone.push(icao24);
    }
    for (const icao24 of gone) this.#heardAtMs.delete(icao24);
    return gone;
  }
}
