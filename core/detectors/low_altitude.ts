import type { Finding } from "../finding.ts";
import { bearingDeg, distanceM, signedDeg } from "../geodesy.ts";
import type { Track } from "../track/track.ts";
import type { Detector } from "./detectors.ts";

/** The contract's height. */
const LOW_M = 300;
/** Who is nearer to an airport may be on its way to or from it. */
const AWAY_M = 15_000;
/** Or who flies towards one that is nearer than this: long approaches are low and level at times. */
const BOUND_M = 20_000;
const BOUND_DEG = 15;
/** So far below the nearest airport nothing is known of the ground, or the altitude is wrong. */
const SUNKEN_M = -150;
/** It came down: who has been low since it was heard first has just taken off. */
const CAME_FROM_M = 350;
/** Who was over a field and has not been so high since stays low, or is about to come back: a wide circuit. */
const CIRCUIT_M = 600;
const OVER_M = 5_000;
/** An altitude that is so far from what is estimated is not to be believed yet. */
const AT_ODDS_M = 600;
/** Faster than this is no descent, but a wrong altitude. */
const FASTEST_MPS = 60;
const SUSTAINED_S = 15;
/** Slower aircraft are helicopters about to land, and gliders. */
const SLOWEST_MPS = 30;
const OVER_AFTER_S = 20;

/** From when to when it was low, and how low. */
interface Low {
  readonly sinceMs: number;
  readonly lastMs: number;
  readonly lowestM: number;
}
const NONE: Low = { sinceMs: NaN, lastMs: NaN, lowestM: NaN };

/** Low over the ground, away from every airport, after having been high. */
export class LowAltitude implements Detector {
  private lastHighMs = NaN;
  private lastHighM = NaN;
  private isOnCircuit = false;
  private low = NONE;

  observe(track: Track): Finding | undefined {
    const { atMs, report } = track;
    if (report.on_ground || (track.afterGap && track.previous)) return this.end();
    // Where no airport is near, nothing is known of the ground but that it is not below the sea.
    const heightM = Number.isNaN(track.heightAboveFieldM)
      ? track.altitudeM
      : track.heightAboveFieldM;
    if (heightM > CIRCUIT_M) this.isOnCircuit = false;
    else if (track.airportDistanceM < OVER_M) this.isOnCircuit = true;
    if (heightM > CAME_FROM_M) {
      this.lastHighMs = atMs;
      this.lastHighM = heightM;
    }
    const cameDown = this.lastHighM - heightM < FASTEST_MPS * (atMs - this.lastHighMs) / 1000;
    if (!cameDown || this.isOnCircuit) {
      this.low = NONE;
      return undefined;
    }
    const isLow = heightM < LOW_M && heightM > SUNKEN_M && track.speedMps > SLOWEST_MPS &&
      isSaid(track) && isAway(track);
    if (isLow) {
      const before = Number.isNaN(this.low.sinceMs)
        ? { sinceMs: atMs, lowestM: heightM }
        : this.low;
      this.low = {
        sinceMs: before.sinceMs,
        lastMs: atMs,
        lowestM: Math.min(before.lowestM, heightM),
      };
    } else if (!(atMs - this.low.lastMs < OVER_AFTER_S * 1000)) this.low = NONE;
    const { sinceMs, lastMs, lowestM } = this.low;
    if (!(lastMs - sinceMs >= SUSTAINED_S * 1000)) return undefined;
    return {
      type: "LOW_ALTITUDE_WARNING",
      startedAtMs: sinceMs,
      untilMs: lastMs,
      details: {
        lowest_height_m: Math.round(lowestM),
        low_below_m: LOW_M,
        nearest_airport: track.airport?.code ?? null,
        nearest_airport_m: track.airport ? Math.round(track.airportDistanceM) : null,
        away_from_m: AWAY_M,
        height_is_above: track.airport ? "the nearest airport" : "the sea",
      },
    };
  }

  private end(): undefined {
    this.lastHighMs = this.lastHighM = NaN;
    this.isOnCircuit = false;
    this.low = NONE;
  }
}

/** Altitudes that go to and fro say nothing: the newest must be near what is estimated. */
function isSaid({ report, altitudeM }: Track): boolean {
  return !(Math.abs((report.altitude_m ?? NaN) - altitudeM) > AT_ODDS_M);
}

/** By what it says and by what is estimated: where a position is held, the two are not the same. */
function isAway({ airport, airportDistanceM, report, lat, lon, trackDeg }: Track): boolean {
  if (!airport) return true;
  if (Math.min(airportDistanceM, distanceM(report.position, airport)) < AWAY_M) return false;
  const offDeg = Math.abs(signedDeg(bearingDeg({ lat, lon }, airport) - trackDeg));
  return airportDistanceM > BOUND_M || !(offDeg < BOUND_DEG);
}
