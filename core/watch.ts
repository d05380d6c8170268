import type { AnomalyPayload } from "../contracts/anomaly.ts";
import { DEPARTED_AFTER_S, type FlightStatus } from "../contracts/constants.ts";
import type { FlightPayload } from "../contracts/flight.ts";
import { lastContactMs } from "../contracts/times.ts";
import { AnomalyBook } from "./anomaly_book.ts";
import { type AirportIndex } from "./context/airports.ts";
import { Surroundings } from "./context/surroundings.ts";
import { type Detector, newDetectors } from "./detectors/detectors.ts";
import type { Finding } from "./finding.ts";
import { Presence } from "./presence.ts";
import { type FlightPhase, type Silence, Track } from "./track/track.ts";

/** One aircraft, and what looks at it. */
interface Watched {
  readonly track: Track;
  readonly surroundings: Surroundings;
  readonly detectors: readonly Detector[];
  readonly anomalies: AnomalyBook;
}

/** What history keeps beside what an aircraft said: metres and m/s, null where unknown. */
export interface FlightContext {
  readonly altitude_m_smoothed?: number | null;
  readonly vertical_rate_mps_smoothed?: number | null;
  readonly flight_phase?: FlightPhase;
  readonly near_airport?: string | null;
  readonly status?: FlightStatus;
}

/** Centimetres are more than is known. */
function known(value: number): number | null {
  return Number.isNaN(value) ? null : Math.round(value * 100) / 100;
}

/** Nothing found, as nearly always. */
const NONE: readonly Finding[] = [];

/** Who left is remembered for so long: it may come back. */
const REMEMBERED_MS = 30 * 60_000;

/** Every aircraft of one partition, watched by the partition's own event clock. */
export class Watch {
  readonly #aircraft = new Map<string, Watched>();
  readonly #presence = new Presence(DEPARTED_AFTER_S);
  /** Those who left, the longest silent first. */
  readonly #gone = new Map<string, Silence>();
  readonly #airports: AirportIndex;
  #nowMs = -Infinity;
  #lookedSecond = NaN;

  constructor(airports: AirportIndex) {
    this.#airports = airports;
  }

  /** How many aircraft are watched. */
  get size(): number {
    return this.#aircraft.size;
  }

  /** The track of an aircraft that is there. */
  track(icao24: string): Track | undefined {
    return this.#aircraft.get(icao24)?.track;
  }

  /** What is estimated of an aircraft at its newest report; nothing where `flight` is an older one. */
  context(flight: FlightPayload): FlightContext {
    const watched = this.#aircraft.get(flight.icao24);
    if (!watched || watched.track.report !== flight) return {};
    const { track, anomalies } = watched;
    return {
      altitude_m_smoothed: known(track.altitudeM),
      vertical_rate_mps_smoothed: known(track.verticalRateMps),
      flight_phase: track.phase,
      near_airport: track.airport?.code ?? null,
      status: anomalies.isEmpty ? "NORMAL" : "ANOMALY",
    };
  }

  /** Takes the next update and returns the anomalies to publish, those of aircraft that left included. */
  observe(flight: FlightPayload): AnomalyPayload[] {
    const atMs = lastContactMs(flight);
    this.#nowMs = Math.max(this.#nowMs, atMs);
    const news = this.#departed();
    this.#presence.heard(flight.icao24, this.#nowMs);
    let watched = this.#aircraft.get(flight.icao24);
    if (!watched) {
      watched = {
        track: new Track(flight, this.#comeBack(flight.icao24)),
        surroundings: new Surroundings(),
        detectors: newDetectors(),
        anomalies: new AnomalyBook(),
      };
      this.#aircraft.set(flight.icao24, watched);
    } else if (atMs > watched.track.atMs) watched.track.update(flight);
    // What comes late or twice is history, not news.
    else return news;
    const { track, surroundings, detectors, anomalies } = watched;
    surroundings.update(track, this.#airports);
    let findings = NONE;
    for (const detector of detectors) {
      const finding = detector.observe(track);
      if (finding) findings = [...findings, finding];
    }
    if (findings === NONE && anomalies.isEmpty) return news;
    return [...news, ...anomalies.update(track, findings, atMs)];
  }

  /** The stream has ended: what is open ends with the last that is known of it. */
  close(): AnomalyPayload[] {
    return [...this.#aircraft.keys()].flatMap((icao24) => this.#forget(icao24));
  }

  /** Who has left, looked for once in a second of event time. */
  #departed(): AnomalyPayload[] {
    const second = Math.floor(this.#nowMs / 1000);
    if (second === this.#lookedSecond) return [];
    this.#lookedSecond = second;
    return this.#presence.departed(this.#nowMs).flatMap((icao24) => this.#forget(icao24));
  }

  #comeBack(icao24: string): Silence | undefined {
    const silence = this.#gone.get(icao24);
    this.#gone.delete(icao24);
    return silence;
  }

  #forget(icao24: string): AnomalyPayload[] {
    const { anomalies, track } = this.#aircraft.get(icao24)!;
    this.#aircraft.delete(icao24);
    this.#gone.set(icao24, track.silenceFromNow());
    for (const [longest, { fromMs }] of this.#gone) {
      if (this.#nowMs - fromMs <= REMEMBERED_MS) break;
      this.#gone.delete(longest);
    }
    return anomalies.close();
  }
}
