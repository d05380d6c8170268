import type { FlightPayload } from "../../contracts/flight.ts";
import { distanceM } from "../geodesy.ts";
import type { Finding } from "../finding.ts";
import type { Sample, SkyDetector } from "../sky.ts";
import { GAP_S } from "../track/track.ts";

/** Integrity that navigation can use: NIC 7 is a radius of 0.2 NM (RTCA DO-260B, table 2-14). */
const GOOD_NIC = 7;
/** Integrity that is lost: NIC 4 is 2 NM; and NACp 4 is 1 NM. */
const LOST_NIC = 4;
const LOST_NAC_P = 4;
/** Good for so long before, and lost for so long now: transponders have their moments. */
const GOOD_FOR_S = 30;
const LOST_FOR_S = 5;
/** Jammers on the ground reach airliners as far as the horizon lets them. */
const AREA_M = 250_000;
const TOGETHER = 3;
/** They lose it at about the same time; who comes later flies into what goes on. */
const AT_ONCE_S = 120;
/**
 * Slow and low aircraft are lost and found by receivers and by what rebroadcasts them, several at once;
 * they join what others have begun.
 */
const COUNTS_FROM_M = 1_000;
const COUNTS_FROM_MPS = 80;
const FORGOTTEN_AFTER_S = 1800;

/** What is known of one aircraft's integrity. */
interface Integrity {
  goodSinceMs: number;
  lostSinceMs: number;
  lastMs: number;
  /** Whether it was good long enough before it was lost. */
  wasGood: boolean;
  isTold: boolean;
}

/** Aircraft of one area that lose their GNSS integrity together; a lone bad transponder says nothing. */
export class GnssJamming implements SkyDetector {
  private readonly known = new Map<string, Integrity>();

  step(sky: readonly Sample[], nowMs: number): { icao24: string; finding: Finding }[] {
    const lost: Sample[] = [];
    for (const sample of sky) {
      if (this.hear(sample, nowMs)) lost.push(sample);
    }
    for (const [icao24, { lastMs }] of this.known) {
      if (nowMs - lastMs > FORGOTTEN_AFTER_S * 1000) this.known.delete(icao24);
    }
    const found: { icao24: string; finding: Finding }[] = [];
    for (const sample of lost) {
      const own = this.known.get(sample.icao24)!;
      const around = lost.filter((other) => distanceM(sample, other) < AREA_M);
      own.isTold ||= this.isJammed(own, around);
      if (!own.isTold) continue;
      found.push({
        icao24: sample.icao24,
        finding: {
          type: "GNSS_JAMMING",
          startedAtMs: own.lostSinceMs,
          untilMs: sample.atMs,
          details: {
            nic: sample.report.nic ?? null,
            nac_p: sample.report.nac_p ?? null,
            lost_up_to_nic: LOST_NIC,
            aircraft_in_area: around.length,
            least_aircraft: TOGETHER,
            area_m: AREA_M,
            others: around.map(({ icao24 }) => icao24).filter((icao24) => icao24 !== sample.icao24),
          },
        },
      });
    }
    return found;
  }

  /** Whether several around lost it at once, or somebody around is jammed already. */
  private isJammed(
    own: Integrity,
    around: readonly Sample[],
  ): boolean {
    if (around.length < TOGETHER) return false;
    const states = around.map(({ icao24 }) => this.known.get(icao24)!);
    if (states.some(({ isTold }) => isTold)) return true;
    const atOnce = around.filter((other, i) => {
      const { wasGood, lostSinceMs } = states[i]!;
      return wasGood && other.altitudeM > COUNTS_FROM_M &&
        Math.hypot(other.eastMps, other.northMps) > COUNTS_FROM_MPS &&
        Math.abs(lostSinceMs - own.lostSinceMs) <= AT_ONCE_S * 1000;
    });
    return atOnce.length >= TOGETHER;
  }

  /** Whether this aircraft has lost its integrity for long enough. */
  private hear({ icao24, report, atMs, onGround }: Sample, nowMs: number): boolean {
    const { nic, nac_p } = report;
    let own = this.known.get(icao24);
    // A report without integrity says nothing either way, for as long as what was said is not old.
    if (typeof nic !== "number" && typeof nac_p !== "number") {
      return own !== undefined && !onGround && nowMs - own.lastMs <= GAP_S * 1000 &&
        isLostForLong(own, nowMs);
    }
    if (!own) {
      own = { goodSinceMs: NaN, lostSinceMs: NaN, lastMs: atMs, wasGood: false, isTold: false };
      this.known.set(icao24, own);
    }
    const isLost = hasLostIntegrity(report);
    const isGood = (nic ?? GOOD_NIC) >= GOOD_NIC && !isLost;
    if (isGood) {
      if (Number.isNaN(own.goodSinceMs)) own.goodSinceMs = atMs;
      own.lostSinceMs = NaN;
      own.isTold = own.wasGood = false;
    } else if (isLost) {
      if (Number.isNaN(own.lostSinceMs)) {
        own.lostSinceMs = atMs;
        own.wasGood = atMs - own.goodSinceMs >= GOOD_FOR_S * 1000;
      }
      own.goodSinceMs = NaN;
    }
    own.lastMs = nowMs;
    return !onGround && isLostForLong(own, nowMs);
  }
}

function isLostForLong({ lostSinceMs }: Integrity, nowMs: number): boolean {
  return nowMs - lostSinceMs >= LOST_FOR_S * 1000;
}

/** Whether a report says of its own position that it may be miles off. */
export function hasLostIntegrity({ nic, nac_p }: FlightPayload): boolean {
  return (nic ?? 99) <= LOST_NIC || (nac_p ?? 99) <= LOST_NAC_P;
}
