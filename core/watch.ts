import type { AnomalyPayload } from "../contracts/anomaly.ts";
import { DEPARTED_AFTER_S, type FlightStatus } from "../contracts/constants.ts";
import type { BoundingBox, FlightPayload } from "../contracts/flight.ts";
import { lastContactMs } from "../contracts/times.ts";
import { AnomalyBook, type Subject } from "./anomaly_book.ts";
import { type AirportIndex } from "./context/airports.ts";
import { Surroundings } from "./context/surroundings.ts";
import { type Detector, newDetectors } from "./detectors/detectors.ts";
import { SignalLoss } from "./detectors/signal_loss.ts";
import type { Finding } from "./finding.ts";
import { FUTURE_MS, Oddities, type Oddity } from "./oddities.ts";
import { Presence } from "./presence.ts";
import { restore } from "./stored.ts";
import { Intervals } from "./track/intervals.ts";
import { type FlightPhase, GAP_S, type Silence, Track } from "./track/track.ts";

/** One aircraft, and what looks at it. */
interface Watched {
  readonly track: Track;
  readonly surroundings: Surroundings;
  readonly detectors: readonly Detector[];
  readonly anomalies: AnomalyBook;
  readonly oddities: Oddities;
}

/** Who left: what was known of its silences, as it may come back, and what is told if it does not. */
interface Gone {
  readonly silence: Silence;
  readonly signalLoss: SignalLoss;
  /** Its silence, where that is told. */
  readonly anomalies: AnomalyBook;
  readonly subject: Subject;
  readonly last: readonly Finding[];
}

/** What a watch knows. */
export interface StoredWatch {
  readonly nowMs: number;
  readonly aircraft: readonly Watched[];
  /** Who is there, the longest silent first. */
  readonly presence: readonly (readonly [icao24: string, heardAtMs: number])[];
  readonly gone: readonly (readonly [icao24: string, Gone])[];
  readonly old: readonly FlightPayload[];
  readonly leftOpen: readonly (readonly [anomalyId: string, AnomalyPayload])[];
  readonly begunMs: number;
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
const NOT_BACK = "not heard of again: it has left";
/** Shorter silences are none. */
const SILENT_MS = GAP_S * 1000;

function newWatched(flight: FlightPayload, gone?: Gone): Watched {
  return {
    track: new Track(flight, gone?.silence),
    surroundings: new Surroundings(),
    detectors: newDetectors(gone?.signalLoss),
    anomalies: gone?.anomalies ?? new AnomalyBook(),
    oddities: new Oddities(),
  };
}

function signalLossOf({ detectors }: Watched): SignalLoss {
  return detectors.find((detector) => detector instanceof SignalLoss)!;
}

/** Older than the newest by this much, a report is late, unless so many in a row are. */
const OLD_MS = DEPARTED_AFTER_S * 1000;
const OLD_BELIEVED = 10;

/** Every aircraft of one partition, watched by event time: what they say, or `passTo`, moves it. */
export class Watch {
  readonly #aircraft = new Map<string, Watched>();
  readonly #presence = new Presence(DEPARTED_AFTER_S);
  /** Those who left, the longest silent first. */
  readonly #gone = new Map<string, Gone>();
  readonly #airports: AirportIndex;
  /** The last reports, as long as they are all old. */
  #old: FlightPayload[] = [];
  /** What was open when the stream last began anew, resolved; and when that was, event time. */
  readonly #leftOpen = new Map<string, AnomalyPayload>();
  #begunMs = NaN;
  #within: BoundingBox | undefined;
  #nowMs = -Infinity;
  #lookedSecond = NaN;
  #odd = new Map<Oddity, number>();

  constructor(airports: AirportIndex) {
    this.#airports = airports;
  }

  /** All that it knows, as plain data, for `restored`. */
  stored(): StoredWatch {
    return {
      nowMs: this.#nowMs,
      aircraft: [...this.#aircraft.values()],
      presence: this.#presence.stored(),
      gone: [...this.#gone],
      old: this.#old,
      leftOpen: [...this.#leftOpen],
      begunMs: this.#begunMs,
    };
  }

  /** What is remembered of every aircraft, for `formatOf`. */
  static sample(): unknown {
    const flight: FlightPayload = {
      icao24: "000000",
      position: { lat: 0, lon: 0 },
      on_ground: false,
      spi: false,
      last_contact_unix: 0,
    };
    return [newWatched(flight), new Intervals()];
  }

  /** A watch that goes on where the stored one was. */
  static restored(airports: AirportIndex, stored: StoredWatch): Watch {
    const watch = new Watch(airports);
    watch.#nowMs = stored.nowMs;
    watch.#old = [...stored.old];
    for (const [id, anomaly] of stored.leftOpen) watch.#leftOpen.set(id, anomaly);
    watch.#begunMs = stored.begunMs;
    watch.#lookedSecond = Math.floor(stored.nowMs / 1000);
    for (const { track, surroundings, detectors, anomalies, oddities } of stored.aircraft) {
      watch.#aircraft.set(track.icao24, {
        track: Track.restored(track),
        surroundings: restore(new Surroundings(), surroundings),
        detectors: newDetectors().map((detector, i) => restore(detector, detectors[i]!)),
        anomalies: restore(new AnomalyBook(), anomalies),
        oddities: restore(new Oddities(), oddities),
      });
    }
    for (const [icao24, heardAtMs] of stored.presence) watch.#presence.heard(icao24, heardAtMs);
    for (const [icao24, gone] of stored.gone) {
      const { silence, signalLoss } = gone;
      watch.#gone.set(icao24, {
        ...gone,
        silence: { ...silence, intervals: restore(new Intervals(), silence.intervals) },
        signalLoss: restore(new SignalLoss(), signalLoss),
        anomalies: restore(new AnomalyBook(), gone.anomalies),
      });
    }
    return watch;
  }

