import type { AirportIndex } from "../context/airports.ts";
import type { Finding } from "../finding.ts";
import { hasLostIntegrity } from "./gnss_jamming.ts";
import { FRESH_MS, type Sample, type SkyDetector } from "../sky.ts";

/** How close is too close (ICAO Doc 4444, 8.7.3, radar separation; light aircraft keep themselves apart by eye). */
interface Criterion {
  readonly name: string;
  readonly horizontalM: number;
  readonly verticalM: number;
  /** Between two who keep their levels. */
  readonly levelM: number;
  /**
   * For so many steps in a row and so many seconds, so that bad positions make no alarm: a feed that lets go
   * of an old one has put it right by then, and light aircraft pass one another in less.
   */
  readonly steps: number;
  readonly forS: number;
}
const AIRWAYS: Criterion = {
  name: "3 NM and 1 000 ft",
  horizontalM: 5_556,
  verticalM: 290,
  levelM: 244,
  steps: 2,
  forS: 7,
};
const BY_EYE: Criterion = {
  name: "0.3 NM and 400 ft",
  horizontalM: 556,
  verticalM: 122,
  levelM: 122,
  steps: 3,
  forS: 2,
};

/** Who keeps a level is within 200 ft of it (ICAO Doc 4444, 8.5.5.2): 1 000 ft apart may be said to be 800. */
const LEVEL_MPS = 1.5;
/**
 * Kept apart by controllers: one of them faster than light aircraft fly, the other no slower than airliners
 * approach, and both not on the last five miles, on three degrees, to a runway.
 */
const AIRWAYS_FROM_HEIGHT_M = 450;
const FAST_MPS = 110;
const APPROACH_MPS = 75;
/** Lower down, approaches are flown side by side on purpose: only who comes closer than half is told of. */
const SIDE_BY_SIDE_BELOW_M = 1_500;
/** Predicted so far ahead, by the velocities, to come to half of the distance. */
const AHEAD_S = 40;
const PREDICTED_PART = 0.5;
/** Neither on the ground nor about to land. */
const LEAST_HEIGHT_M = 150;
const LEAST_SPEED_MPS = 25;
/** So close, they are a formation, or one aircraft under two addresses: that pair means nothing for a while. */
const SAME_M = 75;
const SAME_FOR_MS = 30 * 60_000;
/** Who fly together come close again and again: that is one anomaly, and it is over after so long. */
const OVER_AFTER_MS = 60_000;

const RAD = Math.PI / 180;
const METRES_PER_DEGREE = 111_195;
/** No pair that is farther apart can come close in time. */
const REACH_DEG = 0.22;

interface Pair {
  readonly criterion: Criterion;
  readonly sinceMs: number;
  lastMs: number;
  steps: number;
  isTold: boolean;
  nearestM: number;
  details: Record<string, unknown>;
}

/** Two aircraft that are, or are about to come, closer than they should. */
export class Proximity implements SkyDetector {
  readonly #airports: AirportIndex;
  private readonly pairs = new Map<string, Pair>();
  /** Pairs that are one, and when that was last seen. */
  private readonly same = new Map<string, number>();

  constructor(airports: AirportIndex) {
    this.#airports = airports;
  }

  step(sky: readonly Sample[], nowMs: number): { icao24: string; finding: Finding }[] {
    const cells = new Cells();
    for (const one of sky) {
      if (!isFlying(one, nowMs)) continue;
      // `sky` is in the order of addresses: those who are there already have lower ones.
      cells.near(one, (other) => {
        if (Math.abs(one.altitudeM - other.altitudeM) <= 1500) this.look(other, one, nowMs);
      });
      cells.add(one);
    }
    for (const [key, ms] of this.same) {
      if (nowMs - ms > SAME_FOR_MS) this.same.delete(key);
    }
    const present = new Set(sky.map(({ icao24 }) => icao24));
    const found: { icao24: string; finding: Finding }[] = [];
    for (const [key, pair] of this.pairs) {
      const [icao24, other] = key.split(" ") as [string, string];
      const isOver = nowMs - pair.lastMs > OVER_AFTER_MS || !present.has(icao24);
      if (isOver || (!pair.isTold && pair.lastMs !== nowMs)) this.pairs.delete(key);
      else if (pair.isTold) found.push({ icao24, finding: findingOf(pair, other) });
    }
    return found;
  }

