/**
 * A flight with hindsight: the online filters run over it forwards and backwards, and at every report the
 * two are joined by their covariances (Fraser and Potter, "The optimum linear smoother as a combination of
 * two optimum linear filters", 1969), model by model, each with the weight of how well its two agree
 * (Helmick, Blair and Hoffman, "Fixed-interval smoothing for Markovian switching systems", 1995). What the
 * source's noise is, is learnt from the whole flight first, and what is false is then judged by what comes
 * before and after it.
 */
import { LocalFrame, type Placed, type Planar } from "./frame.ts";
import { HorizontalFilter } from "./horizontal.ts";
import { estimateOf, type HorizontalEstimate, N as STATES } from "./horizontal_estimate.ts";
import { density, disregard, joined, meanOf, type Weighed } from "./joined.ts";
import { SLOW_MPS } from "./motion.ts";
import { HORIZONTAL, type HorizontalTuning } from "./tuning.ts";
import { altitudeEstimates, VERTICAL, VerticalFilter, type VerticalTuning } from "./vertical.ts";

/** What a report says of the motion; NaN is unknown. */
export interface Motion {
  readonly atMs: number;
  readonly lat: number;
  readonly lon: number;
  readonly altitudeM: number;
  readonly speedMps: number;
  readonly trackDeg: number;
  readonly verticalRateMps: number;
}

const RAD = Math.PI / 180;

/** The motion at each report of one flight, in order of time, by all of them. */
export function smooth(
  reports: readonly Motion[],
  horizontalTuning: HorizontalTuning = HORIZONTAL,
  verticalTuning: VerticalTuning = VERTICAL,
): Motion[] {
  const tuning = withNoiseOf(reports, horizontalTuning);
  const positions = smoothPositions(withoutFalse(reports, tuning), tuning);
  const altitudes = smoothAltitude(reports, verticalTuning);
  return reports.map(({ atMs }, i) => ({ atMs, ...positions[i]!, ...altitudes[i]! }));
}

/** The tuning with the noise that the online filter learns, the mean over the flight but for its beginning. */
function withNoiseOf(reports: readonly Motion[], tuning: HorizontalTuning): HorizontalTuning {
  const filter = new HorizontalFilter(tuning);
  const from = Math.floor(reports.length / 3);
  let [position, velocity] = [0, 0];
  for (const [i, { atMs, lat, lon, speedMps, trackDeg }] of reports.entries()) {
    filter.update(atMs, lat, lon, speedMps, trackDeg);
    if (i < from) continue;
    position += Math.log(filter.positionNoiseM) / (reports.length - from);
    velocity += Math.log(filter.velocityNoiseMps) / (reports.length - from);
  }
  return {
    ...tuning,
    positionNoiseM: Math.exp(position),
    velocityNoiseMps: Math.exp(velocity),
    noiseStep: 0,
    firstStep: 0,
  };
}

/** The reports without positions and velocities that those before and after them make unlikely. */
function withoutFalse(reports: readonly Motion[], tuning: HorizontalTuning): Motion[] {
  const { positionNoiseM, velocityNoiseMps, falsePosition, falseVelocity } = tuning;
  const place: Planar = { eastM: NaN, northM: NaN, convergenceRad: NaN };
  return bothWays(reports, tuning, true, (report, forward, backward) => {
    if (!forward || !backward) return report;
    const models = joined(STATES, forward.models, backward, MEASURED);
    const { lat, lon, speedMps, trackDeg } = report;
    new LocalFrame(forward.lat, forward.lon).toPlane(lat, lon, place);
    const position = density(models, 0, place.eastM, place.northM, positionNoiseM);
    const [east, north] = [Math.sin(trackDeg * RAD), Math.cos(trackDeg * RAD)];
    const velocity = density(models, 1, speedMps * east, speedMps * north, velocityNoiseMps);
    // What is not there is as it was.
    return {
      ...report,
      ...(position < falsePosition ? { lat: NaN, lon: NaN } : {}),
      ...(velocity < falseVelocity ? { speedMps: NaN, trackDeg: NaN } : {}),
    };
  });
}

/** Where the aircraft is and how it moves at each report. */
function smoothPositions(reports: readonly Motion[], tuning: HorizontalTuning) {
  return bothWays(reports, tuning, false, (_, forward, backward) => {
    if (!forward) return { lat: NaN, lon: NaN, speedMps: NaN, trackDeg: NaN };
    const x = meanOf(STATES, joined(STATES, forward.models, backward));
    const where: Placed = { lat: NaN, lon: NaN, tangent: NaN, convergenceRad: NaN };
    new LocalFrame(forward.lat, forward.lon).toDegrees(x[0]!, x[3]!, where);
    const trackDeg = Math.atan2(x[1]!, x[4]!) / RAD;
    return {
      lat: where.lat,
      lon: where.lon,
      speedMps: Math.hypot(x[1]!, x[4]!),
      trackDeg: trackDeg < 0 ? trackDeg + 360 : trackDeg,
    };
  });
}