  /** A watch that begins anew, and has to end what the stored one left open. */
  static after(airports: AirportIndex, stored: StoredWatch): Watch {
    const watch = new Watch(airports);
    for (const anomaly of Watch.restored(airports, stored).close()) {
      watch.#leftOpen.set(anomaly.anomaly_id, anomaly);
    }
    return watch;
  }

  /** How many aircraft are watched. */
  get size(): number {
    return this.#aircraft.size;
  }

  /** The track of an aircraft that is there. */
  track(icao24: string): Track | undefined {
    return this.#aircraft.get(icao24)?.track;
  }

  /** What is estimated of an aircraft at the time of `flight`; nothing where a newer one is known. */
  context(flight: FlightPayload): FlightContext {
    const watched = this.#aircraft.get(flight.icao24);
    if (!watched || watched.track.atMs !== lastContactMs(flight)) return {};
    const { track, anomalies } = watched;
    return {
      altitude_m_smoothed: known(track.altitudeM),
      vertical_rate_mps_smoothed: known(track.verticalRateMps),
      flight_phase: track.phase,
      near_airport: track.airport?.code ?? null,
      status: anomalies.isEmpty ? "NORMAL" : "ANOMALY",
    };
  }

  /** How many reports were odd since this was asked last, by what was odd about them. */
  takeOdd(): ReadonlyMap<Oddity, number> {
    const odd = this.#odd;
    if (odd.size > 0) this.#odd = new Map();
    return odd;
  }

