/** What is odd about reports, though it may be true: each is counted by its reason, and none is refused. */
import type { Track } from "./track/track.ts";

export const ODDITIES = [
  /** Older than the aircraft's newest report. */
  "late",
  /** The time of the report before again: a clock that stands still, or a message that came twice. */
  "same_time",
  /** Far ahead of all that was heard before. */
  "from_the_future",
  /** Flies, and does not say where to, how fast or how high. */
  "nulls",
  /** A position where it cannot be. */
  "teleport",
  "callsign_changed",
  /** Positions that go to and fro between two places. */
  "two_on_one_address",
] as const;
export type Oddity = (typeof ODDITIES)[number];

/** Streams that stop for longer are rarer than clocks that are wrong. */
export const FUTURE_MS = 600_000;
/** Two that share an address are heard in turn: positions are left and come back so often, so soon. */
export const TO_AND_FRO_MS = 30_000;
export const TO_AND_FRO = 3;

/** What is odd about the reports of one aircraft. */
export class Oddities {
  private isOff = false;
  private leftMs = NaN;
  private left = 0;

  /** Of the newest report that the track has taken. */
  of(track: Track): Oddity[] {
    const { report, previous, positionUse, afterGap, atMs } = track;
    const found: Oddity[] = [];
    const { altitude_m, geo_altitude_m, velocity_mps, heading_deg, on_ground } = report;
    const isSilent = (altitude_m ?? geo_altitude_m ?? velocity_mps ?? heading_deg ?? null) === null;
    if (!on_ground && isSilent) found.push("nulls");
    const isOff = positionUse === "rejected" || positionUse === "reacquired";
    if (positionUse === "rejected") found.push("teleport");
    if (isOff && !this.isOff) {
      this.left = atMs - this.leftMs < TO_AND_FRO_MS ? this.left + 1 : 1;
      this.leftMs = atMs;
      if (this.left >= TO_AND_FRO) found.push("two_on_one_address");
    }
    this.isOff = isOff;
    const before = previous?.callsign, now = report.callsign;
    if (before && now && before !== now && !on_ground && !afterGap) found.push("callsign_changed");
    return found;
  }
}