/** Makes something of each report and what is known by those before it, or with it, and by those after it. */
function bothWays<T>(
  reports: readonly Motion[],
  tuning: HorizontalTuning,
  isBefore: boolean,
  make: (
    report: Motion,
    forward: HorizontalEstimate | undefined,
    backward: readonly Weighed[] | undefined,
  ) => T,
): T[] {
  // Forwards all is kept, as small as it is; backwards each is joined at once.
  const forward = new HorizontalFilter(tuning);
  const ahead = reports.map((report) => {
    const before = step(forward, report.atMs, report, report.trackDeg);
    if (isBefore) return before;
    return Number.isNaN(forward.lat) ? undefined : forward.models();
  });
  const backward = new HorizontalFilter(tuning);
  return reports.toReversed().map((report) => {
    const models = ahead.pop();
    const known = models && estimateOf(models);
    // Time runs backwards, and so does the aircraft.
    const after = step(backward, -report.atMs, report, (report.trackDeg + 180) % 360);
    return make(report, known, known && after && reversed(estimateOf(after), known, tuning));
  }).reverse();
}

/** Takes a report into a filter; what it knew before, at that time. */
function step(filter: HorizontalFilter, atMs: number, report: Motion, trackDeg: number) {
  const { lat, lon, speedMps } = report;
  if (!filter.advance(atMs)) return void filter.update(atMs, lat, lon, speedMps, trackDeg);
  const before = filter.models();
  filter.correct(lat, lon, speedMps, trackDeg);
  return before;
}

/**
 * What a filter that ran backwards says, with time forwards and its place against another's. What both filters
 * take for granted of a model, how long it is flown and how it accelerates, counts in the other.
 */
function reversed(
  { lat, lon, models }: HorizontalEstimate,
  at: HorizontalEstimate,
  { manoeuvres }: HorizontalTuning,
): Weighed[] {
  const place: Planar = { eastM: NaN, northM: NaN, convergenceRad: NaN };
  new LocalFrame(at.lat, at.lon).toPlane(lat, lon, place);
  return models.map(({ probability, x, P }, m) => {
    reverse(STATES, REVERSED, x, P);
    x[0]! += place.eastM;
    x[3]! += place.northM;
    const { alongMps2, acrossMps2, staysS } = manoeuvres[m]!;
    let logWeight = Math.log(probability / staysS);
    const eastMps = at.models[m]!.x[1]!, northMps = at.models[m]!.x[4]!;
    const speedMps = Math.hypot(eastMps, northMps);
    // Who has no course accelerates whichever way.
    if (speedMps > SLOW_MPS) {
      const sin = eastMps / speedMps, cos = northMps / speedMps;
      logWeight += disregard(STATES, x, P, ACCELERATIONS, [sin, cos], alongMps2 ** 2) +
        disregard(STATES, x, P, ACCELERATIONS, [cos, -sin], acrossMps2 ** 2);
    } else logWeight += Math.log(alongMps2 * acrossMps2);
    return { logWeight, x, P };
  });
}

/** Where the estimates' positions and velocities are, east and north. */
const MEASURED = [[0, 3], [1, 4]] as const;
/** And their accelerations. */
const ACCELERATIONS = [2, 5] as const;
/** States of the estimates that change their sign when time runs backwards: the velocities. */
const REVERSED = MEASURED[1];

/** n states of time that runs backwards, in time that runs forwards: those that are rates change their sign. */
function reverse(n: number, rates: readonly number[], x: Float64Array, P: Float64Array): void {
  for (const i of rates) {
    x[i] = -x[i]!;
    for (let k = 0; k < n; k++) {
      P[i * n + k] = -P[i * n + k]!;
      P[k * n + i] = -P[k * n + i]!;
    }
  }
}

function smoothAltitude(reports: readonly Motion[], tuning: VerticalTuning) {
  const filter = new VerticalFilter(tuning);
  const ahead = reports.map((report) => {
    filter.update(report.atMs, report.altitudeM, report.verticalRateMps);
    return Number.isNaN(filter.altitudeM) ? undefined : filter.models();
  });
  const backward = new VerticalFilter(tuning);
  const assumed = tuning.models.map(({ rateMps, accelerationMps2, staysS }) =>
    staysS / (rateMps * accelerationMps2)
  );
  return reports.toReversed().map((report) => {
    const known = ahead.pop();
    const follows = backward.advance(-report.atMs);
    const after = follows ? altitudeEstimates(backward.models()) : [];
    if (follows) backward.correct(report.altitudeM, -report.verticalRateMps);
    else backward.update(-report.atMs, report.altitudeM, -report.verticalRateMps);
    if (!known) return { altitudeM: NaN, verticalRateMps: NaN };
    const weighed = after.map(({ probability, x, P }, m) => {
      reverse(3, [1], x, P);
      return { logWeight: Math.log(probability / assumed[m]!), x, P };
    });
    const x = meanOf(3, joined(3, altitudeEstimates(known), follows ? weighed : undefined));
    return { altitudeM: x[0]!, verticalRateMps: x[1]! };
  }).reverse();
}
