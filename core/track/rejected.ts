/** Positions that were rejected since one was believed, and whether they are true after all. */
import { distanceM, type LatLon } from "../geodesy.ts";

/**
 * More rejected positions in a row that agree than were believed before are where the aircraft is: so many at
 * least, and at most; and if so many were rejected in all, whatever was believed is wrong.
 */
const LEAST_REJECTS = 2;
const MOST_AGREEING = 4;
const MOST_REJECTS = 12;
/** They agree within so many standard deviations, and what an aircraft flies between them. */
const AGREE_SIGMAS = 6;
const FASTEST_MPS = 350;

export const NOWHERE: LatLon = { lat: NaN, lon: NaN };

export class Rejected {
  /** The last one. */
  private atMs = NaN;
  private place = NOWHERE;
  /** How many up to it agree, and all. */
  private agreeing = 0;
  private inAll = 0;

  /** Whether the last one agrees with the one before. */
  get agree(): boolean {
    return this.agreeing > 1;
  }

  /** A position was believed. */
  clear(): void {
    this.inAll = 0;
  }

  /** Takes one more; true where the aircraft is there, since `accepts` were believed before. */
  isThere(atMs: number, place: LatLon, noiseM: number, accepts: number): boolean {
    const reachM = AGREE_SIGMAS * noiseM + FASTEST_MPS * (atMs - this.atMs) / 1000;
    const agrees = this.inAll > 0 && distanceM(this.place, place) < reachM;
    this.agreeing = agrees ? this.agreeing + 1 : 1;
    this.inAll++;
    this.atMs = atMs;
    this.place = place;
    const enough = Math.max(LEAST_REJECTS, Math.min(MOST_AGREEING, accepts + 1));
    return this.agreeing >= enough || this.inAll >= MOST_REJECTS;
  }
}