  #count(oddity: Oddity): void {
    this.#odd.set(oddity, (this.#odd.get(oddity) ?? 0) + 1);
  }

  /**
   * Takes the next update and returns the anomalies to publish, those of aircraft that left included;
   * `within` is what its source looks at.
   */
  observe(flight: FlightPayload, within?: BoundingBox): AnomalyPayload[] {
    this.#within = within;
    if (lastContactMs(flight) >= this.#nowMs - OLD_MS) {
      this.#old = [];
      return this.#take(flight);
    }
    this.#old.push(flight);
    this.#count("late");
    return this.#old.length < OLD_BELIEVED ? [] : this.#beginAnew();
  }

  /** Event time has come this far, as the rest of the stream shows; returns what that ends and what it tells. */
  passTo(nowMs: number): AnomalyPayload[] {
    const knowsNothing = this.#nowMs === -Infinity && this.#leftOpen.size === 0;
    if (knowsNothing || !(nowMs > this.#nowMs)) return [];
    this.#nowMs = nowMs;
    if (Number.isNaN(this.#begunMs)) this.#begunMs = nowMs;
    return this.#departed();
  }

  /** The stream has gone back, as when a recording is played again: what was goes, and time with it. */
  #beginAnew(): AnomalyPayload[] {
    for (const anomaly of this.close()) this.#leftOpen.set(anomaly.anomaly_id, anomaly);
    const old = this.#old;
    this.#old = [];
    this.#gone.clear();
    this.#presence.clear();
    this.#nowMs = -Infinity;
    this.#begunMs = lastContactMs(old[0]!);
    return old.flatMap((flight) => this.#take(flight));
  }

  /** What was open when the stream went back is over, unless it opens again where it did then. */
  #over(): AnomalyPayload[] {
    const over: AnomalyPayload[] = [];
    for (const [id, anomaly] of this.#leftOpen) {
      const isPast = this.#nowMs > Date.parse(anomaly.detected_at) + OLD_MS;
      if (!isPast && this.#nowMs - this.#begunMs < REMEMBERED_MS) continue;
      this.#leftOpen.delete(id);
      over.push(anomaly);
    }
    return over;
  }

  #take(flight: FlightPayload): AnomalyPayload[] {
    const atMs = lastContactMs(flight);
    if (atMs > this.#nowMs + FUTURE_MS && this.#aircraft.size > 0) this.#count("from_the_future");
    this.#nowMs = Math.max(this.#nowMs, atMs);
    if (Number.isNaN(this.#begunMs)) this.#begunMs = atMs;
    const news = this.#departed();
    let watched = this.#aircraft.get(flight.icao24);
    // What comes late or twice is history, not news, and does not mean that somebody is still there.
    if (watched && atMs <= watched.track.atMs) {
      this.#count(atMs === watched.track.atMs ? "same_time" : "late");
      return news;
    }
    this.#presence.heard(flight.icao24, this.#nowMs);
    if (watched) {
      if (atMs - watched.track.atMs > SILENT_MS) news.push(...miss(watched, atMs, this.#within));
      watched.track.update(flight);
    } else {
      watched = newWatched(flight, this.#comeBack(flight.icao24, atMs, news));
      this.#aircraft.set(flight.icao24, watched);
    }
    const { track, surroundings, detectors, anomalies } = watched;
    for (const oddity of watched.oddities.of(track)) this.#count(oddity);
    surroundings.update(track, this.#airports);
    let findings = NONE;
    for (const detector of detectors) {
      const finding = detector.observe(track);
      if (finding) findings = [...findings, finding];
    }
    track.settle();
    if (findings === NONE && anomalies.isEmpty) return news;
    const own = anomalies.update(track, findings, atMs);
    for (const { anomaly_id } of own) this.#leftOpen.delete(anomaly_id);
    return [...news, ...own];
  }

  /** The stream has ended: what is open ends with the last that is known of it. */
  close(): AnomalyPayload[] {
    const leftOpen = [...this.#leftOpen.values()];
    this.#leftOpen.clear();
    const open = [...this.#aircraft.keys()].flatMap((icao24) => this.#forget(icao24));
    const last = [...this.#gone.values()].flatMap(goneForGood);
    this.#gone.clear();
    return [...leftOpen, ...open, ...last];
  }

  /** Who is silent or has left, looked for once in a second of event time. */
  #departed(): AnomalyPayload[] {
    const second = Math.floor(this.#nowMs / 1000);
    if (second === this.#lookedSecond) return [];
    this.#lookedSecond = second;
    const news = this.#over();
    for (const icao24 of this.#presence.silent(this.#nowMs, SILENT_MS)) {
      news.push(...miss(this.#aircraft.get(icao24)!, this.#nowMs, this.#within));
    }
    for (const icao24 of this.#presence.departed(this.#nowMs)) news.push(...this.#forget(icao24));
    for (const [icao24, gone] of this.#gone) {
      news.push(...missGone(gone, this.#nowMs, this.#within));
      if (this.#nowMs - gone.silence.fromMs <= REMEMBERED_MS) continue;
      this.#gone.delete(icao24);
      news.push(...goneForGood(gone));
    }
    return news;
  }

  /** Who was gone, if that was not for too long; adds what is to be told of its silence. */
  #comeBack(icao24: string, atMs: number, news: AnomalyPayload[]): Gone | undefined {
    const gone = this.#gone.get(icao24);
    if (!gone) return undefined;
    this.#gone.delete(icao24);
    news.push(...missGone(gone, atMs, this.#within));
    if (atMs - gone.silence.fromMs <= REMEMBERED_MS) return gone;
    news.push(...goneForGood(gone));
    return undefined;
  }

  #forget(icao24: string): AnomalyPayload[] {
    const watched = this.#aircraft.get(icao24)!;
    const { anomalies, track, detectors } = watched;
    this.#aircraft.delete(icao24);
    const signalLoss = signalLossOf(watched);
    const closed = anomalies.close(signalLoss.isMissing ? "SIGNAL_LOSS" : undefined);
    this.#gone.set(icao24, {
      silence: track.silenceFromNow(),
      signalLoss,
      anomalies,
      subject: { report: track.report, airport: track.airport },
      last: detectors.flatMap((detector) => detector.leave?.(track) ?? []),
    });
    return closed;
  }
}

/** Tells of its silence, should it be too long by now. */
function miss(watched: Watched, nowMs: number, within?: BoundingBox): AnomalyPayload[] {
  const finding = signalLossOf(watched).missing(watched.track, nowMs, within);
  return finding ? watched.anomalies.take(watched.track, finding, nowMs) : [];
}

function missGone(gone: Gone, nowMs: number, within?: BoundingBox): AnomalyPayload[] {
  const { silence: { report, fromMs, intervals }, signalLoss, anomalies, subject } = gone;
  const finding = signalLoss.missing({ report, atMs: fromMs, intervals }, nowMs, within);
  return finding ? anomalies.take(subject, finding, nowMs) : [];
}

/**
 * What is told of an aircraft that has not come back: its silence was none, and what had waited opens
 * and is over at once.
 */
function goneForGood({ silence, subject, last, anomalies }: Gone): AnomalyPayload[] {
  const withdrawn = anomalies.withdraw(NOT_BACK);
  if (last.length === 0) return withdrawn;
  const book = new AnomalyBook();
  const told = book.update(subject, last, silence.fromMs + REMEMBERED_MS);
  return [...withdrawn, ...told, ...book.close()];
}
