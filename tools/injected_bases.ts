/** Parts of recorded flights into which faults are put, chosen with a seed; and how that is done. */
import type { FlightPayload } from "../contracts/flight.ts";
import { lastContactMs } from "../contracts/times.ts";

/** The reports of each aircraft of a recording. */
export type Recording = readonly (readonly FlightPayload[])[];

/** A part of a flight, in the order of its times, and the index from which on something may be put in. */
export interface Base {
  readonly own: readonly FlightPayload[];
  readonly at: number;
  readonly everyS: number;
}

/** What is heard before and after that, s. */
const BEFORE_S = 420;
const LEAST_BEFORE_S = 150;
const AFTER_S = 240;
const LEAST_REPORTS = 30;
/** Neither silences nor positions that are held are longer, s. */
const SILENT_S = 31;
const HELD_S = 15;
/** What is heard every second may as well be heard more seldom: every so many reports. */
const EVERY = [1, 1, 1, 2, 4, 10] as const;
const OFTEN_S = 2.1;
const TRIES = 5000;

export class Bases {
  readonly #recordings: readonly Recording[];
  readonly random: () => number;

  constructor(recordings: readonly Recording[], random: () => number) {
    this.#recordings = recordings;
    this.random = random;
  }

  between(least: number, most: number): number {
    return least + (most - least) * this.random();
  }

  one<T>(of: readonly T[]): T {
    return of[Math.floor(this.random() * of.length)]!;
  }

  /** With a normal distribution of variance 1 (Box and Muller, 1958). */
  noise(): number {
    return Math.sqrt(-2 * Math.log(1 - this.random())) * Math.cos(2 * Math.PI * this.random());
  }

  /** A flight of any recording, heard whole from some minutes before, that fits as long as the fault lasts. */
  find(lastsS: number, fits: (flight: FlightPayload) => boolean): Base {
    for (let tries = 0; tries < TRIES; tries++) {
      const found = this.pick(lastsS, fits);
      if (found) return found;
    }
    throw new Error(`No flight is heard for ${Math.round(lastsS)} s of what is asked for`);
  }

  private pick(lastsS: number, fits: (flight: FlightPayload) => boolean): Base | undefined {
    let flight = this.one(this.one(this.#recordings));
    const every = this.one(EVERY);
    if (every > 1 && medianS(flight) < OFTEN_S) flight = flight.filter((_, i) => i % every === 0);
    const at = Math.floor(this.random() * flight.length);
    const atMs = lastContactMs(flight[at]!);
    const untilMs = atMs + lastsS * 1000;
    let from = at, to = at;
    while (from > 0 && atMs - lastContactMs(flight[from - 1]!) <= BEFORE_S * 1000) from--;
    while (
      to + 1 < flight.length && lastContactMs(flight[to + 1]!) <= untilMs + AFTER_S * 1000
    ) to++;
    const own = flight.slice(from, to + 1);
    const isLong = own.length >= LEAST_REPORTS && lastContactMs(own.at(-1)!) >= untilMs &&
      atMs - lastContactMs(own[0]!) >= LEAST_BEFORE_S * 1000;
    if (!isLong || !isWhole(own)) return undefined;
    const during = own.slice(at - from).filter((one) => lastContactMs(one) <= untilMs);
    return during.every(fits) ? { own, at: at - from, everyS: medianS(own) } : undefined;
  }
}

/** In flight, with all that is needed in every report, and neither silent nor held. */
function isWhole(own: readonly FlightPayload[]): boolean {
  let movedMs = lastContactMs(own[0]!);
  return own.every((one, i) => {
    const before = own[i - 1] ?? one;
    const { lat, lon } = one.position;
    if (lat !== before.position.lat || lon !== before.position.lon) movedMs = lastContactMs(one);
    return !one.on_ground && typeof one.velocity_mps === "number" &&
      typeof one.heading_deg === "number" && typeof one.altitude_m === "number" &&
      lastContactMs(one) - lastContactMs(before) <= SILENT_S * 1000 &&
      lastContactMs(one) - movedMs <= HELD_S * 1000;
  });
}

function medianS(flight: readonly FlightPayload[]): number {
  const steps = flight.slice(1, 200).map((one, i) =>
    (lastContactMs(one) - lastContactMs(flight[i]!)) / 1000
  ).sort((a, b) => a - b);
  return steps[steps.length >> 1] ?? NaN;
}

/** Whom something must be told of, from when to when: event time, ms. */
export interface Truth {
  readonly icao24: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Reports, in the order of their times, and what must be told of them. */
export interface Faulty {
  readonly flights: readonly FlightPayload[];
  readonly truth: readonly Truth[];
  /** The same without the fault, where no more must be told with it. */
  readonly without?: readonly FlightPayload[];
}

/** The reports from one on, changed as long as the fault lasts by how many seconds it has. */
export function changed(
  { own, at }: Base,
  lastsS: number,
  change: (flight: FlightPayload, s: number) => Partial<FlightPayload>,
): { flights: FlightPayload[]; truth: [Truth] } {
  const fromMs = lastContactMs(own[at]!);
  let toMs = fromMs;
  const flights = own.map((flight) => {
    const s = (lastContactMs(flight) - fromMs) / 1000;
    if (s < 0 || s > lastsS) return flight;
    toMs = lastContactMs(flight);
    return { ...flight, ...change(flight, s) };
  });
  return { flights, truth: [{ icao24: own[0]!.icao24, fromMs, toMs }] };
}

/** Altitudes come in steps of 25 ft. */
const ALTITUDE_STEP_M = 7.62;

export function stepped(altitudeM: number): Partial<FlightPayload> {
  const altitude_m = Math.round(altitudeM / ALTITUDE_STEP_M) * ALTITUDE_STEP_M;
  return { altitude_m, geo_altitude_m: null };
}

export function inOrder(flights: readonly FlightPayload[]): FlightPayload[] {
  return flights.toSorted((a, b) => lastContactMs(a) - lastContactMs(b));
}