  private look(one: Sample, other: Sample, nowMs: number): void {
    const { horizontalM, verticalM, closestM, closestVerticalM, closestS } = encounter(
      one,
      other,
      nowMs,
    );
    if (closestM > AIRWAYS.horizontalM && horizontalM > AIRWAYS.horizontalM) return;
    const heightsM = [this.heightM(one), this.heightM(other)];
    if (!heightsM.every((heightM) => heightM > LEAST_HEIGHT_M)) return;
    const isAirways = heightsM.every((heightM) => heightM > AIRWAYS_FROM_HEIGHT_M) &&
      Math.max(speedMps(one), speedMps(other)) > FAST_MPS &&
      Math.min(speedMps(one), speedMps(other)) > APPROACH_MPS;
    // Light aircraft often do not say how good their positions are, which reads the same.
    if (isAirways && (hasLostIntegrity(one.report) || hasLostIntegrity(other.report))) return;
    const criterion = isAirways ? AIRWAYS : BY_EYE;
    const leastVerticalM = isLevel(one) && isLevel(other) ? criterion.levelM : criterion.verticalM;
    const isClose = horizontalM < criterion.horizontalM && verticalM < leastVerticalM;
    const isLow = isAirways && heightsM.some((heightM) => heightM < SIDE_BY_SIDE_BELOW_M);
    const willBe = isAirways && closestS <= AHEAD_S &&
      closestM < criterion.horizontalM * PREDICTED_PART &&
      closestVerticalM < leastVerticalM && verticalM < 3 * criterion.verticalM;
    if (!isClose && !willBe) return;
    const key = keyOfPair(one.icao24, other.icao24);
    const isKnown = this.pairs.get(key)?.isTold ?? false;
    if (isLow && !willBe && !isKnown && horizontalM > criterion.horizontalM * PREDICTED_PART) {
      return;
    }
    if (horizontalM < SAME_M && verticalM < SAME_M) this.same.set(key, nowMs);
    if (nowMs - (this.same.get(key) ?? -Infinity) < SAME_FOR_MS) return;
    let pair = this.pairs.get(key);
    if (!pair) {
      pair = {
        criterion,
        sinceMs: nowMs,
        lastMs: nowMs,
        steps: 0,
        isTold: false,
        nearestM: horizontalM,
        details: {},
      };
      this.pairs.set(key, pair);
    }
    pair.lastMs = nowMs;
    pair.nearestM = Math.min(pair.nearestM, horizontalM);
    pair.steps++;
    const lasts = pair.steps >= criterion.steps && nowMs - pair.sinceMs >= criterion.forS * 1000;
    if (!pair.isTold && !lasts) return;
    if (!pair.isTold && this.hasTwin(one.icao24, other.icao24)) return;
    pair.isTold = true;
    pair.details = {
      other_icao24: other.icao24,
      other_callsign: other.report.callsign ?? null,
      criterion: criterion.name,
      distance_m: Math.round(horizontalM),
      least_distance_m: criterion.horizontalM,
      nearest_m: Math.round(pair.nearestM),
      vertical_separation_m: Math.round(verticalM),
      least_vertical_separation_m: leastVerticalM,
      closest_in_s: Math.round(closestS),
      closest_m: Math.round(closestM),
      predicted_ahead_s: AHEAD_S,
      is_predicted: !isClose,
    };
  }

  private heightM({ lat, lon, altitudeM }: Sample): number {
    return altitudeM - (this.#airports.nearest(lat, lon)?.airport.elevationM || 0);
  }

  /** Whether one of these is the same aircraft as another, of a higher address, of whom it is told. */
  private hasTwin(one: string, other: string): boolean {
    for (const key of this.same.keys()) {
      const [icao24, twin] = key.split(" ") as [string, string];
      if (icao24 === one && this.pairs.has(keyOfPair(twin, other))) return true;
      if (icao24 === other && this.pairs.has(keyOfPair(one, twin))) return true;
    }
    return false;
  }
}

function keyOfPair(one: string, other: string): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}

