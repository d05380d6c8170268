/** What is possible at all: the error of a filter that is told what no filter can know. */
import { LocalFrame, type Planar } from "../core/track/frame.ts";
import type { Noise } from "./noisy_flights.ts";
import { type TrackLine, WARM_UP_POINTS } from "./score.ts";

const RAD = Math.PI / 180;
/** Values farther off than so many standard deviations are false. */
const FALSE_SIGMAS = 8;

/**
 * The root mean square position error, m, of dead reckoning that knows how the aircraft moved, but for the
 * noise of the velocities it adds up, that corrects itself with every position, by Kalman's gain, and that
 * is told which values are false. Only where aircraft fly so steadily that their next velocity is known
 * better than it is measured, less is possible.
 */
export function boundM(
  input: readonly TrackLine[],
  truth: readonly TrackLine[],
  noise: Noise,
): number {
  const R = noise.positionM ** 2;
  const place: Planar = { eastM: NaN, northM: NaN, convergenceRad: NaN };
  let P = Infinity, eastM = 0, northM = 0, squares = 0;
  let [eastMps, northMps] = [0, 0];
  for (const [i, reported] of input.entries()) {
    const line = truth[i]!;
    const [east, north] = difference(reported, line);
    const isTrue = Math.hypot(east, north) < FALSE_SIGMAS * noise.speedMps;
    const [nextEast, nextNorth] = isTrue ? [east, north] : [0, 0];
    if (i > 0) {
      const dtS = line.time - truth[i - 1]!.time;
      eastM += dtS * (eastMps + nextEast) / 2;
      northM += dtS * (northMps + nextNorth) / 2;
      P += noise.speedMps ** 2 * Math.max(dtS, dtS * dtS / 2);
    }
    [eastMps, northMps] = [nextEast, nextNorth];
    new LocalFrame(line.lat, line.lon).toPlane(reported.lat, reported.lon, place);
    if (Math.hypot(place.eastM, place.northM) < FALSE_SIGMAS * noise.positionM) {
      const K = P === Infinity ? 1 : P / (P + R);
      eastM += K * (place.eastM - eastM);
      northM += K * (place.northM - northM);
      P = P === Infinity ? R : P * (1 - K);
    }
    if (i >= WARM_UP_POINTS) squares += eastM ** 2 + northM ** 2;
  }
  return Math.sqrt(squares / (input.length - WARM_UP_POINTS));
}

/** What is reported of the velocity less what is true, m/s, east and north. */
function difference(reported: TrackLine, truth: TrackLine): [number, number] {
  const [a, b] = [reported.true_track * RAD, truth.true_track * RAD];
  return [
    reported.velocity * Math.sin(a) - truth.velocity * Math.sin(b),
    reported.velocity * Math.cos(a) - truth.velocity * Math.cos(b),
  ];
}
