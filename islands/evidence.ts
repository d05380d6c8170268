/** What a detector saw against what its rule asks for, as rows for people: from an anomaly's `details`. */
import type { AnomalyPayload } from "../contracts/anomaly.ts";
import type { AnomalyType } from "../contracts/constants.ts";
import { duration, figureWithUnit, type Quantity, type Units, UNKNOWN, utcTime } from "./format.ts";

/** How a figure is read. */
type As = Quantity | "steepness" | "seconds" | "degrees" | "number" | "text";

interface Rule {
  readonly label: string;
  readonly seen: string;
  readonly as: As;
  /** The threshold's key, and on which side of it the figure has to be. */
  readonly limit?: string;
  readonly side?: "at least" | "at most";
}

/** A figure and what the rule asks of it. */
export interface EvidenceRow {
  readonly label: string;
  readonly seen: string;
  /** `at least 15 s`; undefined for what only explains. */
  readonly asked?: string;
}

const rule = (label: string, as: As, seen: string, limit?: string, side?: Rule["side"]): Rule => ({
  label,
  as,
  seen,
  limit,
  side,
});

const SQUAWK = [
  rule("Squawk", "text", "squawk"),
  rule("Meaning", "text", "meaning"),
  rule("Reports with it", "number", "reports", "confirmed_after_reports", "at least"),
];
const TURNING = [
  rule("Turned by", "degrees", "turned_deg", "least_turned_deg", "at least"),
  rule("Within the time of", "seconds", "in_s", "within_s", "at most"),
  rule("Radius", "distance", "radius_m", "within_m", "at most"),
];
const RULES: Readonly<Record<AnomalyType, readonly Rule[]>> = {
  SQUAWK_7500: SQUAWK,
  SQUAWK_7600: SQUAWK,
  SQUAWK_7700: SQUAWK,
  CIRCLING: TURNING,
  LOITERING: TURNING,
  EMERGENCY_DESCENT: [
    rule(
      "Steepest descent",
      "steepness",
      "steepest_vertical_rate_mps",
      "steep_from_mps",
      "at least",
    ),
    rule("Sustained for", "seconds", "sustained_s", "least_sustained_s", "at least"),
    rule("From", "altitude", "from_altitude_m", "least_from_altitude_m", "at least"),
    rule("Down to", "altitude", "to_altitude_m"),
  ],
  RAPID_ALTITUDE_CHANGE: [
    rule("Steepest", "steepness", "extreme_vertical_rate_mps", "rapid_from_mps", "at least"),
    rule("That is a", "text", "direction"),
    rule("Sustained for", "seconds", "sustained_s", "least_sustained_s", "at least"),
    rule("From", "altitude", "from_altitude_m"),
    rule("To", "altitude", "to_altitude_m"),
  ],
  GO_AROUND: [
    rule("Airport", "text", "airport"),
    rule("Lowest above the field", "altitude", "lowest_height_m", "low_below_m", "at most"),
    rule("Came down by", "altitude", "descended_m", "least_descended_m", "at least"),
    rule("Climbed by", "altitude", "climbed_m", "least_climbed_m", "at least"),
    rule("From the field, at its lowest", "distance", "distance_at_lowest_m"),
  ],
  HOLDING: [
    rule("Turns span", "degrees", "turn_span_deg", "least_turn_span_deg", "at least"),
    rule("Radius", "distance", "radius_m", "within_m", "at most"),
    rule("Looked at over", "seconds", "within_s"),
    rule("Part that is straight", "number", "straight_part"),
  ],
  LOW_ALTITUDE_WARNING: [
    rule("Lowest height", "altitude", "lowest_height_m", "low_below_m", "at most"),
    rule("Measured above", "text", "height_is_above"),
    rule("Nearest airport", "text", "nearest_airport"),
    rule("From that airport", "distance", "nearest_airport_m", "away_from_m", "at least"),
  ],
  SIGNAL_LOSS: [
    rule("Silent for", "seconds", "silent_s", "least_silent_s", "at least"),
    rule("Usually heard every", "seconds", "usual_interval_s"),
    rule("Altitude before", "altitude", "altitude_before_m", "above_altitude_m", "at least"),
  ],
  FROZEN_POSITION: [
    rule("Same position for", "seconds", "frozen_s", "least_frozen_s", "at least"),
    rule("Least speed meanwhile", "speed", "least_speed_mps", "moving_from_mps", "at least"),
  ],
  UNUSUAL_SPEED: [
    rule("Extreme speed", "speed", "extreme_speed_mps"),
    rule("That is", "text", "kind"),
    rule("Fastest that is usual", "speed", "fastest_mps"),
    rule("Slowest that is usual up high", "speed", "slowest_mps"),
    rule("Up high is above", "altitude", "slowest_applies_above_m"),
    rule("Before", "speed", "speed_before_mps"),
  ],
  PROXIMITY: [
    rule("Other aircraft", "text", "other_callsign"),
    rule("Its address", "text", "other_icao24"),
    rule("Nearest", "distance", "nearest_m", "least_distance_m", "at most"),
    rule(
      "Apart in height",
      "altitude",
      "vertical_separation_m",
      "least_vertical_separation_m",
      "at most",
    ),
    rule("Closest if both fly on", "distance", "closest_m"),
    rule("In", "seconds", "closest_in_s", "predicted_ahead_s", "at most"),
  ],
  GNSS_SPOOFING: [
    rule("What is seen", "text", "kind"),
    rule("Jumped by", "distance", "jump_m", "least_jump_m", "at least"),
    rule("Drifts at", "speed", "drift_mps", "drift_from_mps", "at least"),
    rule("Drifting for", "seconds", "drifting_s", "least_drifting_s", "at least"),
  ],
  GNSS_JAMMING: [
    rule("Integrity (NIC)", "number", "nic", "lost_up_to_nic", "at most"),
    rule("Accuracy (NACp)", "number", "nac_p"),
    rule("Aircraft that lost it", "number", "aircraft_in_area", "least_aircraft", "at least"),
    rule("Within", "distance", "area_m"),
  ],
};

