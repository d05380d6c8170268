import { ANOMALY_SEVERITY, type AnomalyType } from "../contracts/constants.ts";
import type { AnomalyPayload } from "../contracts/anomaly.ts";
import type { FlightPayload } from "../contracts/flight.ts";
import type { Finding } from "./finding.ts";

/** The open anomalies of one aircraft: each opens once, is updated while it stands, and resolves. */
export class AnomalyBook {
  readonly #open = new Map<AnomalyType, AnomalyPayload>();

  /**
   * Takes what the detectors find of `flight` at `nowMs`, event time in ms, and returns what is to be
   * published: anomalies that opened, and those that resolved.
   */
  update(flight: FlightPayload, findings: readonly Finding[], nowMs: number): AnomalyPayload[] {
    const news: AnomalyPayload[] = [];
    for (const finding of findings) {
      const open = this.#open.get(finding.type);
      const anomaly = open ? { ...open, details: finding.details } : opened(flight, finding, nowMs);
      this.#open.set(finding.type, anomaly);
      if (!open) news.push(anomaly);
    }
    const standing = new Set(findings.map(({ type }) => type));
    return [...news, ...this.#resolve((type) => !standing.has(type), nowMs)];
  }

  /** The aircraft has left: what was open ends with the last that was heard of it, `lastMs`. */
  close(lastMs: number): AnomalyPayload[] {
    return this.#resolve(() => true, lastMs);
  }

  #resolve(isOver: (type: AnomalyType) => boolean, atMs: number): AnomalyPayload[] {
    const resolved: AnomalyPayload[] = [];
    for (const [type, anomaly] of this.#open) {
      if (!isOver(type)) continue;
      this.#open.delete(type);
      resolved.push({ ...anomaly, state: "RESOLVED", resolved_at: new Date(atMs).toISOString() });
    }
    return resolved;
  }
}

/** The id says what, who and since when, so that the same input gives the same one. */
function opened(flight: FlightPayload, finding: Finding, nowMs: number): AnomalyPayload {
  const { type, startedAtMs, details } = finding;
  return {
    anomaly_id: `${flight.icao24}-${type}-${startedAtMs}`,
    icao24: flight.icao24,
    callsign: flight.callsign ?? null,
    anomaly_type: type,
    severity: ANOMALY_SEVERITY[type],
    state: "ACTIVE",
    started_at: new Date(startedAtMs).toISOString(),
    detected_at: new Date(nowMs).toISOString(),
    resolved_at: null,
    position: flight.position,
    altitude_m: flight.altitude_m ?? null,
    near_airport: null,
    details,
  };
}
