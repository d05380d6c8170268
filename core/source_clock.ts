/** Another's clock against ours: how much to add to its times, once it is seen to be only off. */

/** An answer may be this old, by way of caches and slow lines, before its clock is taken to be behind. */
const BEHIND_MS = 30_000;
const AHEAD_MS = 5000;
/** A clock that is off goes on as ours does, within this. */
const AGREES_MS = 5000;

function isRight(offMs: number): boolean {
  return offMs > -AHEAD_MS && offMs < BEHIND_MS;
}

export class SourceClock {
  #shiftMs = 0;
  #doubted?: { readonly saidMs: number; readonly offMs: number };

  /**
   * What to add to the times of a source that says it is `saidMs` when we have `receivedMs`; undefined
   * where that is off and nothing has shown yet that the clock goes on: it may be a stale file, or one
   * garbled line.
   */
  shiftMs(saidMs: number, receivedMs: number): number | undefined {
    const offMs = receivedMs - saidMs;
    if (isRight(offMs - this.#shiftMs)) {
      this.#doubted = undefined;
      return this.#shiftMs;
    }
    const doubted = this.#doubted;
    const goesOn = doubted && saidMs !== doubted.saidMs &&
      Math.abs(offMs - doubted.offMs) < AGREES_MS;
    if (goesOn) {
      this.#shiftMs = isRight(offMs) ? 0 : Math.round(offMs / 1000) * 1000;
      this.#doubted = undefined;
      return this.#shiftMs;
    }
    if (saidMs !== doubted?.saidMs) this.#doubted = { saidMs, offMs };
    return undefined;
  }
}
