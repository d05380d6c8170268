/** What is possible at all: the errors of a filter and a smoother that are told what nobody can know. */
import { LocalFrame, type Planar } from "../core/track/frame.ts";
import { type Noise, STEP_M } from "./noisy_flights.ts";
import { type TrackLine, WARM_UP_POINTS } from "./score.ts";

const RAD = Math.PI / 180;
/** Values farther off than so many standard deviations are false. */
const FALSE_SIGMAS = 8;

/** How far off an estimate is, m, and its variance along each axis. */
interface Off {
  readonly P: number;
  readonly eastM: number;
  readonly northM: number;
}

/** What is reported less what is true: m and m/s, 0 for false velocities, NaN for false positions. */
interface Report {
  readonly atS: number;
  readonly eastM: number;
  readonly northM: number;
  readonly eastMps: number;
  readonly northMps: number;
}

/**
 * The root mean square position errors, m, of dead reckoning that knows how the aircraft moved, but for the
 * noise of the velocities it adds up, that corrects itself with every position, by Kalman's gain, and that
 * is told which values are false; of such ones joined that go forwards and backwards; and of altitudes. Only where aircraft
 * fly so steadily that their next velocity is known better than it is measured, less is possible.
 */
export function boundsM(
  input: readonly TrackLine[],
  truth: readonly TrackLine[],
  noise: Noise,
): { online: number; smoothed: number; altitude: number } {
  const reports = input.map((line, i) => errorOf(line, truth[i]!, noise));
  const [R, q] = [noise.positionM ** 2, noise.speedMps ** 2];
  const { after } = reckon(reports, R, q);
  const back = reckon(reports.toReversed(), R, q).before.reverse();
  const both = after.map((known, i) => {
    const other = back[i]!;
    const part = other.P === Infinity ? 0 : known.P / (known.P + other.P);
    return {
      eastM: known.eastM + part * (other.eastM - known.eastM),
      northM: known.northM + part * (other.northM - known.northM),
    };
  });
  const rms = (errors: readonly { eastM: number; northM: number }[]) => {
    const scored = errors.slice(WARM_UP_POINTS);
    const squares = scored.reduce((sum, { eastM, northM }) => sum + eastM ** 2 + northM ** 2, 0);
    return Math.sqrt(squares / scored.length);
  };
  const altitudes = input.map((line, i) => altitudeErrorOf(line, truth[i]!, noise));
  const altitude = reckon(altitudes, noise.altitudeM ** 2 + STEP_M ** 2 / 12, noise.rateMps ** 2);
  return { online: rms(after), smoothed: rms(both), altitude: rms(altitude.after) };
}

/**
 * Dead reckoning through reports, in either direction: before and after the position of each is taken, with
 * the variances R of positions and q of velocities.
 */
function reckon(reports: readonly Report[], R: number, q: number): { before: Off[]; after: Off[] } {
  const [before, after]: [Off[], Off[]] = [[], []];
  let [P, eastM, northM] = [Infinity, 0, 0];
  for (const [i, report] of reports.entries()) {
    const last = reports[i - 1];
    if (last) {
      const dtS = report.atS - last.atS, forS = Math.abs(dtS);
      eastM += dtS * (last.eastMps + report.eastMps) / 2;
      northM += dtS * (last.northMps + report.northMps) / 2;
      P += q * Math.max(forS, forS * forS / 2);
    }
    before.push({ P, eastM, northM });
    if (!Number.isNaN(report.eastM)) {
      const K = P === Infinity ? 1 : P / (P + R);
      eastM += K * (report.eastM - eastM);
      northM += K * (report.northM - northM);
      P = K * R;
    }
    after.push({ P, eastM, northM });
  }
  return { before, after };
}

function errorOf(reported: TrackLine, truth: TrackLine, noise: Noise): Report {
  const place: Planar = { eastM: NaN, northM: NaN, convergenceRad: NaN };
  new LocalFrame(truth.lat, truth.lon).toPlane(reported.lat, reported.lon, place);
  const isThere = Math.hypot(place.eastM, place.northM) < FALSE_SIGMAS * noise.positionM;
  const [a, b] = [reported.true_track * RAD, truth.true_track * RAD];
  const eastMps = reported.velocity * Math.sin(a) - truth.velocity * Math.sin(b);
  const northMps = reported.velocity * Math.cos(a) - truth.velocity * Math.cos(b);
  const isTrue = Math.hypot(eastMps, northMps) < FALSE_SIGMAS * noise.speedMps;
  return {
    atS: truth.time,
    eastM: isThere ? place.eastM : NaN,
    northM: isThere ? place.northM : NaN,
    eastMps: isTrue ? eastMps : 0,
    northMps: isTrue ? northMps : 0,
  };
}

/** The same of altitude and vertical rate, as if they were to the east. */
function altitudeErrorOf(reported: TrackLine, truth: TrackLine, noise: Noise): Report {
  const eastM = reported.baro_altitude - truth.baro_altitude;
  const isTrue = Math.abs(eastM) < FALSE_SIGMAS * noise.altitudeM;
  return {
    atS: truth.time,
    eastM: isTrue ? eastM : NaN,
    northM: 0,
    eastMps: reported.vertical_rate - truth.vertical_rate,
    northMps: 0,
  };
}
