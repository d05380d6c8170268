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
import type { Track } from "./track/track.ts";

const STEP_MS = 1000;
/** Reports may come so much later than others of the same time. */
const LATENESS_MS = 2000;
/** A partition that is so far behind the others has nothing to say, and is not waited for. */
const IDLE_MS = 120_000;
/** Samples older than this say nothing of now. */
export const FRESH_MS = 20_000;

/** One aircraft at one time: degrees, m, m/s; unknown numbers are NaN. */
export interface Sample extends Subject {
  readonly icao24: string;
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

export class Sky {
  private readonly detectors: readonly SkyDetector[] = [new Proximity(), new GnssJamming()];
  private readonly newest = new Map<string, Sample>();
  private readonly books = new Map<string, AnomalyBook>();
  private pending: Sample[] = [];
  private readonly clocks = new Map<number, number>();
  private steppedMs = -Infinity;
  /** Samples that came after their step. */
  late = 0;

  /** Takes a track after its newest report, which came in this partition. */
  observe(track: Track, partition: number): void {
    const { atMs } = track;
    this.clocks.set(partition, Math.max(this.clocks.get(partition) ?? -Infinity, atMs));
    if (atMs <= this.steppedMs) {
      this.late++;
      return;
    }
    this.pending.push({
      icao24: track.icao24,
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
    const newestMs = Math.max(...this.clocks.values());
    const awaited = [...this.clocks.values()].filter((ms) => newestMs - ms < IDLE_MS);
    return awaited.length > 0 ? this.advance(Math.min(...awaited) - LATENESS_MS) : [];
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
