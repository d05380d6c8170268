import { ANOMALY_SEVERITY, type AnomalyType } from "../contracts/constants.ts";
import type { AnomalyPayload } from "../contracts/anomaly.ts";
import type { Finding } from "./finding.ts";
import type { Track } from "./track/track.ts";

/** An anomaly that stands is published again at most this often, event time. */
const UPDATE_MS = 30_000;

/** What an anomaly is about. */
export type Subject = Pick<Track, "report" | "airport">;

interface Open {
  readonly name: string;
  anomaly: AnomalyPayload;
  readonly startedMs: number;
  untilMs: number;
  publishedMs: number;
}

const NONE: readonly Open[] = [];

/** The open anomalies of one aircraft: each opens once, is updated while it stands, and resolves. */
export class AnomalyBook {
  private open = NONE;

  get isEmpty(): boolean {
    return this.open.length === 0;
  }

  /**
   * Takes what the detectors find of an aircraft at `nowMs`, event time in ms, and returns what is to be
   * published: anomalies that opened, that went on for a while, and that resolved.
   */
  update(subject: Subject, findings: readonly Finding[], nowMs: number): AnomalyPayload[] {
    const news = findings.flatMap((finding) => this.take(subject, finding, nowMs));
    for (const open of this.open) {
      if (!findings.some((finding) => nameOf(finding) === open.name)) news.push(this.resolve(open));
    }
    return news;
  }

  /** Takes one finding more; the others stand as they did. */
  take(subject: Subject, finding: Finding, nowMs: number): AnomalyPayload[] {
    const news: AnomalyPayload[] = [];
    const name = nameOf(finding);
    const { startedAtMs, untilMs } = finding;
    let open = this.open.find((open) => open.name === name);
    if (open && isAnother(open, finding)) {
      news.push(this.resolve(open));
      open = undefined;
    }
    if (!open) {
      const anomaly = opened(subject, finding, nowMs);
      open = { name, anomaly, startedMs: startedAtMs, untilMs, publishedMs: nowMs };
      this.open = [...this.open, open];
      return [...news, anomaly];
    }
    open.anomaly = { ...open.anomaly, details: detailsOf(finding) };
    open.untilMs = untilMs;
    if (nowMs - open.publishedMs < UPDATE_MS) return news;
    open.publishedMs = nowMs;
    return [...news, open.anomaly];
  }

  /** The aircraft has left: what was open, but for what still stands then, ends with the last that is known. */
  close(standing?: AnomalyType): AnomalyPayload[] {
    return this.open.filter(({ name }) => name !== standing).map((open) => this.resolve(open));
  }

  /** What was open has turned out to be nothing. */
  withdraw(why: string): AnomalyPayload[] {
    return this.close().map((anomaly) => ({
      ...anomaly,
      details: { ...anomaly.details, withdrawn: why },
    }));
  }

  private resolve(open: Open): AnomalyPayload {
    const { anomaly, untilMs } = open;
    this.open = this.open.filter((other) => other !== open);
    const endMs = Math.max(untilMs, Date.parse(anomaly.started_at));
    return { ...anomaly, state: "RESOLVED", resolved_at: new Date(endMs).toISOString() };
  }
}

/** What shares no time with what is open is not the same going on. */
function isAnother(open: Open, { startedAtMs, untilMs }: Finding): boolean {
  if (startedAtMs === open.startedMs) return false;
  return startedAtMs >= open.untilMs || untilMs <= open.startedMs;
}

/** One finding goes on under this name. */
function nameOf({ type, key }: Finding): string {
  return key ? `${type}-${key}` : type;
}

/** The figures, and the part of the flight they are from. */
function detailsOf({ startedAtMs, untilMs, details }: Finding): Record<string, unknown> {
  const from = new Date(startedAtMs).toISOString();
  return { ...details, evidence: { from, to: new Date(untilMs).toISOString() } };
}

/** The id says what, who and since when, so that the same input gives the same one. */
function opened(subject: Subject, finding: Finding, nowMs: number): AnomalyPayload {
  const flight = subject.report;
  const { type, startedAtMs } = finding;
  return {
    anomaly_id: `${flight.icao24}-${nameOf(finding)}-${startedAtMs}`,
    icao24: flight.icao24,
    callsign: flight.callsign ?? null,
    anomaly_type: type,
    severity: ANOMALY_SEVERITY[type],
    state: "ACTIVE",
    started_at: new Date(startedAtMs).toISOString(),
    detected_at: new Date(finding.detectedAtMs ?? nowMs).toISOString(),
    resolved_at: null,
    position: flight.position,
    altitude_m: flight.altitude_m ?? null,
    near_airport: subject.airport?.code ?? null,
    details: detailsOf(finding),
  };
}
