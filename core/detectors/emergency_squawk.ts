import type { AnomalyType } from "../../contracts/constants.ts";
import type { Finding } from "../finding.ts";
import type { Track } from "../track/track.ts";
import type { Detector } from "./detectors.ts";

/** What the codes mean (ICAO Annex 10, volume IV, 2.1.4.1). */
const MEANING: Readonly<Record<string, { type: AnomalyType; meaning: string }>> = {
  "7500": { type: "SQUAWK_7500", meaning: "unlawful interference" },
  "7600": { type: "SQUAWK_7600", meaning: "radio failure" },
  "7700": { type: "SQUAWK_7700", meaning: "emergency" },
};

/** One report may be a glitch: bits are lost, and pilots dial past the code. */
const CONFIRMING_REPORTS = 3;
/** A source that speaks seldom is believed after two reports this far apart. */
const CONFIRMING_SPAN_S = 5;
/** Between two reports that confirm one another so many seconds may have passed, or no other report came. */
const CONFIRMING_WITHIN_S = 60;

/** A code that was heard, and how often in a row. */
interface Heard {
  readonly code: string;
  readonly sinceMs: number;
  lastMs: number;
  reports: number;
}

/** The emergency that an aircraft squawks, once confirmed. */
export class EmergencySquawk implements Detector {
  /** The emergency that stands. */
  private current: Heard | undefined;
  /** Another code that may take its place once it is confirmed. */
  private candidate: Heard | undefined;

  /** A report without a squawk says nothing either way. */
  observe({ report, atMs, dtS }: Track): Finding | undefined {
    if (report.squawk) this.hear(report.squawk, atMs, dtS);
    const current = this.current;
    const emergency = current && MEANING[current.code];
    if (!emergency) return undefined;
    return {
      type: emergency.type,
      startedAtMs: current.sinceMs,
      untilMs: current.lastMs,
      details: {
        squawk: current.code,
        meaning: emergency.meaning,
        reports: current.reports,
        confirmed_after_reports: CONFIRMING_REPORTS,
        confirmed_after_s: CONFIRMING_SPAN_S,
        last_squawked_at: new Date(current.lastMs).toISOString(),
      },
    };
  }

  private hear(code: string, nowMs: number, dtS: number): void {
    if (this.current?.code === code) {
      this.current.lastMs = nowMs;
      this.current.reports++;
      this.candidate = undefined;
      return;
    }
    const isEmergency = code in MEANING;
    if (!isEmergency && !this.current) {
      this.candidate = undefined;
      return;
    }
    const withinMs = Math.max(CONFIRMING_WITHIN_S, dtS) * 1000;
    if (this.candidate?.code !== code || nowMs - this.candidate.lastMs > withinMs) {
      this.candidate = { code, sinceMs: nowMs, lastMs: nowMs, reports: 0 };
    }
    const candidate = this.candidate;
    candidate.lastMs = nowMs;
    candidate.reports++;
    if (!isConfirmed(candidate)) return;
    this.current = isEmergency ? candidate : undefined;
    this.candidate = undefined;
  }
}

function isConfirmed({ reports, sinceMs, lastMs }: Heard): boolean {
  return reports >= CONFIRMING_REPORTS ||
    (reports >= 2 && lastMs - sinceMs >= CONFIRMING_SPAN_S * 1000);
}
