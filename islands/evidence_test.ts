import assert from "node:assert/strict";
import type { AnomalyPayload } from "../contracts/anomaly.ts";
import { ANOMALY_TYPES } from "../contracts/constants.ts";
import { evidenceRows, evidenceStretch } from "./evidence.ts";

const anomaly: AnomalyPayload = {
  anomaly_id: "a00001-GO_AROUND-0",
  icao24: "a00001",
  callsign: "DAL1",
  anomaly_type: "GO_AROUND",
  severity: "MEDIUM",
  state: "ACTIVE",
  started_at: "2024-06-01T14:00:00.000Z",
  detected_at: "2024-06-01T14:00:02.000Z",
  resolved_at: null,
  details: {
    airport: "LFPG",
    lowest_height_m: 60.96,
    low_below_m: 500,
    climbed_m: 152.4,
    least_climbed_m: 121.92,
    novel_speed_mps: 100,
    is_novel: true,
    lowest_at: "2024-06-01T13:59:30.000Z",
    evidence: { from: "2024-06-01T13:58:00.000Z", to: "2024-06-01T14:01:00.000Z" },
  },
};

Deno.test("figures stand beside what the rule asks, in the units that are shown", () => {
  const rows = evidenceRows(anomaly, "aviation");
  assert.deepEqual(rows.slice(0, 3), [
    { label: "Airport", seen: "LFPG" },
    { label: "Lowest above the field", seen: "200 ft", asked: "at most 1,640 ft" },
    { label: "Climbed by", seen: "500 ft", asked: "at least 400 ft" },
  ]);
  assert.equal(evidenceRows(anomaly, "metric")[1]!.asked, "at most 500 m");
});

Deno.test("a descent's steepness is told against the rule without signs", () => {
  const [steepest] = evidenceRows({
    ...anomaly,
    anomaly_type: "EMERGENCY_DESCENT",
    details: { steepest_vertical_rate_mps: -30.48, steep_from_mps: -15.24 },
  }, "aviation");
  assert.deepEqual(steepest, {
    label: "Steepest descent",
    seen: "6,000 ft/min",
    asked: "at least 3,000 ft/min",
  });
});

Deno.test("figures that nobody gave a name are shown under their own", () => {
  const rows = evidenceRows(anomaly, "metric");
  assert.deepEqual(rows.slice(3), [
    { label: "Novel speed", seen: "360 km/h" },
    { label: "Is novel", seen: "yes" },
    { label: "Lowest at", seen: "13:59:30 UTC" },
  ]);
});

Deno.test("whatever the details are, there are rows without nonsense", () => {
  for (const anomaly_type of ANOMALY_TYPES) {
    for (const details of [{}, { radius_m: "wide", squawk: 7700, kind: null, x: [1] }]) {
      for (
        const { label, seen } of evidenceRows({ ...anomaly, anomaly_type, details }, "aviation")
      ) {
        assert.doesNotMatch(label + seen, /undefined|NaN|null|object/);
      }
    }
  }
});

Deno.test("the stretch is the evidence's, else from the start to the end", () => {
  const at = (time: string) => Date.parse(`2024-06-01T${time}.000Z`);
  assert.deepEqual(evidenceStretch(anomaly), [at("13:58:00"), at("14:01:00")]);
  assert.deepEqual(evidenceStretch({ ...anomaly, details: {} }), [at("14:00:00"), at("14:00:02")]);
  const odd = { ...anomaly, details: { evidence: { from: "then", to: 5 } } };
  assert.deepEqual(evidenceStretch(odd), [at("14:00:00"), at("14:00:02")]);
});
