import assert from "node:assert/strict";
import type { AnomalyPayload } from "../contracts/anomaly.ts";
import { ANOMALY_TYPES } from "../contracts/constants.ts";
import { alarming, anomalies, hear } from "./anomalies.ts";
import { nameOf, reasonOf } from "./anomaly_words.ts";

function anomaly(fields: Partial<AnomalyPayload>): AnomalyPayload {
  return {
    anomaly_id: "a00001-SQUAWK_7700-0",
    icao24: "a00001",
    callsign: "DAL1",
    anomaly_type: "SQUAWK_7700",
    severity: "HIGH",
    state: "ACTIVE",
    started_at: "2024-06-01T14:00:00.000Z",
    detected_at: "2024-06-01T14:00:02.000Z",
    resolved_at: null,
    details: { squawk: "7700", meaning: "emergency", reports: 3 },
    ...fields,
  };
}

Deno.test("each anomaly is there once, the newest first, and rings while it is open and high", () => {
  const later = anomaly({ anomaly_id: "b", icao24: "b00002", severity: "LOW" });
  hear([anomaly({}), { ...later, detected_at: "2024-06-01T14:05:00.000Z" }]);
  hear([anomaly({ details: { reports: 9 } })]);
  assert.deepEqual(anomalies.value.map(({ anomaly_id }) => anomaly_id), [
    "b",
    anomaly({}).anomaly_id,
  ]);
  assert.deepEqual([...alarming.value], ["a00001"]);
  hear([anomaly({ state: "RESOLVED" })]);
  assert.equal(alarming.value.size, 0);
  // What was asked for before that comes too late.
  hear([anomaly({})]);
  assert.equal(alarming.value.size, 0);
  hear([{ ...later, state: "RESOLVED", details: { withdrawn: "not heard of again" } }]);
  assert.deepEqual(anomalies.value.map(({ icao24 }) => icao24), ["a00001"]);
});

Deno.test("every type has a name and a reason in words, whatever its details", () => {
  for (const anomaly_type of ANOMALY_TYPES) {
    const one = anomaly({ anomaly_type, details: {} });
    assert(nameOf(one).length > 3);
    assert(!/undefined|NaN|null/.test(reasonOf(one, "aviation")), reasonOf(one, "aviation"));
  }
  assert.equal(reasonOf(anomaly({}), "aviation"), "Squawks 7700, emergency, in 3 reports");
  const lost = {
    anomaly_type: "SIGNAL_LOSS",
    details: { silent_s: 61, withdrawn: "it left" },
  } as const;
  assert.equal(reasonOf(anomaly(lost), "aviation"), "Turned out to be nothing (it left)");
});

Deno.test("a reason has its figures in the units that are shown", () => {
  const descent = anomaly({
    anomaly_type: "EMERGENCY_DESCENT",
    details: { steepest_vertical_rate_mps: -30.48, from_altitude_m: 9144, sustained_s: 40 },
  });
  assert.equal(
    reasonOf(descent, "aviation"),
    "Down at up to 6,000 ft/min from 30,000 ft, for 40 s",
  );
  assert.equal(reasonOf(descent, "metric"), "Down at up to 30.5 m/s from 9,144 m, for 40 s");
});
