import type { Finding } from "../finding.ts";
import { POINT_S } from "../track/path.ts";
import type { Track } from "../track/track.ts";
import type { Detector } from "./detectors.ts";

/** Four full circles' worth of turns in 25 minutes, whichever way, in one place. */
const TURN_DEG = 1440;
const WITHIN_S = 1500;
const WITHIN_M = 25_000;
/** Points of the path lie some ten seconds apart: from so long on, the time is full. */
const WHOLE_S = WITHIN_S - 30;
/** Nothing is known of what was flown in a silence of more than this. */
const SILENT_S = 60;

/** Time that was spent turning. */
interface Turning {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly turnedDeg: number;
  readonly radiusM: number;
}
const NONE: Turning = { sinceMs: NaN, untilMs: NaN, turnedDeg: 0, radiusM: 0 };

/** Turning without an end: the last 25 minutes are looked at as a whole. */
export class Loitering implements Detector {
  private seen = 0;
  private heardSinceMs = NaN;
  private turning = NONE;

  observe({ path, atMs, dtS }: Track): Finding | undefined {
    if (dtS > SILENT_S) this.heardSinceMs = atMs;
    if (path.total !== this.seen) {
      this.seen = path.total;
      const back = reach(path);
      if (path.size > 1 && path.agoS(back) >= WHOLE_S) this.look(path, back);
    }
    // The next 25 minutes may begin within these.
    if (atMs - this.turning.untilMs > WITHIN_S * 1000) this.turning = NONE;
    return findingOf(this.turning);
  }

  /** Who turned enough in less time than is asked for would have, had it flown on. */
  leave({ path }: Track): Finding | undefined {
    if (path.size < 2 || !Number.isNaN(this.turning.sinceMs)) return undefined;
    for (let back = reach(path); path.sumTurnDeg(back) >= TURN_DEG; back--) {
      if (this.look(path, back)) return findingOf(this.turning);
    }
    return undefined;
  }

  /** Whether the time from that point to the newest was spent turning. */
  private look(path: Track["path"], back: number): boolean {
    if (path.sumTurnDeg(back) < TURN_DEG || path.atMs(back) < this.heardSinceMs) return false;
    for (let i = 0; i < back; i++) {
      if (path.agoS(i + 1) - path.agoS(i) > SILENT_S + POINT_S) return false;
    }
    const radiusM = path.radiusM(back);
    if (radiusM > WITHIN_M) return false;
    const { sinceMs, untilMs } = this.turning;
    const fromMs = path.atMs(back);
    this.turning = {
      sinceMs: fromMs <= untilMs ? sinceMs : fromMs,
      untilMs: path.atMs(0),
      turnedDeg: path.sumTurnDeg(back),
      radiusM,
    };
    return true;
  }
}

function findingOf({ sinceMs, untilMs, turnedDeg, radiusM }: Turning): Finding | undefined {
  if (Number.isNaN(sinceMs)) return undefined;
  return {
    type: "LOITERING",
    startedAtMs: sinceMs,
    untilMs,
    details: {
      turned_deg: Math.round(turnedDeg),
      least_turned_deg: TURN_DEG,
      within_s: WITHIN_S,
      radius_m: Math.round(radiusM),
      within_m: WITHIN_M,
    },
  };
}

/** The oldest point that is in time. */
function reach(path: Track["path"]): number {
  let back = path.size - 1;
  while (back > 0 && path.agoS(back) > WITHIN_S) back--;
  return Math.max(0, back);
}
