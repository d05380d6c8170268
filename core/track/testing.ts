/** Flights whose truth is known, for the tests of filters. */
import { destination, type LatLon, normalDeg } from "../geodesy.ts";
import { seededRandom } from "../seeded_random.ts";
import { LocalFrame, type Placed, type Planar } from "./frame.ts";

export const SPEED_MPS = 200;
const RAD = Math.PI / 180;

export interface Point extends LatLon {
  readonly courseDeg: number;
}

/**
 * A flight, a point a second: straight, a turn at 1.5°/s, straight. It is laid on a plane that touches
 * the earth halfway, where courses are turned by the meridians' convergence.
 */
export function flight(middle: LatLon, courseDeg: number, seconds: number): Point[] {
  const frame = new LocalFrame(middle.lat, middle.lon);
  const place: Planar = { eastM: 0, northM: 0, convergenceRad: 0 };
  let course = courseDeg * RAD;
  let eastM = -SPEED_MPS * seconds / 2 * Math.sin(course);
  let northM = -SPEED_MPS * seconds / 2 * Math.cos(course);
  return Array.from({ length: seconds }, (_, s) => {
    const at: Placed = { lat: NaN, lon: NaN, tangent: NaN, convergenceRad: NaN };
    frame.toDegrees(eastM, northM, at);
    frame.toPlane(at.lat, at.lon, place);
    const point = { ...at, courseDeg: normalDeg((course - place.convergenceRad) / RAD) };
    const turn = s > 100 && s < 160 ? 1.5 * RAD : 0;
    eastM += SPEED_MPS * Math.sin(course + turn / 2);
    northM += SPEED_MPS * Math.cos(course + turn / 2);
    course += turn;
    return point;
  });
}

/** Two normal numbers of this standard deviation (Box and Muller). */
function normals(random: () => number, deviation: number): [number, number] {
  const size = deviation * Math.sqrt(-2 * Math.log(1 - random()));
  const angle = 2 * Math.PI * random();
  return [size * Math.cos(angle), size * Math.sin(angle)];
}

/** The same point, with noise of 30 m and 1 m/s. */
export function noisy(point: Point, random: () => number) {
  const [east, north] = normals(random, 30);
  const [speed, across] = normals(random, 1);
  const moved = destination(destination(point, 90, east), 0, north);
  const trackDeg = point.courseDeg + across / SPEED_MPS / RAD;
  return { ...moved, speedMps: SPEED_MPS + speed, trackDeg: (trackDeg + 360) % 360 };
}

const STEP_M = 7.62;

/** Altitudes in steps of 25 ft with 8 m of noise: level, a climb at 10 m/s, level. */
export function climb(seed: number) {
  const random = seededRandom(seed);
  let altitudeM = 3000;
  return Array.from({ length: 300 }, (_, s) => {
    const rateMps = s > 100 && s <= 200 ? 10 : 0;
    altitudeM += rateMps;
    const noise = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const saidM = Math.round((altitudeM + 8 * noise()) / STEP_M) * STEP_M;
    return { atMs: s * 1000, altitudeM, rateMps, saidM, saidMps: rateMps + 0.5 * noise() };
  });
}
