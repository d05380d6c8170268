/**
 * What concerns several aircraft at once. Reports of all partitions come together here and are looked at
 * in steps of one second of event time, once every partition has got there: the same steps see the same
 * samples however the stream was split, and at any speed. Who looks at all aircraft need not filter all
 * of them: what is said of position and velocity will do, where it can be believed.
 */
import type { AnomalyPayload } from "../contracts/anomaly.ts";
import type { FlightPayload } from "../contracts/flight.ts";
import { lastContactMs } from "../contracts/times.ts";
import { AnomalyBook } from "./anomaly_book.ts";
import type { AirportIndex } from "./context/airports.ts";
import { GnssJamming } from "./detectors/gnss_jamming.ts";
import { Proximity } from "./detectors/proximity.ts";
import type { Finding } from "./finding.ts";
import { distanceM } from "./geodesy.ts";
import { restore } from "./stored.ts";
import { GAP_S } from "./track/track.ts";

const RAD = Math.PI / 180;
const STEP_MS = 1000;
/** Reports may come so much later than others of the same time. */
const LATENESS_MS = 2000;
/** A partition that is so far behind the others, though read to its end, is not waited for. */
const IDLE_MS = 120_000;
/** Samples older than this say nothing of where an aircraft is now. */
export const FRESH_MS = 20_000;
/** Who has not been heard of for so long is not there. */
const HEARD_MS = GAP_S * 1000;
/** So many reports in a row from before that are no late ones: the stream has begun anew. */
const OLD_BELIEVED = 10;
/** What an aircraft may be off from where its speed can have brought it, and the most that is flown. */
const SLACK_M = 500;
const FASTEST_MPS = 350;
/** So many positions in a row that cannot be are where it is. */
const REJECTED_BELIEVED = 3;

/** One aircraft at one time: degrees, m, m/s; unknown numbers are NaN. */
export interface Sample {
  readonly icao24: string;
  readonly report: FlightPayload;
  readonly partition: number;
  readonly atMs: number;
  /** When it was where it says: a position that is said again is an old one. */
  readonly placedMs: number;
  readonly lat: number;
  readonly lon: number;
  readonly eastMps: number;
  readonly northMps: number;
  readonly altitudeM: number;
  readonly verticalRateMps: number;
  readonly onGround: boolean;
  /** False where the aircraft cannot have come there so fast. */
  readonly isPlaced: boolean;
  /** How many positions in a row up to this one are like that. */
  readonly rejected: number;
}

/** What looks at all aircraft together; it tells of each whose anomaly it is. */
export interface SkyDetector {
  /** What stands at `nowMs`; `sky` has the newest sample of each aircraft, by address. */
  step(sky: readonly Sample[], nowMs: number): { icao24: string; finding: Finding }[];
}

function newDetectors(airports: AirportIndex): SkyDetector[] {
  return [new Proximity(airports), new GnssJamming()];
}

/** How far a partition has come, event time in ms, and its last reports as long as they are all old. */
interface Place {
  clockMs: number;
  old: FlightPayload[];
}

export class Sky {
  readonly #airports: AirportIndex;
  private detectors: SkyDetector[];
  /** What was heard last of each aircraft, at the place that was believed last: the next is compared with it. */
  private readonly believed = new Map<string, Sample>();
  private readonly newest = new Map<string, Sample>();
  private readonly books = new Map<string, AnomalyBook>();
  private pending: Sample[] = [];
  private readonly places = new Map<number, Place>();
  /** Partitions of which more is on the log already. */
  private readonly behind = new Set<number>();
  private steppedMs = -Infinity;
  /** Anomalies that ended outside of a step. */
  private readonly ended: AnomalyPayload[] = [];
  /** Samples that came after their step. */
  late = 0;

  constructor(airports: AirportIndex) {
    this.#airports = airports;
    this.detectors = newDetectors(airports);
  }

  /** A sky that goes on where the stored one was. */
  static restored(airports: AirportIndex, stored: Sky): Sky {
    const sky = new Sky(airports);
    const detectors = sky.detectors.map((detector, i) => restore(detector, stored.detectors[i]!));
    const books = Array.from(
      stored.books,
      ([icao24, book]) => [icao24, restore(new AnomalyBook(), book)] as const,
    );
    return Object.assign(sky, stored, { detectors, books: new Map(books) });
  }

