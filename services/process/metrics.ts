import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { ANOMALY_SEVERITY, REASON_CODES } from "../../contracts/constants.ts";
import { ODDITIES } from "../../core/oddities.ts";
import type { Reader } from "../bus/bus.ts";
import { lagGauge } from "../lag_gauge.ts";
import { ATTEMPT_RESULTS } from "./webhook_receiver.ts";

export const TABLES = ["flights_history", "flights_current", "anomalies"] as const;
export type Table = (typeof TABLES)[number];

/** What the process role counts. Every label is there from the start, at 0. */
export function createProcessMetrics(
  readers: () => readonly Reader[],
  skyReaders: () => readonly Reader[] = () => [],
) {
  const registry = new Registry();
  const registers = [registry];
  const processed = new Counter({
    name: "processing_messages_processed_total",
    help: "Updates taken from the log and dealt with",
    registers,
  });
  const anomalies = new Counter({
    name: "processing_anomalies_detected_total",
    help: "Anomalies that opened, by type and severity",
    labelNames: ["type", "severity"],
    registers,
  });
  const writeLatencyS = new Histogram({
    name: "processing_db_write_latency_seconds",
    help: "How long a bulk write took, by table",
    labelNames: ["table"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const checkpointS = new Histogram({
    name: "processing_checkpoint_seconds",
    help: "How long it took to keep what is known of a partition's aircraft",
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const retries = new Counter({
    name: "processing_db_retries_total",
    help: "Writes that were tried again since the database was not there",
    registers,
  });
  const refused = new Counter({
    name: "processing_messages_refused_total",
    help: "Messages on the log that were not valid, by reason",
    labelNames: ["reason_code"],
    registers,
  });
  const odd = new Counter({
    name: "processing_odd_reports_total",
    help: "Reports that were odd, though they may be true, by what was odd about them",
    labelNames: ["reason"],
    registers,
  });
  const missed = new Counter({
    name: "processing_messages_missed_total",
    help: "Updates that the log had dropped before they could be read",
    registers,
  });
  const webhookAttempts = new Counter({
    name: "processing_webhook_attempts_total",
    help: "Attempts to send an anomaly to a webhook, by how they ended",
    labelNames: ["result"],
    registers,
  });
  const webhooksGivenUp = new Counter({
    name: "processing_webhooks_given_up_total",
    help: "Anomalies that a webhook did not take in time",
    registers,
  });
  const webhooksWaiting = new Gauge({
    name: "processing_webhooks_waiting",
    help: "Anomalies on their way to a webhook",
    registers,
  });
  lagGauge("processing_kafka_consumer_lag", registry, readers);
  lagGauge("processing_sky_consumer_lag", registry, skyReaders);
  for (const [type, severity] of Object.entries(ANOMALY_SEVERITY)) {
    anomalies.inc({ type, severity }, 0);
  }
  for (const table of TABLES) writeLatencyS.zero({ table });
  for (const result of ATTEMPT_RESULTS) webhookAttempts.inc({ result }, 0);
  for (const reason_code of REASON_CODES) refused.inc({ reason_code }, 0);
  for (const reason of ODDITIES) odd.inc({ reason }, 0);
  return {
    registry,
    processed,
    anomalies,
    writeLatencyS,
    checkpointS,
    retries,
    refused,
    odd,
    missed,
    webhookAttempts,
    webhooksGivenUp,
    webhooksWaiting,
  };
}

export type ProcessMetrics = ReturnType<typeof createProcessMetrics>;
