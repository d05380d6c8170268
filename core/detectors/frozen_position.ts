import type { Finding } from "../finding.ts";
import type { Track } from "../track/track.ts";
import type { Detector } from "./detectors.ts";

/** A receiver or a GNSS unit that stands still for so long is not waiting for its next message. */
const FROZEN_S = 20;
/** Slower aircraft may truly stand still: helicopters, gliders into the wind, anything about to land. */
const MOVING_MPS = 30;

/** Since when it has been where it is, at speed, and the least. */
interface Frozen {
  readonly sinceMs: number;
  readonly speedMps: number;
}
const NONE: Frozen = { sinceMs: NaN, speedMps: NaN };

/** The same position again and again, by an aircraft that says it moves. */
export class FrozenPosition implements Detector {
  private frozen = NONE;

  observe(track: Track): Finding | undefined {
    const { report, previous } = track;
    const speedMps = report.velocity_mps ?? NaN;
    const stands = track.positionUse === "repeated" && previous && !track.afterGap;
    if (!stands || speedMps <= MOVING_MPS) this.frozen = NONE;
    const { frozen } = this;
    // A report without a speed says nothing either way.
    const isMoving = speedMps > MOVING_MPS || !Number.isNaN(frozen.sinceMs);
    if (!stands || !isMoving) return undefined;
    this.frozen = Number.isNaN(frozen.sinceMs)
      ? { sinceMs: track.atMs - track.dtS * 1000, speedMps }
      : { ...frozen, speedMps: speedMps < frozen.speedMps ? speedMps : frozen.speedMps };
    const frozenS = (track.atMs - this.frozen.sinceMs) / 1000;
    // Reports that come seldom are waited for until the span is full, others until it is exceeded.
    if (frozenS < FROZEN_S || (frozenS === FROZEN_S && track.dtS < FROZEN_S / 4)) return undefined;
    return {
      type: "FROZEN_POSITION",
      startedAtMs: this.frozen.sinceMs,
      untilMs: track.atMs,
      details: {
        frozen_s: frozenS,
        least_frozen_s: FROZEN_S,
        least_speed_mps: this.frozen.speedMps,
        moving_from_mps: MOVING_MPS,
        position: report.position,
      },
    };
  }
}
