import type { AnomalyPayload } from "../contracts/anomaly.ts";
import { DEPARTED_AFTER_S } from "../contracts/constants.ts";
import type { FlightPayload } from "../contracts/flight.ts";
import { lastContactMs } from "../contracts/times.ts";
import { AnomalyBook } from "./anomaly_book.ts";
import { emergencySquawk, type SquawkState } from "./detectors/emergency_squawk.ts";
import { Presence } from "./presence.ts";

/** What is remembered of one aircraft. */
interface Watched {
  readonly anomalies: AnomalyBook;
  readonly squawk: SquawkState;
  newestMs: number;
}

/** Every aircraft of one partition, watched by the partition's own event clock. */
export class Watch {
  readonly #aircraft = new Map<string, Watched>();
  readonly #presence = new Presence(DEPARTED_AFTER_S);
  #nowMs = -Infinity;

  /** How many aircraft are watched. */
  get size(): number {
    return this.#aircraft.size;
  }

  /** Takes the next update and returns the anomalies to publish, those of aircraft that left included. */
  observe(flight: FlightPayload): AnomalyPayload[] {
    const atMs = lastContactMs(flight);
    this.#nowMs = Math.max(this.#nowMs, atMs);
    const news = this.#presence.departed(this.#nowMs).flatMap((icao24) => this.#forget(icao24));
    const watched = this.#watched(flight.icao24);
    this.#presence.heard(flight.icao24, this.#nowMs);
    // What comes late or twice is history, not news.
    if (atMs <= watched.newestMs) return news;
    watched.newestMs = atMs;
    const squawk = emergencySquawk(watched.squawk, flight, atMs);
    return [...news, ...watched.anomalies.update(flight, squawk ? [squawk] : [], atMs)];
  }

  #watched(icao24: string): Watched {
    let watched = this.#aircraft.get(icao24);
    if (!watched) {
      watched = { anomalies: new AnomalyBook(), squawk: {}, newestMs: -Infinity };
      this.#aircraft.set(icao24, watched);
    }
    return watched;
  }

  #forget(icao24: string): AnomalyPayload[] {
    const watched = this.#aircraft.get(icao24)!;
    this.#aircraft.delete(icao24);
    return watched.anomalies.close(watched.newestMs);
  }
}
