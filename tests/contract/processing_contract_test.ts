/** The process role, seen from outside: what it publishes is what the contract says. */
import assert from "node:assert/strict";
import { TOPICS } from "../../contracts/constants.ts";
import type { AnomalyPayload } from "../../contracts/anomaly.ts";
import type { BusRecord } from "../../services/bus/bus.ts";
import { encodeEnvelope } from "../../services/envelope.ts";
import { eventually } from "../../services/testing/deadline.ts";
import { type RunningRole, startRole } from "../../services/testing/role.ts";
import { report } from "../../core/testing.ts";
import { assertValid } from "../schemas.ts";

const T0_S = 1_717_250_400;
const [A, B] = ["a00001", "a00002"] as const;
const SOURCE = {
  provider: "opensky",
  mode: "replay",
  bbox: { lat_min: 40.4, lat_max: 41.2, lon_min: -74.5, lon_max: -73.5 },
  poll_interval_s: 10,
};

function update(icao24: string, atS: number, squawk: string) {
  // Slow enough for a position that stays the same to mean nothing.
  const flight = report(icao24, T0_S + atS, { squawk, velocity_mps: 10 });
  return { key: icao24, value: encodeEnvelope("flight_update", SOURCE, flight) };
}

async function withProcess(use: (role: RunningRole) => Promise<void>): Promise<void> {
  const role = await startRole("process", { HISTORY: "off", PROCESS_METRICS_PORT: "0" });
  await use(role).finally(() => role.stop());
}

/** Everything on a topic, as soon as there are `count` messages. */
async function taken({ bus }: RunningRole, topic: string, count: number): Promise<BusRecord[]> {
  const reader = await bus.read({ topics: [topic], from: "earliest" });
  const records: BusRecord[] = [];
  await eventually(async () => {
    records.push(...(await reader.next())!.records);
    return records.length >= count;
  }, `${count} messages on ${topic}`);
  await reader.close();
  return records;
}

const parsed = (record: BusRecord) => JSON.parse(new TextDecoder().decode(record.value!));

Deno.test("an emergency squawk is an anomaly that opens and resolves, keyed by its aircraft", async () => {
  await withProcess(async (role) => {
    const codes = ["1000", "7700", "7700", "7700", "1000", "1000", "1000"];
    await role.bus.publish(
      TOPICS.updates,
      codes.flatMap((code, i) => [update(A, i * 10, code), update(B, i * 10, "1000")]),
    );
    const records = await taken(role, TOPICS.anomalies, 2);
    const anomalies: AnomalyPayload[] = records.map((record) => {
      const envelope = parsed(record);
      assertValid("anomaly_envelope", envelope);
      assert.equal(envelope.source.provider, "skysentinel-processing");
      assert.equal(record.key, A);
      return envelope.payload;
    });
    assert.deepEqual(
      anomalies.map(({ anomaly_type, severity, state }) => [anomaly_type, severity, state]),
      [
        ["SQUAWK_7700", "HIGH", "ACTIVE"],
        ["SQUAWK_7700", "HIGH", "RESOLVED"],
      ],
    );
    const at = (s: number) => new Date((T0_S + s) * 1000).toISOString();
    assert.deepEqual([anomalies[0]!.started_at, anomalies[0]!.detected_at], [at(10), at(20)]);
    assert.equal(anomalies[1]!.anomaly_id, anomalies[0]!.anomaly_id);
    // It ends with the last report that had the code.
    assert.equal(anomalies[1]!.resolved_at, at(30));
  });
});

Deno.test("a message that is not valid is a dead letter with its place, and blocks nothing", async () => {
  await withProcess(async (role) => {
    const future = new TextDecoder().decode(update(A, 0, "1000").value!)
      .replace('"schema_version":1', '"schema_version":7');
    await role.bus.publish(TOPICS.updates, [
      { key: A, value: new TextEncoder().encode("rubbish") },
      { key: A, value: new TextEncoder().encode(future) },
      ...[10, 20, 30].map((atS) => update(A, atS, "7500")),
    ]);
    const letters = (await taken(role, TOPICS.deadletter, 2)).map(parsed);
    for (const letter of letters) assertValid("dead_letter_envelope", letter);
    assert.deepEqual(letters.map(({ payload }) => payload.reason_code), [
      "not_json",
      "future_schema_version",
    ]);
    assert.deepEqual(letters.map(({ payload }) => payload.origin.offset), [0, 1]);
    assert.equal(letters[0].payload.origin.topic, TOPICS.updates);
    const [anomaly] = await taken(role, TOPICS.anomalies, 1);
    assert.equal(parsed(anomaly!).payload.anomaly_type, "SQUAWK_7500");
  });
});

Deno.test("its metrics have the contract's names", async () => {
  await withProcess(async (role) => {
    await role.bus.publish(TOPICS.updates, [0, 10, 20].map((atS) => update(A, atS, "7600")));
    await taken(role, TOPICS.anomalies, 1);
    const metrics = await eventually(async () => {
      const text = await (await fetch(`${role.url}/metrics`)).text();
      return /^processing_messages_processed_total 3$/m.test(text) && text;
    }, "three messages in the metrics");
    assert.match(
      metrics,
      /^processing_anomalies_detected_total\{type="SQUAWK_7600",severity="MEDIUM"\} 1$/m,
    );
    assert.match(
      metrics,
      /^processing_db_write_latency_seconds_count\{table="flights_history"\} /m,
    );
  });
});