/** The rows of an anomaly; figures that no row names come last, under their own names. */
export function evidenceRows(
  { anomaly_type, details }: AnomalyPayload,
  units: Units,
): EvidenceRow[] {
  const rules = RULES[anomaly_type] ?? [];
  const used = new Set(rules.flatMap(({ seen, limit }) => limit ? [seen, limit] : [seen]));
  const named = rules.filter(({ seen }) => known(details[seen])).map(
    ({ label, seen, as, limit, side }) => ({
      label,
      seen: read(details[seen], as, units),
      ...(limit && known(details[limit]) && side
        ? { asked: `${side} ${read(details[limit], as, units)}` }
        : {}),
    }),
  );
  const others = Object.entries(details)
    .filter(([name, value]) => !used.has(name) && /^(string|number|boolean)$/.test(typeof value))
    .map(([name, value]) => ({ label: spoken(name), seen: read(value, unitOf(name), units) }));
  return [...named, ...others];
}

/** The stretch of flight that it is told from, ms; from its start to its end where `details` do not say. */
export function evidenceStretch(anomaly: AnomalyPayload): readonly [fromMs: number, toMs: number] {
  const { from, to } = (anomaly.details.evidence ?? {}) as { from?: unknown; to?: unknown };
  const fromMs = Date.parse(String(from ?? anomaly.started_at));
  const toMs = Date.parse(String(to ?? anomaly.resolved_at ?? anomaly.detected_at));
  if (Number.isNaN(fromMs)) {
    return [Date.parse(anomaly.started_at), Date.parse(anomaly.detected_at)];
  }
  return [fromMs, Number.isNaN(toMs) ? fromMs : Math.max(fromMs, toMs)];
}

const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

function known(value: unknown): boolean {
  return value !== null && value !== undefined;
}

function read(value: unknown, as: As, units: Units): string {
  if (as === "text" || typeof value !== "number") {
    if (typeof value === "boolean") return value ? "yes" : "no";
    if (typeof value !== "string" || value === "") return UNKNOWN;
    return ISO_TIME.test(value) ? utcTime(Date.parse(value)) : value;
  }
  if (as === "seconds") return value < 10 ? `${Math.round(value * 10) / 10} s` : duration(value);
  if (as === "degrees") return `${Math.round(value)}°`;
  if (as === "number") return String(Math.round(value * 100) / 100);
  // How steep, whichever way: a descent's figures are negative.
  if (as === "steepness") return figureWithUnit(Math.abs(value), "rate", units).replace(/^\+/, "");
  return figureWithUnit(value, as, units);
}

/** By the unit in a figure's name. */
function unitOf(name: string): As {
  if (/vertical_rate_mps$/.test(name)) return "rate";
  if (/_mps$/.test(name)) return "speed";
  if (/(altitude|height|vertical)\w*_m$/.test(name)) return "altitude";
  if (/_m$/.test(name)) return "distance";
  if (/_s$/.test(name)) return "seconds";
  return /_deg$/.test(name) ? "degrees" : "number";
}

/** `least_drifting_s` as `Least drifting`. */
function spoken(name: string): string {
  const words = name.replace(/_(mps|m|s|deg)$/, "").replaceAll("_", " ");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
