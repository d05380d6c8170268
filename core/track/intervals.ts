/** How often an aircraft is heard: the times between its reports, in little memory however many there are. */

/** Short intervals are counted in steps of a tenth, from here on. */
const LEAST_S = 0.1;
const SHORT = Math.log(1.1);
/** From here on they decide which silences are long, and are counted by whole seconds, as clocks say them. */
const SECONDS_FROM_S = 10;
const SHORT_STEPS = Math.ceil(Math.log((SECONDS_FROM_S - 0.5) / LEAST_S) / SHORT);
/** Longer ones in steps of a hundredth; beyond a fifth of half an hour no silence is long. */
const LONG_FROM_S = 120;
const LONG = Math.log(1.01);
const LONG_STEPS = 112;
const LONG_AT = SHORT_STEPS + LONG_FROM_S - SECONDS_FROM_S;
/** If so many in a row are long, the source has become slow. */
const RECENT = 5;

export class Intervals {
  /** How often each step was, up to the longest that was. */
  private counts = new Uint16Array(0);
  /** The last ones, the oldest of them overwritten first. */
  private readonly recent: number[] = Array(RECENT).fill(NaN);
  /** How many there have been. */
  total = 0;

  add(intervalS: number): void {
    const at = stepOf(intervalS);
    if (at >= this.counts.length) this.counts = lengthened(this.counts, at + 1);
    this.recent[this.total++ % RECENT] = intervalS;
    // What a counter cannot hold is halved everywhere: the median stays.
    if (++this.counts[at]! === 0xffff) this.counts.forEach((n, i) => this.counts[i] = n >> 1);
  }

  /** What is usual, s: the median, or the least of the last few where that is longer; NaN at first. */
  get usualS(): number {
    if (this.total === 0) return NaN;
    const recent = this.recent.slice(0, this.total);
    return Math.max(this.medianS, Math.min(...recent));
  }

  /** The middle one, or the mean of the two in the middle; NaN at first. */
  get medianS(): number {
    if (this.total === 0) return NaN;
    const last = this.counts.reduce((sum, n) => sum + n, 0) - 1;
    let [at, below] = [0, this.counts[0]!];
    while (below <= last >> 1) below += this.counts[++at]!;
    const lowerS = secondsOf(at);
    while (below <= (last + 1) >> 1) below += this.counts[++at]!;
    return (lowerS + secondsOf(at)) / 2;
  }
}

function lengthened(counts: Uint16Array<ArrayBuffer>, length: number): Uint16Array<ArrayBuffer> {
  const longer = new Uint16Array(length);
  longer.set(counts);
  return longer;
}

function stepOf(intervalS: number): number {
  if (intervalS >= LONG_FROM_S) {
    const step = Math.floor(Math.log(intervalS / LONG_FROM_S) / LONG);
    return LONG_AT + Math.min(step, LONG_STEPS - 1);
  }
  const seconds = Math.round(intervalS);
  if (seconds >= SECONDS_FROM_S) {
    return Math.min(SHORT_STEPS + seconds - SECONDS_FROM_S, LONG_AT - 1);
  }
  return Math.max(0, Math.floor(Math.log(intervalS / LEAST_S) / SHORT));
}

function secondsOf(step: number): number {
  if (step < SHORT_STEPS) return LEAST_S * Math.exp((step + 0.5) * SHORT);
  if (step < LONG_AT) return SECONDS_FROM_S + step - SHORT_STEPS;
  return LONG_FROM_S * Math.exp((step - LONG_AT + 0.5) * LONG);
}
