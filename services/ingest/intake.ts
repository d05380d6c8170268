/**
 * The way of a live report: from its source through the merge to the log. Sources never wait for one
 * another, nor for the log: what it cannot take yet is queued up to a bound, and then the oldest goes.
 */
import { DEPARTED_AFTER_S, type ReasonCode } from "../../contracts/constants.ts";
import type { BoundingBox, FlightPayload, FlightSource } from "../../contracts/flight.ts";
import type { HeartbeatPayload } from "../../contracts/heartbeat.ts";
import type { Refusal } from "../../contracts/parse.ts";
import { type Merged, Merger, type Report } from "../../core/merge.ts";
import { implausible } from "../../core/plausibility.ts";
import { Presence } from "../../core/presence.ts";
import { sleep } from "../wait.ts";
import { DroppingQueue } from "./dropping_queue.ts";
import type { IngestMetrics } from "./metrics.ts";
import type { Publisher } from "./publisher.ts";

/** Five seconds of ten thousand aircraft, some 50 MB. */
const MOST_QUEUED = 50_000;
const BATCH = 500;
/** Who has left is looked for this often when nothing comes. */
const IDLE_MS = 1000;
/** A report that is this far ahead of our clock has a clock of its own. */
const AHEAD_MS = 10_000;
/** Of each source and reason one in this time is kept on the dead letters. */
const SAMPLE_EVERY_MS = 10_000;
const SAMPLE_BYTES = 64 << 10;

/** Why a report was not taken: what is wrong with it, or that it is no news. */
export type RejectReason =
  | ReasonCode
  | "not_icao"
  | "duplicate"
  | "late"
  | "outranked"
  | "no_position"
  | "outside";

/** What the merge calls it, as it is counted and told. */
export function rejectReason(kind: Exclude<Merged["kind"], "news">): RejectReason {
  return kind === "unreachable" ? "implausible_position" : kind;
}

type Queued =
  | { readonly kind: "report"; readonly from: SourceIntake; readonly flight: FlightPayload }
  | {
    readonly kind: "refused";
    readonly source: string;
    readonly original: Uint8Array;
    readonly refusal: Refusal;
  }
  | {
    readonly kind: "beat";
    readonly source: FlightSource;
    readonly payload: HeartbeatPayload;
    readonly heardUntilMs: number;
  };

export interface IntakeParts {
  readonly publisher: Publisher;
  readonly metrics: IngestMetrics;
  /** Who is on the log already, with when they were heard, ms. */
  readonly there: ReadonlyMap<string, number>;
  /** Whether flights say which source each field is from: worth its bytes where there are several. */
  readonly tellsProvenance: boolean;
  readonly mostQueued?: number;
  readonly now?: () => number;
}

export class Intake {
  readonly #parts: IntakeParts;
  readonly #merger: Merger;
  readonly #presence = new Presence(DEPARTED_AFTER_S);
  readonly #queue: DroppingQueue<Queued>;
  readonly #sources = new Map<string, SourceIntake>();
  #wake = () => {};
  readonly now: () => number;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.now = parts.now ?? Date.now;
    this.#merger = new Merger(parts);
    this.#queue = new DroppingQueue(parts.mostQueued ?? MOST_QUEUED);
    const there = [...parts.there].sort(([, a], [, b]) => a - b);
    for (const [icao24, heardAtMs] of there) this.#presence.heard(icao24, heardAtMs);
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** A source's own way in. */
  open(about: AboutSource): SourceIntake {
    const { metrics } = this.#parts;
    const source = new SourceIntake(about, this, metrics);
    this.#sources.set(about.name, source);
    return source;
  }

  /** What a source says; the news in it goes to the log. */
  observe(source: SourceIntake, report: Report, isPartial: boolean): RejectReason | "news" {
    const merged = this.#merger.observe(source.name, report, { isPartial });
    if (merged.kind !== "news") return rejectReason(merged.kind);
    // The position may be another source's, and with it the name on the envelope.
    const from = this.#sources.get(merged.source) ?? source;
    this.push({ kind: "report", from, flight: merged.flight });
    return "news";
  }

  push(queued: Queued): void {
    const dropped = this.#queue.push(queued);
    if (dropped?.kind === "report") {
      this.#parts.metrics.dropped.inc({ source: dropped.from.name });
    }
    this.#wake();
  }

  /** Moves what is queued to the log, and says who has left, until stopped. */
  async pump(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      if (this.#queue.length === 0) await this.#untilSomething(stopped);
      this.#sendOff();
      for (const queued of this.#queue.take(BATCH)) this.#hand(queued);
      await this.#parts.publisher.flush();
    }
  }

  async #untilSomething(stopped: AbortSignal): Promise<void> {
    const something = new AbortController();
    this.#wake = () => something.abort();
    await sleep(IDLE_MS, AbortSignal.any([stopped, something.signal]));
    this.#wake = () => {};
  }

  #sendOff(): void {
    for (const icao24 of this.#presence.departed(this.now())) {
      this.#parts.publisher.departed(icao24);
      this.#merger.forget(icao24);
    }
  }

  #hand(queued: Queued): void {
    const { publisher } = this.#parts;
    switch (queued.kind) {
      case "report":
        this.#presence.heard(queued.flight.icao24, this.now());
        return publisher.report(queued.from.flightSource, queued.flight);
      case "refused":
        return publisher.refused(queued.original, { source: queued.source }, queued.refusal);
      case "beat":
        publisher.passed(queued.heardUntilMs);
        return publisher.heartbeat(queued.source, queued.payload);
    }
  }
}

