import type { Finding } from "../finding.ts";
import { type Path, POINT_S, POINTS } from "../track/path.ts";
import type { Track } from "../track/track.ts";
import type { Detector } from "./detectors.ts";

/** Two full circles in a quarter of an hour, one way round, in one place. */
const TURN_DEG = 720;
const WITHIN_S = 900;
const WITHIN_M = 12_000;
/** Nothing is known of what was flown in a silence of more than this. */
const SILENT_S = 60;
/** Turns that begin so soon after the last one was made go on with it. */
const GOES_ON_S = 15;
/** After so long no turn that began in time can be made any more. */
const OVER_AFTER_S = WITHIN_S + GOES_ON_S + SILENT_S;

/** The turn from a point has not been made; or it counts already, or it was too wide. */
const NOT_MADE = 0;
const DONE = 0xffff;

/** From when to when it turned. */
interface Span {
  readonly sinceMs: number;
  readonly untilMs: number;
}
const NONE: Span = { sinceMs: NaN, untilMs: NaN };

/**
 * Turning in circles: from each point on, the turn is looked for within its time and place. It counts
 * when its quarter of an hour is over without a silence, as what is heard of an aircraft now and then
 * looks like circles too easily.
 */
export class Circling implements Detector {
  private seen = 0;
  private heardSinceMs = NaN;
  /** Of each point after how many seconds the turn from it was made, once one was. */
  private madeAfterS: Uint16Array | undefined;
  private span = NONE;
  /** What may turn out to be the same going on, as long as turns that began before may be made. */
  private next = NONE;
  private turnedDeg = 0;
  private inS = 0;
  private radiusM = 0;

  observe({ path, atMs, dtS }: Track): Finding | undefined {
    if (dtS > SILENT_S) this.heardSinceMs = atMs;
    if (path.total !== this.seen) {
      this.seen = path.total;
      this.look(path);
    }
    if (atMs - this.span.untilMs > OVER_AFTER_S * 1000) {
      this.span = this.next;
      this.next = NONE;
    }
    return this.finding();
  }

  /** Nothing was heard of it any more, which is no silence between what was heard. */
  leave({ path }: Track): Finding | undefined {
    if (!Number.isNaN(this.span.sinceMs)) return undefined;
    for (let back = heard(path, WITHIN_S, this.heardSinceMs) - 1; back > 0; back--) {
      this.count(path, back);
    }
    return this.finding();
  }

  /** Whether turns are made with the newest point. */
  private look(path: Path): void {
    if (this.madeAfterS) this.madeAfterS[path.total % POINTS] = NOT_MADE;
    const points = heard(path, WITHIN_S + SILENT_S, this.heardSinceMs);
    for (let back = points - 1; back > 0; back--) {
      const point = (path.total - back) % POINTS;
      const agoS = path.agoS(back);
      const isMade = (this.madeAfterS?.[point] ?? NOT_MADE) === NOT_MADE && agoS <= WITHIN_S &&
        Math.abs(path.netTurnDeg(back)) >= TURN_DEG;
      if (isMade) {
        const radiusM = path.radiusM(back);
        this.madeAfterS ??= new Uint16Array(POINTS);
        this.madeAfterS[point] = DONE;
        if (radiusM <= WITHIN_M) {
          this.madeAfterS[point] = agoS;
          this.turnedDeg = Math.abs(path.netTurnDeg(back));
          this.inS = agoS;
          this.radiusM = radiusM;
        }
      }
      if (agoS >= WITHIN_S) this.count(path, back);
    }
  }

  /** The turn from this point, where it has been made, is part of what is going on. */
  private count(path: Path, back: number): void {
    const point = (path.total - back) % POINTS;
    const afterS = this.madeAfterS?.[point] ?? NOT_MADE;
    if (!this.madeAfterS || afterS === NOT_MADE || afterS === DONE) return;
    this.madeAfterS[point] = DONE;
    const sinceMs = path.atMs(back);
    const turn = { sinceMs, untilMs: sinceMs + afterS * 1000 };
    if (Number.isNaN(this.span.sinceMs)) this.span = turn;
    else if (goesOn(this.span, turn)) this.span = joined(this.span, turn);
    else if (Number.isNaN(this.next.sinceMs)) this.next = turn;
    else this.next = { ...this.next, untilMs: turn.untilMs };
    if (!goesOn(this.span, this.next)) return;
    this.span = joined(this.span, this.next);
    this.next = NONE;
  }

  private finding(): Finding | undefined {
    const { sinceMs, untilMs } = this.span;
    if (Number.isNaN(sinceMs)) return undefined;
    return {
      type: "CIRCLING",
      startedAtMs: sinceMs,
      untilMs,
      details: {
        turned_deg: Math.round(this.turnedDeg),
        least_turned_deg: TURN_DEG,
        in_s: Math.round(this.inS),
        within_s: WITHIN_S,
        radius_m: Math.round(this.radiusM),
        within_m: WITHIN_M,
      },
    };
  }
}

function goesOn(span: Span, next: Span): boolean {
  return next.sinceMs <= span.untilMs + GOES_ON_S * 1000;
}

function joined({ sinceMs, untilMs }: Span, next: Span): Span {
  return { sinceMs, untilMs: Math.max(untilMs, next.untilMs) };
}

/**
 * How many of the newest points there are without a silence between them, up to that age. Points need a
 * course, and not every report makes one.
 */
function heard(path: Path, withinS: number, sinceMs: number): number {
  let points = Math.min(1, path.size);
  while (
    points < path.size && path.agoS(points) <= withinS && path.atMs(points) >= sinceMs &&
    path.agoS(points) - path.agoS(points - 1) <= SILENT_S + POINT_S
  ) points++;
  return points;
}
