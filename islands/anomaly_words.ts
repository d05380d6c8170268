/** What anomalies are in words, for people. */
import type { AnomalyPayload } from "../contracts/anomaly.ts";
import { figureWithUnit, type Quantity, type Units } from "./format.ts";

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
  return typeName(anomaly_type);
}

/** A type in words; one that is not known is shown as it is. */
export function typeName(type: string): string {
  return Object.hasOwn(NAMES, type) ? NAMES[type as AnomalyPayload["anomaly_type"]] : type;
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** What its aircraft is called. */
export function callsignOf({ callsign, icao24 }: AnomalyPayload): string {
  return callsign ?? icao24.toUpperCase();
}

/** Why it was told, in a sentence with its figures; or why it was nothing after all. */
export function reasonOf(anomaly: AnomalyPayload, units: Units): string {
  const { anomaly_type, details, near_airport } = anomaly;
  const number = (key: string) => {
    const value = details[key];
    return typeof value === "number" ? Math.abs(value) : undefined;
  };
  const n = (key: string, scale = 1) => {
    const value = number(key);
    return value === undefined ? "?" : Math.round(value * scale).toLocaleString("en");
  };
  const u = (key: string, quantity: Quantity) => figureWithUnit(number(key), quantity, units);
  const text = (key: string) => String(details[key] ?? "?");
  if (details.withdrawn) return `Turned out to be nothing (${text("withdrawn")})`;
  switch (anomaly_type) {
    case "SQUAWK_7700":
    case "SQUAWK_7600":
    case "SQUAWK_7500":
      return `Squawks ${text("squawk")}, ${text("meaning")}, in ${n("reports")} reports`;
    case "EMERGENCY_DESCENT":
      return `Down at up to ${unsigned(u("steepest_vertical_rate_mps", "rate"))} from ` +
        `${u("from_altitude_m", "altitude")}, for ${n("sustained_s")} s`;
    case "RAPID_ALTITUDE_CHANGE":
      return `A ${text("direction")} at up to ` +
        `${unsigned(u("extreme_vertical_rate_mps", "rate"))} for ${n("sustained_s")} s`;
    case "GO_AROUND":
      return `Broke off its approach to ${text("airport")} at ` +
        `${u("lowest_height_m", "altitude")} above the field`;
    case "HOLDING":
      return `Racetracks within ${u("radius_m", "distance")}` +
        (near_airport ? ` near ${near_airport}` : "");
    case "CIRCLING":
    case "LOITERING":
      return `Turned by ${n("turned_deg")}° in ${n("in_s", 1 / 60)} min within ` +
        u("radius_m", "distance");
    case "LOW_ALTITUDE_WARNING":
      return `Down to ${u("lowest_height_m", "altitude")} above ${text("height_is_above")}`;
    case "SIGNAL_LOSS":
      return `Not heard for ${n("silent_s")} s, usually every ${n("usual_interval_s")} s`;
    case "FROZEN_POSITION":
      return `The same position for ${n("frozen_s")} s at ${u("least_speed_mps", "speed")}`;
    case "UNUSUAL_SPEED":
      return `${u("extreme_speed_mps", "speed")} over ground: ${text("kind")}`;
    case "PROXIMITY":
      return `${u("nearest_m", "distance")} from ${
        text(details.other_callsign ? "other_callsign" : "other_icao24")
      }, ${u("vertical_separation_m", "altitude")} apart in height`;
    case "GNSS_SPOOFING":
      return capitalised(text("kind"));
    case "GNSS_JAMMING":
      return `Lost its integrity with ${n("aircraft_in_area")} aircraft around`;
  }
}

function unsigned(rate: string): string {
  return rate.replace(/^\+/, "");
}
