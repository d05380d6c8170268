/**
 * The names everything else is built from: topics, message types, anomaly types, schema versions.
 * They are spelt here and nowhere else; other people's programs rely on them.
 */

/** The version written into every envelope, and the newest one we can read. */
export const SCHEMA_VERSION = 1;

/** Default topic names. The first three can be renamed by `KAFKA_TOPIC_*`. */
export const TOPICS = {
  state: "flights.state",
  updates: "flights.updates",
  anomalies: "flights.anomalies",
  heartbeat: "ingestion.heartbeat",
  deadletter: "deadletter.flights",
} as const;

/** What a topic keeps: the newest message per key, or every message for a while. */
export interface TopicRules {
  readonly compacted: boolean;
  readonly retentionMs: number | null;
}

const HOUR_MS = 3_600_000;

export const TOPIC_RULES: Readonly<Record<keyof typeof TOPICS, TopicRules>> = {
  state: { compacted: true, retentionMs: null },
  updates: { compacted: false, retentionMs: 7 * 24 * HOUR_MS },
  anomalies: { compacted: false, retentionMs: 30 * 24 * HOUR_MS },
  heartbeat: { compacted: false, retentionMs: 24 * HOUR_MS },
  deadletter: { compacted: false, retentionMs: 7 * 24 * HOUR_MS },
};

/** `type` of each envelope. */
export const MESSAGE_TYPES = {
  flightState: "flight_state",
  flightUpdate: "flight_update",
  anomalyEvent: "anomaly_event",
  heartbeat: "heartbeat",
  deadLetter: "dead_letter",
} as const;

/** `provider` of the envelopes that the process role writes. */
export const PROCESSING_PROVIDER = "skysentinel-processing";

export const SEVERITIES = ["LOW", "MEDIUM", "HIGH"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Every anomaly type, with its severity. */
export const ANOMALY_SEVERITY = {
  EMERGENCY_DESCENT: "HIGH",
  GO_AROUND: "MEDIUM",
  HOLDING: "LOW",
  LOW_ALTITUDE_WARNING: "HIGH",
  SQUAWK_7700: "HIGH",
  SQUAWK_7600: "MEDIUM",
  SQUAWK_7500: "HIGH",
  CIRCLING: "LOW",
  LOITERING: "LOW",
  SIGNAL_LOSS: "LOW",
  FROZEN_POSITION: "LOW",
  RAPID_ALTITUDE_CHANGE: "MEDIUM",
  UNUSUAL_SPEED: "MEDIUM",
  PROXIMITY: "HIGH",
  GNSS_SPOOFING: "HIGH",
  GNSS_JAMMING: "MEDIUM",
} as const satisfies Record<string, Severity>;

export type AnomalyType = keyof typeof ANOMALY_SEVERITY;
export const ANOMALY_TYPES = Object.keys(ANOMALY_SEVERITY) as [AnomalyType, ...AnomalyType[]];

export const ANOMALY_STATES = ["ACTIVE", "RESOLVED"] as const;

/** What the hub says of an aircraft beside what the aircraft said of itself. */
export const FLIGHT_STATUSES = ["NORMAL", "STALE", "ANOMALY"] as const;
export type FlightStatus = (typeof FLIGHT_STATUSES)[number];

export const SOURCE_MODES = ["live", "replay"] as const;
export type SourceMode = (typeof SOURCE_MODES)[number];

export const API_STATUSES = ["ok", "rate_limited", "error"] as const;

/** Why a message was refused: `reason_code` of a dead letter, and the label of its metric. */
export const REASON_CODES = [
  "not_json",
  "wrong_shape",
  "impossible_value",
  "implausible_time",
  "implausible_position",
  "future_schema_version",
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

/** An aircraft not heard of for this long, in stream time, has left: ingest publishes its tombstone. */
export const DEPARTED_AFTER_S = 120;

/** WebSocket subprotocols, the default first. */
export const WS_PATH = "/ws/flights";
export const WS_PROTOCOLS = ["json", "msgpack", "columns"] as const;
export type WsProtocol = (typeof WS_PROTOCOLS)[number];

/** What readsb writes for `rssi` where no signal was measured, and others take for unknown. */
export const UNKNOWN_RSSI_DBFS = -49.5;
