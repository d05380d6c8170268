/** The anomalies that the page knows, newest first, and what they are in words. */
import { computed, signal } from "@preact/signals";
import type { AnomalyPayload } from "../contracts/anomaly.ts";

/** More than anybody reads. */
const MOST_KEPT = 100;

/** As they were told, the newest first; each is there once. */
export const anomalies = signal<readonly AnomalyPayload[]>([]);

/** Aircraft with an open anomaly of high severity. */
export const alarming = computed<ReadonlySet<string>>(() =>
  new Set(
    anomalies.value.filter(({ state, severity }) => state === "ACTIVE" && severity === "HIGH")
      .map(({ icao24 }) => icao24),
  )
);

/** Takes what was told: an anomaly that is there already is replaced where it stands. */
export function hear(told: readonly AnomalyPayload[]): void {
  const byId = new Map(anomalies.peek().map((anomaly) => [anomaly.anomaly_id, anomaly]));
  for (const anomaly of told) {
    const known = byId.get(anomaly.anomaly_id);
    // A list that was asked for may come after what the socket has said since.
    if (known?.state === "RESOLVED" && anomaly.state === "ACTIVE") continue;
    byId.set(anomaly.anomaly_id, anomaly);
  }
  anomalies.value = [...byId.values()]
    .sort((a, b) => a.detected_at < b.detected_at ? 1 : a.detected_at > b.detected_at ? -1 : 0)
    .slice(0, MOST_KEPT);
}

/** Asks the hub once for what was before; without a history there is nothing, and that is no error. */
export async function loadAnomalies(hubUrl: string): Promise<void> {
  try {
    const response = await fetch(`${hubUrl}/anomalies?limit=${MOST_KEPT}`);
    if (response.ok) hear((await response.json()).anomalies ?? []);
  } catch {
    // The socket's own state says when the hub is not there.
  }
}

const NAMES: Readonly<Record<AnomalyPayload["anomaly_type"], string>> = {
  EMERGENCY_DESCENT: "Emergency descent",
  GO_AROUND: "Go-around",
  HOLDING: "Holding",
  LOW_ALTITUDE_WARNING: "Low altitude",
  SQUAWK_7700: "Squawk 7700",
  SQUAWK_7600: "Squawk 7600",
  SQUAWK_7500: "Squawk 7500",
  CIRCLING: "Circling",
  LOITERING: "Loitering",
  SIGNAL_LOSS: "Signal lost",
  FROZEN_POSITION: "Frozen position",
  RAPID_ALTITUDE_CHANGE: "Rapid altitude change",
  UNUSUAL_SPEED: "Unusual speed",
  PROXIMITY: "Proximity",
  GNSS_SPOOFING: "Possible GNSS spoofing",
  GNSS_JAMMING: "Possible GNSS jamming",
};

export function nameOf({ anomaly_type }: AnomalyPayload): string {
  return NAMES[anomaly_type] ?? anomaly_type;
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function miles(m: unknown): string {
  return typeof m === "number" ? (m / 1852).toFixed(1) : "?";
}

/** Why it was told, in a sentence with its figures. */
export function reasonOf({ anomaly_type, details, near_airport }: AnomalyPayload): string {
  const n = (key: string, scale = 1) => {
    const value = details[key];
    return typeof value === "number"
      ? Math.round(Math.abs(value * scale)).toLocaleString("en")
      : "?";
  };
  const text = (key: string) => String(details[key] ?? "?");
  const perMinute = 60 / 0.3048, feet = 1 / 0.3048, knots = 3600 / 1852;
  switch (anomaly_type) {
    case "SQUAWK_7700":
    case "SQUAWK_7600":
    case "SQUAWK_7500":
      return `Squawks ${text("squawk")}, ${text("meaning")}, in ${n("reports")} reports`;
    case "EMERGENCY_DESCENT":
      return `Down at up to ${n("steepest_vertical_rate_mps", perMinute)} ft/min from ` +
        `${n("from_altitude_m", feet)} ft, for ${n("sustained_s")} s`;
    case "RAPID_ALTITUDE_CHANGE":
      return `A ${text("direction")} at up to ` +
        `${n("extreme_vertical_rate_mps", perMinute)} ft/min for ${n("sustained_s")} s`;
    case "GO_AROUND":
      return `Broke off its approach to ${text("airport")} at ${n("lowest_height_m", feet)} ft ` +
        "above the field";
    case "HOLDING":
      return `Racetracks within ${n("radius_m", 1 / 1852)} NM` +
        (near_airport ? ` near ${near_airport}` : "");
    case "CIRCLING":
    case "LOITERING":
      return `Turned by ${n("turned_deg")}° in ${n("in_s", 1 / 60)} min within ` +
        `${n("radius_m", 0.001)} km`;
    case "LOW_ALTITUDE_WARNING":
      return `Down to ${n("lowest_height_m", feet)} ft above ${text("height_is_above")}`;
    case "SIGNAL_LOSS":
      return `Not heard for ${n("silent_s")} s, usually every ${n("usual_interval_s")} s`;
    case "FROZEN_POSITION":
      return `The same position for ${n("frozen_s")} s at ${n("least_speed_mps", knots)} kt`;
    case "UNUSUAL_SPEED":
      return `${n("extreme_speed_mps", knots)} kt over ground: ${text("kind")}`;
    case "PROXIMITY":
      return `${miles(details.nearest_m)} NM from ${
        text(details.other_callsign ? "other_callsign" : "other_icao24")
      }, ` +
        `${n("vertical_separation_m", feet)} ft apart in height`;
    case "GNSS_SPOOFING":
      return capitalised(text("kind"));
    case "GNSS_JAMMING":
      return `Lost its integrity with ${n("aircraft_in_area")} aircraft around`;
  }
}