  /** A sky that begins anew, and ends what the stored one left open. */
  static after(airports: AirportIndex, stored: Sky): Sky {
    const sky = new Sky(airports);
    for (const book of Sky.restored(airports, stored).books.values()) {
      sky.ended.push(...book.close());
    }
    return sky;
  }

  /** There is something on the log of this partition, which will come. */
  expect(partition: number): void {
    this.place(partition);
    this.behind.add(partition);
  }

  /** The partition has been read so far, and that was its end, or not. */
  reached(partition: number, isEnd: boolean): void {
    if (isEnd) this.behind.delete(partition);
    else this.behind.add(partition);
  }

  /** There is nothing more on this partition, and event time has come this far, as the others show. */
  passTo(partition: number, nowMs: number): void {
    const place = this.place(partition);
    place.clockMs = Math.max(place.clockMs, nowMs);
  }

  /** Takes the next report of this partition. */
  observe(flight: FlightPayload, partition: number): void {
    const place = this.place(partition);
    if (lastContactMs(flight) >= place.clockMs - IDLE_MS) {
      place.old = [];
      this.take(flight, partition);
      return;
    }
    place.old.push(flight);
    if (place.old.length < OLD_BELIEVED) return;
    const { old } = place;
    this.beginAnew(partition, lastContactMs(old[0]!));
    for (const one of old) this.take(one, partition);
  }

  private place(partition: number): Place {
    let place = this.places.get(partition);
    if (!place) this.places.set(partition, place = { clockMs: -Infinity, old: [] });
    return place;
  }

  private take(flight: FlightPayload, partition: number): void {
    const atMs = lastContactMs(flight);
    const before = this.believed.get(flight.icao24);
    // What comes late or twice is no news.
    if (before && atMs <= before.atMs) return;
    const place = this.place(partition);
    place.clockMs = Math.max(place.clockMs, atMs);
    const sample = sampled(flight, partition, before);
    this.believed.set(flight.icao24, sample.isPlaced ? sample : placedAs(before!, sample));
    if (atMs <= this.steppedMs) this.late++;
    else this.pending.push(sample);
  }

  /** Runs the steps that all partitions have come past, and returns the anomalies to publish. */
  run(): AnomalyPayload[] {
    return [...this.ended.splice(0), ...this.catchUp()];
  }

