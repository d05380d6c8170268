import type { AnomalyType } from "../../contracts/constants.ts";
import type { FlightPayload } from "../../contracts/flight.ts";
import type { Finding } from "../finding.ts";

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

/** A code that was heard, and how often in a row. */
interface Heard {
  readonly code: string;
  readonly sinceMs: number;
  lastMs: number;
  reports: number;
}

/** What the detector remembers of one aircraft. */
export interface SquawkState {
  /** The emergency that stands. */
  current?: Heard;
  /** Another code that may take its place once it is confirmed. */
  candidate?: Heard;
}

/**
 * The emergency that this aircraft squawks, once confirmed; undefined without one. A report without a
 * squawk says nothing either way.
 */
export function emergencySquawk(
  state: SquawkState,
  flight: FlightPayload,
  nowMs: number,
): Finding | undefined {
  if (flight.squawk) hear(state, flight.squawk, nowMs);
  const { current } = state;
  const emergency = current && MEANING[current.code];
  if (!emergency) return undefined;
  return {
    type: emergency.type,
    startedAtMs: current.sinceMs,
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

function hear(state: SquawkState, code: string, nowMs: number): void {
  if (state.current?.code === code) {
    state.current.lastMs = nowMs;
    state.current.reports++;
    state.candidate = undefined;
    return;
  }
  if (state.candidate?.code !== code) {
    state.candidate = { code, sinceMs: nowMs, lastMs: nowMs, reports: 0 };
  }
  const { candidate } = state;
  candidate!.lastMs = nowMs;
  candidate!.reports++;
  if (!isConfirmed(candidate!)) return;
  state.current = candidate;
  state.candidate = undefined;
}

function isConfirmed({ reports, sinceMs, lastMs }: Heard): boolean {
  return reports >= CONFIRMING_REPORTS ||
    (reports >= 2 && lastMs - sinceMs >= CONFIRMING_SPAN_S * 1000);
}