export interface AboutSource {
  readonly name: string;
  readonly provider: string;
  readonly producerId: string;
  /** The area it is asked for; undefined where it says all it hears. */
  readonly bbox: BoundingBox | undefined;
  readonly pollIntervalS: number;
}

/** What one source gives, counted; its heartbeats. */
export class SourceIntake {
  readonly #about: AboutSource;
  readonly #intake: Intake;
  readonly #metrics: IngestMetrics;
  readonly #rejected: Record<string, number> = {};
  readonly #sampledMs = new Map<RejectReason, number>();
  #flightSource: FlightSource;

  constructor(about: AboutSource, intake: Intake, metrics: IngestMetrics) {
    this.#about = about;
    this.#intake = intake;
    this.#metrics = metrics;
    this.#flightSource = {
      provider: about.provider,
      mode: "live",
      bbox: about.bbox ?? { lat_min: -90, lat_max: 90, lon_min: -180, lon_max: 180 },
      poll_interval_s: about.pollIntervalS,
    };
    metrics.received.inc({ source: about.name }, 0);
    metrics.dropped.inc({ source: about.name }, 0);
  }

  get name(): string {
    return this.#about.name;
  }

  /** As its flights and heartbeats have it in their envelopes. */
  get flightSource(): FlightSource {
    return this.#flightSource;
  }

  /** The time from one poll to the next has changed. */
  set pollIntervalS(poll_interval_s: number) {
    if (poll_interval_s === this.#flightSource.poll_interval_s) return;
    this.#flightSource = { ...this.#flightSource, poll_interval_s };
  }

  /** A report: `original` is asked for when it has to be kept aside. */
  report(report: Report, original: () => Uint8Array, { isPartial = false } = {}): void {
    this.#metrics.received.inc({ source: this.name });
    const refusal = this.#impossible(report);
    if (refusal) return this.refused(refusal, original);
    if (this.#isOutside(report)) return this.rejected("outside");
    if (contactMs(report) < this.#intake.now() - DEPARTED_AFTER_S * 1000) {
      return this.rejected("late");
    }
    const outcome = this.#intake.observe(this, report, isPartial);
    if (outcome === "news") return;
    if (outcome !== "implausible_position") return this.rejected(outcome);
    const { lat, lon } = report.position!;
    const reason = `position is ${lat}, ${lon}, where ${report.icao24} cannot have come since`;
    this.refused({ ok: false, reason_code: outcome, reason }, original);
  }

  /** Something that is wrong: counted, and now and then kept aside. */
  refused(refusal: Refusal, original: () => Uint8Array): void {
    const reason = refusal.reason_code;
    this.rejected(reason);
    const nowMs = this.#intake.now();
    if (nowMs - (this.#sampledMs.get(reason) ?? -Infinity) < SAMPLE_EVERY_MS) return;
    this.#sampledMs.set(reason, nowMs);
    this.#intake.push({
      kind: "refused",
      source: this.name,
      original: original().slice(0, SAMPLE_BYTES),
      refusal,
    });
  }

  rejected(reason: RejectReason): void {
    this.#rejected[reason] = (this.#rejected[reason] ?? 0) + 1;
    this.#metrics.rejected.inc({ source: this.name, reason });
  }

  beat(
    payload: Pick<HeartbeatPayload, "api_status" | "poll_latency_ms" | "flights_count"> & {
      readonly problem?: string;
      readonly retryAtMs?: number;
      /** Until when this has all that was heard, event time. */
      readonly heardUntilMs?: number;
      /** False where it only says again what the last poll has shown. */
      readonly isPoll?: boolean;
    },
  ): void {
    const { problem, retryAtMs, heardUntilMs = -Infinity, isPoll = true, ...others } = payload;
    if (isPoll) {
      this.#metrics.polls.inc({ status: payload.api_status });
      this.#metrics.pollLatencyS.observe(payload.poll_latency_ms / 1000);
    }
    this.#intake.push({
      kind: "beat",
      source: this.#flightSource,
      heardUntilMs,
      payload: {
        producer_id: this.#about.producerId,
        timestamp: new Date(this.#intake.now()).toISOString(),
        ...others,
        bbox: this.#flightSource.bbox,
        name: this.name,
        problem: problem ?? null,
        retry_at_unix: retryAtMs === undefined ? null : Math.ceil(retryAtMs / 1000),
        rejected: { ...this.#rejected },
      },
    });
  }

  #impossible(report: Report): Refusal | undefined {
    const aheadMs = contactMs(report) - this.#intake.now();
    if (aheadMs > AHEAD_MS) {
      const aheadS = Math.round(aheadMs / 1000);
      const reason = `the time is ${aheadS} s ahead, but must be past`;
      return { ok: false, reason_code: "implausible_time", reason };
    }
    const impossible = implausible(report);
    return impossible && { ok: false, ...impossible };
  }

  #isOutside({ position }: Report): boolean {
    const { bbox } = this.#about;
    return bbox !== undefined && position !== undefined && position !== null &&
      (position.lat < bbox.lat_min || position.lat > bbox.lat_max ||
        position.lon < bbox.lon_min || position.lon > bbox.lon_max);
  }
}

function contactMs(report: Report): number {
  return report.last_contact_ms ?? report.last_contact_unix * 1000;
}
