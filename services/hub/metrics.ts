import { Counter, Gauge, Registry } from "prom-client";
import type { Reader } from "../bus/bus.ts";
import type { FlightCache } from "../../core/flight_cache.ts";
import { REASON_CODES } from "../../contracts/constants.ts";
import type { VerifyRun } from "../../contracts/status.ts";
import { lagGauge } from "../lag_gauge.ts";
import { REFUSALS } from "./guard.ts";

export interface Observed {
  readonly cache: FlightCache;
  readonly connections: () => number;
  readonly readers: () => readonly Reader[];
  /** What `deno task verify` found last; without it, or where it never ran, nothing is said of it. */
  readonly lastVerify?: () => Promise<VerifyRun | undefined>;
}

/** What the hub counts. Gauges are read when somebody asks. */
export function createHubMetrics({ cache, connections, readers, lastVerify }: Observed) {
  const registry = new Registry();
  const registers = [registry];
  lagGauge("backend_kafka_consumer_lag", registry, readers);
  new Gauge({
    name: "backend_flights_cached",
    help: "Aircraft in the cache",
    registers,
    collect() {
      this.set(cache.size);
    },
  });
  new Gauge({
    name: "backend_websocket_connections",
    help: "Open connections of the stream: WebSockets and event streams",
    registers,
    collect() {
      this.set(connections());
    },
  });
  const verifyGauge = (name: string, help: string, of: (run: VerifyRun) => number) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.reset();
        const run = await lastVerify?.();
        if (run) this.set(of(run));
        else this.remove();
      },
    });
  verifyGauge(
    "backend_verify_passed",
    "Whether the last run of verify found every promise kept",
    ({ passed }) => passed ? 1 : 0,
  );
  verifyGauge(
    "backend_verify_age_seconds",
    "How long ago the last run of verify was",
    ({ at }) => (Date.now() - Date.parse(at)) / 1000,
  );
  const sent = new Counter({
    name: "backend_websocket_messages_sent_total",
    help: "WebSocket messages sent, by type",
    labelNames: ["type"],
    registers,
  });
  const skipped = new Counter({
    name: "backend_websocket_ticks_skipped_total",
    help: "Deltas that a slow client was spared: it gets what changed since with a later one",
    registers,
  });
  const requests = new Counter({
    name: "backend_http_requests_total",
    help: "HTTP requests answered",
    labelNames: ["method", "path", "status"],
    registers,
  });
  const refused = new Counter({
    name: "backend_messages_refused_total",
    help: "Messages on the log that were not valid, by reason",
    labelNames: ["reason_code"],
    registers,
  });
  const outdated = new Counter({
    name: "backend_messages_outdated_total",
    help: "Reports that were older than what is known of the aircraft",
    registers,
  });
  const read = new Counter({
    name: "backend_messages_read_total",
    help: "Messages taken from the log",
    registers,
  });
  const turnedAway = new Counter({
    name: "backend_requests_refused_total",
    help: "Requests and connections that were turned away, by reason",
    labelNames: ["reason"],
    registers,
  });
  const wrongMessages = new Counter({
    name: "backend_websocket_messages_refused_total",
    help: "What clients said that ended their connection, by code",
    labelNames: ["code"],
    registers,
  });
  for (const reason of REFUSALS) turnedAway.inc({ reason }, 0);
  for (const type of ["snapshot", "delta", "anomaly", "error"]) sent.inc({ type }, 0);
  for (const reason_code of REASON_CODES) refused.inc({ reason_code }, 0);
  return {
    registry,
    sent,
    skipped,
    requests,
    read,
    refused,
    outdated,
    turnedAway,
    wrongMessages,
  };
}

export type HubMetrics = ReturnType<typeof createHubMetrics>;
