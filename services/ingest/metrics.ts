import { Counter, Histogram, Registry } from "prom-client";
import { API_STATUSES, REASON_CODES } from "../../contracts/constants.ts";

import { ERROR_TYPES } from "./sources/source.ts";

/** What the ingest role counts. Every label is there from the start, at 0. */
export function createIngestMetrics(topics: readonly string[]) {
  const registry = new Registry();
  const registers = [registry];
  const polls = new Counter({
    name: "producer_polls_total",
    help: "Poll cycles by how they ended",
    labelNames: ["status"],
    registers,
  });
  const pollLatencyS = new Histogram({
    name: "producer_poll_latency_seconds",
    help: "How long the feed took to answer a poll",
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const published = new Counter({
    name: "producer_flights_published_total",
    help: "Reports published, by topic",
    labelNames: ["topic"],
    registers,
  });
  const apiErrors = new Counter({
    name: "producer_api_errors_total",
    help: "Polls that failed, by the kind of failure",
    labelNames: ["error_type"],
    registers,
  });
  const deadLetters = new Counter({
    name: "producer_deadletter_total",
    help: "Reports that were refused, by reason",
    labelNames: ["reason_code"],
    registers,
  });
  const rejected = new Counter({
    name: "producer_reports_rejected_total",
    help: "Reports of live sources that were not taken, by source and reason",
    labelNames: ["source", "reason"],
    registers,
  });
  const dropped = new Counter({
    name: "producer_reports_dropped_total",
    help: "Reports that had to go while the log was away, by source",
    labelNames: ["source"],
    registers,
  });
  const received = new Counter({
    name: "producer_reports_received_total",
    help: "Reports of live sources that could be read, by source",
    labelNames: ["source"],
    registers,
  });
  for (const status of API_STATUSES) polls.inc({ status }, 0);
  for (const topic of topics) published.inc({ topic }, 0);
  for (const error_type of ERROR_TYPES) apiErrors.inc({ error_type }, 0);
  for (const reason_code of REASON_CODES) deadLetters.inc({ reason_code }, 0);
  return {
    registry,
    polls,
    pollLatencyS,
    published,
    apiErrors,
    deadLetters,
    rejected,
    dropped,
    received,
  };
}

export type IngestMetrics = ReturnType<typeof createIngestMetrics>;
