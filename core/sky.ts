/**
 * What concerns several aircraft at once. Samples of all tracks come together here and are looked at in
 * steps of one second of event time, once every partition has got there: the same steps see the same
 * samples however the stream was split, and at any speed.
 */
import type { AnomalyPayload } from "../contracts/anomaly.ts";
import { AnomalyBook, type Subject } from "./anomaly_book.ts";
import { GnssJamming } from "./detectors/gnss_jamming.ts";
import { Proximity } from "./detectors/proximity.ts";
import type { Finding } from "./finding.ts";
import { restore } from "./stored.ts";
import type { Track } from "./track/track.ts";

const STEP_MS = 1000;
/** Reports may come so much later than others of the same time. */
const LATENESS_MS = 2000;
/** A partition that is so far behind the others, though read to its end, is not waited for. */
const IDLE_MS = 120_000;
/** Samples older than this say nothing of now. */
export const FRESH_MS = 20_000;

/** One aircraft at one time: degrees, m, m/s; unknown numbers are NaN. */
export interface Sample extends Subject {
  readonly icao24: string;
  readonly partition: number;
  readonly atMs: number;
  readonly lat: number;
  readonly lon: number;
  readonly eastMps: number;
  readonly northMps: number;
  readonly altitudeM: number;
  readonly verticalRateMps: number;
  readonly onGround: boolean;
  /** False where the position is not to be believed: it was rejected, or it has just jumped. */
  readonly isPlaced: boolean;
}

/** What looks at all aircraft together; it tells of each whose anomaly it is. */
export interface SkyDetector {
  /** What stands at `nowMs`; `sky` has the newest sample of each aircraft, by address. */
  step(sky: readonly Sample[], nowMs: number): { icao24: string; finding: Finding }[];
}

function newDetectors(): SkyDetector[] {
  return [new Proximity(), new GnssJamming()];
}

export class Sky {
  private detectors = newDetectors();
  private readonly newest = new Map<string, Sample>();
  private readonly books = new Map<string, AnomalyBook>();
  private pending: Sample[] = [];
  private readonly clocks = new Map<number, number>();
  /** Partitions of which more is on the log already. */
  private readonly behind = new Set<number>();
  private steppedMs = -Infinity;
  /** Anomalies that ended outside of a step. */
  private readonly ended: AnomalyPayload[] = [];
  /** Samples that came after their step. */
  late = 0;

  /** A sky that goes on where the stored one was. */
  static restored(stored: Sky): Sky {
    const sky = new Sky();
    const detectors = sky.detectors.map((detector, i) => restore(detector, stored.detectors[i]!));
    const books = Array.from(
      stored.books,
      ([icao24, book]) => [icao24, restore(new AnomalyBook(), book)] as const,
    );
    Object.assign(sky, stored, { detectors, books: new Map(books) });
    return sky;
  }

  /** Whether nothing has been seen yet. */
  get isNew(): boolean {
    return this.steppedMs === -Infinity && this.pending.length === 0;
  }

  /** There is something on the log of this partition, which will come. */
  expect(partition: number): void {
    if (!this.clocks.has(partition)) this.clocks.set(partition, -Infinity);
    this.behind.add(partition);
  }

  /** The partition has been read so far, and that was its end, or not. */
  reached(partition: number, isEnd: boolean): void {
    if (isEnd) this.behind.delete(partition);
    else this.behind.add(partition);
  }

  /** The partition is somebody else's now. */
  drop(partition: number): void {
    this.clocks.delete(partition);
    this.behind.delete(partition);
  }

  /** Takes a track after its newest report, which came in this partition. */
  observe(track: Track, partition: number): void {
    const { atMs } = track;
    // Whatever is late has been left out before: the partition's stream has begun anew.
    if (atMs < this.clocks.get(partition)! - IDLE_MS) this.beginAnew(partition, atMs);
    this.clocks.set(partition, Math.max(this.clocks.get(partition) ?? -Infinity, atMs));
    if (atMs <= this.steppedMs) {
      this.late++;
      return;
    }
    this.pending.push({
      icao24: track.icao24,
      partition,
      report: track.report,
      airport: track.airport,
      atMs,
      lat: track.lat,
      lon: track.lon,
      eastMps: track.eastMps,
      northMps: track.northMps,
      altitudeM: track.altitudeM,
      verticalRateMps: track.verticalRateMps,
      onGround: track.report.on_ground,
      isPlaced: track.positionUse === "used" || track.positionUse === "repeated",
    });
  }

  /** Runs the steps that all partitions have come past, and returns the anomalies to publish. */
  run(): AnomalyPayload[] {
    return [...this.ended.splice(0), ...this.catchUp()];
  }

  private beginAnew(partition: number, atMs: number): void {
    this.clocks.delete(partition);
    this.pending = this.pending.filter((sample) => sample.partition !== partition);
    if (atMs > this.steppedMs) return;
    for (const book of this.books.values()) this.ended.push(...book.close());
    this.books.clear();
    this.newest.clear();
    this.detectors = newDetectors();
    this.steppedMs = -Infinity;
  }

  private catchUp(): AnomalyPayload[] {
    const newestMs = Math.max(...this.clocks.values());
    const awaited = [...this.clocks].filter(([partition, ms]) =>
      this.behind.has(partition) || newestMs - ms < IDLE_MS
    );
    const slowestMs = Math.min(...awaited.map(([, ms]) => ms));
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
      if (nowMs - atMs > FRESH_MS) this.newest.delete(icao24);
    }
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
      news.push(...book.update(this.newest.get(icao24)!, findings, nowMs));
    }
    return news;
  }
}

function byTime(a: Sample, b: Sample): number {
  return a.atMs - b.atMs || (a.icao24 < b.icao24 ? -1 : 1);
}
