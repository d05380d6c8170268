import assert from "node:assert/strict";
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import { EmbeddedBus } from "../bus/memory.ts";
import { loadConfig } from "../config.ts";
import { createLog } from "../log.ts";
import { newBroker } from "../testing/role.ts";
import { createProcessMetrics } from "./metrics.ts";
import { Recorder } from "./recorder.ts";

const ANOMALY: AnomalyPayload = {
  anomaly_id: "a0b1c2-HOLDING-1633600000000",
  icao24: "a0b1c2",
  callsign: null,
  anomaly_type: "HOLDING",
  severity: "LOW",
  state: "ACTIVE",
  started_at: "2021-10-07T09:46:40.000Z",
  detected_at: "2021-10-07T09:52:40.000Z",
  resolved_at: null,
  position: { lat: 48.7, lon: 2.4 },
  altitude_m: 3000,
  near_airport: null,
  details: {},
};
const OVER: AnomalyPayload = {
  ...ANOMALY,
  state: "RESOLVED",
  resolved_at: "2021-10-07T10:00:00.000Z",
};

Deno.test("an anomaly counts when it opens, not when it is published again", async () => {
  const metrics = createProcessMetrics(() => []);
  const recorder = new Recorder({
    bus: new EmbeddedBus(newBroker()),
    database: undefined,
    config: loadConfig({}),
    metrics,
    log: createLog({ role: "process", level: "error", format: "text" }),
    stopped: new AbortController().signal,
  });
  await recorder.recordAnomalies([ANOMALY, ANOMALY]);
  await recorder.recordAnomalies([ANOMALY]);
  await recorder.recordAnomalies([OVER]);
  await recorder.recordAnomalies([ANOMALY, OVER]);
  const counted = await metrics.registry.getSingleMetricAsString(
    "processing_anomalies_detected_total",
  );
  assert.match(counted, /type="HOLDING",severity="LOW"} 2$/m);
});