  private beginAnew(partition: number, atMs: number): void {
    this.places.delete(partition);
    this.pending = this.pending.filter((sample) => sample.partition !== partition);
    for (const sample of this.believed.values()) {
      if (sample.partition === partition) this.believed.delete(sample.icao24);
    }
    if (atMs > this.steppedMs) return;
    for (const book of this.books.values()) this.ended.push(...book.close());
    this.books.clear();
    this.newest.clear();
    this.detectors = newDetectors(this.#airports);
    this.steppedMs = -Infinity;
  }

  private catchUp(): AnomalyPayload[] {
    const newestMs = Math.max(...Array.from(this.places.values(), ({ clockMs }) => clockMs));
    const awaited = [...this.places].filter(([partition, { clockMs }]) =>
      this.behind.has(partition) || newestMs - clockMs < IDLE_MS
    );
    const slowestMs = Math.min(...awaited.map(([, { clockMs }]) => clockMs));
    return awaited.length > 0 ? this.advance(slowestMs - LATENESS_MS) : [];
  }

  /** Runs all steps up to `toMs`, event time: what was heard until then is here. */
  advance(toMs: number): AnomalyPayload[] {
    const news: AnomalyPayload[] = [];
    if (this.pending.length === 0) return news;
    const ready = this.pending.filter(({ atMs }) => atMs <= toMs).sort(byTime);
    if (ready.length === 0) return news;
    this.pending = this.pending.filter(({ atMs }) => atMs > toMs);
    let taken = 0;
    while (taken < ready.length) {
      // The next whole second with something new; nothing happens in between.
      const stepMs = Math.ceil(ready[taken]!.atMs / STEP_MS) * STEP_MS;
      while (taken < ready.length && ready[taken]!.atMs <= stepMs) {
        const sample = ready[taken++]!;
        this.newest.set(sample.icao24, sample);
      }
      if (stepMs > toMs) {
        // The second is not over: its samples wait for the rest of it.
        const waiting = ready.filter(({ atMs }) => atMs > stepMs - STEP_MS);
        this.pending.push(...waiting);
        break;
      }
      news.push(...this.step(stepMs));
    }
    return news;
  }

  /** The stream has ended. */
  close(): AnomalyPayload[] {
    const news = this.advance(Infinity);
    for (const book of this.books.values()) news.push(...book.close());
    return news;
  }

  private step(nowMs: number): AnomalyPayload[] {
    this.steppedMs = nowMs;
    for (const [icao24, { atMs }] of this.newest) {
      if (nowMs - atMs > HEARD_MS) this.newest.delete(icao24);
    }
    this.forget(nowMs);
    const sky = [...this.newest.values()].sort((a, b) => a.icao24 < b.icao24 ? -1 : 1);
    const found = new Map<string, Finding[]>();
    for (const detector of this.detectors) {
      for (const { icao24, finding } of detector.step(sky, nowMs)) {
        const findings = found.get(icao24);
        if (findings) findings.push(finding);
        else found.set(icao24, [finding]);
      }
    }
    const news: AnomalyPayload[] = [];
    for (const [icao24, book] of this.books) {
      if (found.has(icao24)) continue;
      // Nothing is found of it any more: what was open ends.
      news.push(...book.close());
      this.books.delete(icao24);
    }
    for (const [icao24, findings] of found) {
      const book = this.books.get(icao24) ?? new AnomalyBook();
      this.books.set(icao24, book);
      const { report } = this.newest.get(icao24)!;
      const { lat, lon } = report.position;
      const airport = this.#airports.nearest(lat, lon)?.airport;
      news.push(...book.update({ report, airport }, findings, nowMs));
    }
    return news;
  }

  /** Once a minute, who has not been heard of. */
  private forget(nowMs: number): void {
    if (nowMs % 60_000 !== 0) return;
    for (const { icao24, atMs } of this.believed.values()) {
      if (nowMs - atMs > IDLE_MS) this.believed.delete(icao24);
    }
  }
}

/** The newest that is said of an aircraft, where it was before. */
function placedAs({ lat, lon, placedMs }: Sample, sample: Sample): Sample {
  return { ...sample, lat, lon, placedMs };
}

/** What a report says of where its aircraft is and how it moves, by what was known before. */
function sampled(flight: FlightPayload, partition: number, last: Sample | undefined): Sample {
  const { position: { lat, lon }, velocity_mps, heading_deg } = flight;
  const atMs = lastContactMs(flight);
  const isRecent = last !== undefined && atMs - last.atMs <= FRESH_MS;
  const isSaid = typeof velocity_mps === "number" && typeof heading_deg === "number";
  const isSame = last !== undefined && lat === last.lat && lon === last.lon;
  const courseRad = (heading_deg ?? NaN) * RAD;
  const isPlaced = isSame || !last || canBe(flight, atMs, last);
  return {
    icao24: flight.icao24,
    report: flight,
    partition,
    atMs,
    placedMs: isSame ? last.placedMs : atMs,
    lat,
    lon,
    // A report without a velocity leaves the one before; without an altitude or a rate, likewise.
    eastMps: isSaid ? velocity_mps * Math.sin(courseRad) : isRecent ? last.eastMps : NaN,
    northMps: isSaid ? velocity_mps * Math.cos(courseRad) : isRecent ? last.northMps : NaN,
    altitudeM: flight.altitude_m ?? (isRecent ? last.altitudeM : NaN),
    verticalRateMps: flight.vertical_rate_mps ?? (isRecent ? last.verticalRateMps : NaN),
    onGround: flight.on_ground,
    isPlaced,
    rejected: isPlaced ? 0 : last.rejected + 1,
  };
}

function canBe({ position }: FlightPayload, atMs: number, last: Sample): boolean {
  if (last.rejected >= REJECTED_BELIEVED) return true;
  const s = (atMs - last.placedMs) / 1000;
  return distanceM(last, position) <= SLACK_M + FASTEST_MPS * s;
}

function byTime(a: Sample, b: Sample): number {
  return a.atMs - b.atMs || (a.icao24 < b.icao24 ? -1 : 1);
}
