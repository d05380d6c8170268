/** The nearest airport, by a grid of one degree: a lookup reads the few cells around a place. */
import { bearingDeg, distanceM, signedDeg } from "../geodesy.ts";

export interface Airport {
  readonly code: string;
  readonly lat: number;
  readonly lon: number;
  /** Above the sea; NaN where nobody says. */
  readonly elevationM: number;
}

const METRES_PER_DEGREE = 111_195;
/** Of latitude, rounded down. */
const LEAST_METRES_PER_DEGREE = 111_194;
/** Farther ones are not near. */
export const NEAR_M = 60_000;
const RAD = Math.PI / 180;

export class AirportIndex {
  readonly #cells = new Map<number, Airport[]>();

  constructor(airports: Iterable<Airport>) {
    for (const airport of airports) {
      const key = cell(Math.floor(airport.lat), Math.floor(airport.lon));
      const here = this.#cells.get(key);
      if (here) here.push(airport);
      else this.#cells.set(key, [airport]);
    }
  }

  /** The nearest one within NEAR_M and how far it is, m; undefined where there is none. */
  nearest(lat: number, lon: number): { airport: Airport; distanceM: number } | undefined {
    return this.#best(lat, lon, NEAR_M, () => true);
  }

  /** The nearest one that lies so far ahead at most, m, and no more than so far off the course, degrees. */
  ahead(lat: number, lon: number, courseDeg: number, reachM: number, offDeg: number) {
    const isAhead = (airport: Airport) =>
      Math.abs(signedDeg(bearingDeg({ lat, lon }, airport) - courseDeg)) < offDeg;
    return this.#best(lat, lon, reachM, isAhead)?.airport;
  }

  #best(lat: number, lon: number, reachM: number, suits: (airport: Airport) => boolean) {
    const reachDeg = reachM / METRES_PER_DEGREE;
    // Degrees of longitude become short; around the poles every one of them is near.
    const shrink = Math.cos(Math.min(90, Math.abs(lat) + reachDeg) * RAD);
    const reachLonDeg = shrink > 0.01 ? Math.min(180, reachDeg / shrink) : 180;
    let best: { airport: Airport; distanceM: number } | undefined;
    const last = Math.floor(Math.min(89.999, lat + reachDeg));
    for (let row = Math.floor(Math.max(-90, lat - reachDeg)); row <= last; row++) {
      const from = Math.floor(lon - reachLonDeg);
      const to = Math.min(Math.floor(lon + reachLonDeg), from + 359);
      for (let column = from; column <= to; column++) {
        for (const airport of this.#cells.get(cell(row, column)) ?? []) {
          const northM = Math.abs(airport.lat - lat) * LEAST_METRES_PER_DEGREE;
          // Most are too far north or south already: how far they are takes much longer.
          if (northM > (best?.distanceM ?? reachM)) continue;
          const m = distanceM({ lat, lon }, airport);
          if (m > reachM || (best && best.distanceM <= m) || !suits(airport)) continue;
          best = { airport, distanceM: m };
        }
      }
    }
    return best;
  }
}

/** A number for each cell, the same on both sides of the antimeridian. */
function cell(row: number, column: number): number {
  return (Math.min(row, 89) + 90) * 360 + ((column + 180) % 360 + 360) % 360;
}
