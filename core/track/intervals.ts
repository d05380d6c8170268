/** How often an aircraft is heard: the times between its reports, in little memory however many there are. */

/** Intervals are counted in steps of a tenth, from here on: the median is right within 5 %. */
const LEAST_S = 0.1;
const STEP = Math.log(1.1);
const STEPS = 104;
/** If so many in a row are long, the source has become slow. */
const RECENT = 5;

export class Intervals {
  private readonly counts = new Uint16Array(STEPS);
  /** The last ones, the oldest of them overwritten first. */
  private readonly recent = new Float32Array(RECENT);
  /** How many there have been. */
  total = 0;

  add(intervalS: number): void {
    const step = Math.floor(Math.log(intervalS / LEAST_S) / STEP);
    const at = Math.max(0, Math.min(STEPS - 1, step));
    this.recent[this.total++ % RECENT] = intervalS;
    // What a counter cannot hold is halved everywhere: the median stays.
    if (++this.counts[at]! === 0xffff) this.counts.forEach((n, i) => this.counts[i] = n >> 1);
  }

  /** What is usual, s: the median, or the least of the last few where that is longer; NaN at first. */
  get usualS(): number {
    if (this.total === 0) return NaN;
    const recent = this.recent.subarray(0, Math.min(this.total, RECENT));
    return Math.max(this.medianS(), Math.min(...recent));
  }

  private medianS(): number {
    const half = this.counts.reduce((sum, n) => sum + n, 0) / 2;
    let at = 0;
    for (let below = this.counts[0]!; below < half; below += this.counts[at]!) at++;
    return LEAST_S * Math.exp((at + 0.5) * STEP);
  }
}