/** Aircraft by where they are: rows of cells around the earth, none narrower than the reach. */
class Cells {
  private readonly cells = new Map<number, Sample[]>();

  add(sample: Sample): void {
    const row = Math.floor(sample.lat / REACH_DEG);
    const columns = columnsOf(row);
    const key = keyOf(row, Math.floor((sample.lon + 180) / 360 * columns), columns);
    const cell = this.cells.get(key);
    if (cell) cell.push(sample);
    else this.cells.set(key, [sample]);
  }

  /** Shows everyone within reach, and some beyond it. */
  near({ lat, lon }: Sample, see: (other: Sample) => void): void {
    const ownRow = Math.floor(lat / REACH_DEG);
    const reachLonDeg = REACH_DEG / Math.max(0.01, Math.cos(lat * RAD));
    for (let row = ownRow - 1; row <= ownRow + 1; row++) {
      const columns = columnsOf(row);
      const from = Math.floor((lon + 180 - reachLonDeg) / 360 * columns);
      const to = Math.floor((lon + 180 + reachLonDeg) / 360 * columns);
      for (let column = from; column <= Math.min(to, from + columns - 1); column++) {
        const cell = this.cells.get(keyOf(row, column, columns));
        if (cell) { for (const other of cell) see(other); }
      }
    }
  }
}

const columnsKnown = new Map<number, number>();

function columnsOf(row: number): number {
  let columns = columnsKnown.get(row);
  if (columns === undefined) {
    const farthestDeg = Math.min(90, Math.max(Math.abs(row), Math.abs(row + 1)) * REACH_DEG);
    columns = Math.max(1, Math.floor(360 * Math.cos(farthestDeg * RAD) / REACH_DEG));
    columnsKnown.set(row, columns);
  }
  return columns;
}

/** A number for each cell, the same on both sides of the antimeridian. */
function keyOf(row: number, column: number, columns: number): number {
  return row * 4096 + (column % columns + columns) % columns;
}

function findingOf({ sinceMs, lastMs, details }: Pair, other: string): Finding {
  return { type: "PROXIMITY", key: other, startedAtMs: sinceMs, untilMs: lastMs, details };
}

function isFlying(sample: Sample, nowMs: number): boolean {
  const { onGround, isPlaced, placedMs, altitudeM } = sample;
  return !onGround && isPlaced && nowMs - placedMs <= FRESH_MS &&
    altitudeM > LEAST_HEIGHT_M / 2 && speedMps(sample) > LEAST_SPEED_MPS;
}

function isLevel({ verticalRateMps }: Sample): boolean {
  return !(Math.abs(verticalRateMps) >= LEVEL_MPS);
}

function speedMps({ eastMps, northMps }: Sample): number {
  return Math.hypot(eastMps, northMps);
}

/** How far two aircraft are apart at `nowMs`, and where they come closest if both fly on. */
function encounter(one: Sample, other: Sample, nowMs: number) {
  const aS = (nowMs - one.placedMs) / 1000, bS = (nowMs - other.placedMs) / 1000;
  const cos = Math.cos(one.lat * RAD);
  const dLon = ((other.lon - one.lon + 540) % 360) - 180;
  const east = dLon * METRES_PER_DEGREE * cos + other.eastMps * bS - one.eastMps * aS;
  const north = (other.lat - one.lat) * METRES_PER_DEGREE + other.northMps * bS - one.northMps * aS;
  const up = other.altitudeM - one.altitudeM +
    (other.verticalRateMps || 0) * (nowMs - other.atMs) / 1000 -
    (one.verticalRateMps || 0) * (nowMs - one.atMs) / 1000;
  const vE = other.eastMps - one.eastMps, vN = other.northMps - one.northMps;
  const v2 = vE * vE + vN * vN;
  const closestS = v2 > 1 ? Math.max(0, -(east * vE + north * vN) / v2) : 0;
  const upMps = (other.verticalRateMps || 0) - (one.verticalRateMps || 0);
  return {
    horizontalM: Math.hypot(east, north),
    verticalM: Math.abs(up),
    closestS,
    closestM: Math.hypot(east + vE * closestS, north + vN * closestS),
    closestVerticalM: Math.abs(up + upMps * closestS),
  };
}
