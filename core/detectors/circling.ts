import type { Finding } from "../finding.ts";
import { type Path, POINTS } from "../track/path.ts";
import type { Track } from "../track/track.ts";
import type { Detector } from "./detectors.ts";

interface Rule {
  readonly type: "CIRCLING" | "LOITERING";
  readonly turnDeg: number;
  readonly withinS: number;
  readonly withinM: number;
  readonly turned: (path: Path, back: number) => number;
}

/** Two full circles in a quarter of an hour, one way round, in one place. */
const CIRCLING: Rule = {
  type: "CIRCLING",
  turnDeg: 720,
  withinS: 900,
  withinM: 12_000,
  turned: (path, back) => Math.abs(path.netTurnDeg(back)),
};

/** Four full circles' worth of turns in 25 minutes, whichever way, in one place. */
const LOITERING: Rule = {
  type: "LOITERING",
  turnDeg: 1440,
  withinS: 1500,
  withinM: 25_000,
  turned: (path, back) => path.sumTurnDeg(back),
};

/** Not over while so much of the next turn is made already. */
const PENDING_PART = 1 / 3;
const OVER_AFTER_S = 60;

/**
 * From each point on, the turn is looked for within its time; where it is made, all from that point to
 * its making belongs to the event.
 */
class Turning implements Detector {
  readonly #rule: Rule;
  /** How many points have been looked at, and for each whether the turn from it has been made. */
  private seen = 0;
  private readonly isMade = new Uint8Array(POINTS);
  private isPending = false;
  private sinceMs = NaN;
  private untilMs = NaN;
  private turnedDeg = 0;
  private inS = 0;
  private radiusM = 0;

  constructor(rule: Rule) {
    this.#rule = rule;
  }

  observe({ path, atMs, afterGap, report }: Track): Finding | undefined {
    if (afterGap || report.on_ground) this.sinceMs = NaN;
    if (path.total !== this.seen) {
      this.seen = path.total;
      this.look(path);
    }
    if (Number.isNaN(this.sinceMs)) return undefined;
    if (!this.isPending && atMs - this.untilMs > OVER_AFTER_S * 1000) {
      this.sinceMs = NaN;
      return undefined;
    }
    const { type, turnDeg, withinS, withinM } = this.#rule;
    return {
      type,
      startedAtMs: this.sinceMs,
      untilMs: this.untilMs,
      details: {
        turned_deg: Math.round(this.turnedDeg),
        least_turned_deg: turnDeg,
        in_s: Math.round(this.inS),
        within_s: withinS,
        radius_m: Math.round(this.radiusM),
        within_m: withinM,
      },
    };
  }

  /** Whether a turn is made with the newest point. */
  private look(path: Path): void {
    const { turnDeg, withinS, withinM, turned } = this.#rule;
    this.isMade[path.total % POINTS] = 0;
    this.isPending = false;
    if (path.sumTurnDeg(path.size - 1) < turnDeg * PENDING_PART) return;
    let oldest = -1;
    for (let back = 1; back < path.size && path.agoS(back) <= withinS; back++) {
      const point = (path.total - back) % POINTS;
      if (this.isMade[point]) continue;
      const deg = turned(path, back);
      if (deg < turnDeg) {
        // Only what began within the event can go on with it.
        this.isPending ||= deg >= turnDeg * PENDING_PART && path.atMs(back) <= this.untilMs;
        continue;
      }
      this.isMade[point] = 1;
      if (path.radiusM(back) <= withinM) oldest = back;
    }
    if (oldest < 0) return;
    const fromMs = path.atMs(oldest);
    if (Number.isNaN(this.sinceMs)) this.sinceMs = fromMs;
    this.untilMs = path.atMs(0);
    this.turnedDeg = turned(path, oldest);
    this.inS = path.agoS(oldest);
    this.radiusM = path.radiusM(oldest);
  }
}

export class Circling extends Turning {
  constructor() {
    super(CIRCLING);
  }
}

export class Loitering extends Turning {
  constructor() {
    super(LOITERING);
  }
}
