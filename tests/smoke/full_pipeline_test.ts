import assert from "node:assert/strict";
import { FlightEnvelope } from "../../contracts/flight.ts";
import { TOPICS } from "../../contracts/constants.ts";
import { metricSum } from "../../services/metrics_text.ts";
import { eventually } from "../../services/testing/deadline.ts";
import { commandOutput, hubUrl, startCluster } from "../cluster.ts";
import { getJson } from "../program.ts";
import { kafkaMissing, kafkaTest } from "../servers/kafka.ts";
import { postgisMissing } from "../servers/postgis.ts";

const PATIENCE_MS = 240_000;
const FIXTURE = "fixtures/opensky_nyc_sample.jsonl";

interface Health {
  readonly status: string;
  readonly broker: { kind: string; status: string };
  readonly database: { status: string };
  readonly cache_size: number;
}

kafkaTest(
  "one process per role on Kafka and PostGIS: from the recording to every interface",
  async () => {
    assert.equal(postgisMissing ?? kafkaMissing, undefined);
    const expected = JSON.parse(
      await Deno.readTextFile(FIXTURE.replace(".jsonl", ".expected.json")),
    );
    const cluster = await startCluster({ REPLAY_FILE: FIXTURE, REPLAY_SPEED: "max" });
    try {
      const hub = hubUrl(cluster);
      const processing = await cluster.start("process");
      await cluster.start("hub");
      await cluster.start("ui");
      const ingest = await cluster.start("ingest");

      await eventually(
        () => ingest.log().includes("The replay has ended"),
        "the replay's end",
        PATIENCE_MS,
      );
      await eventually(
        async () => {
          const { PROCESS_METRICS_PORT } = cluster.settings;
          const url = `http://127.0.0.1:${PROCESS_METRICS_PORT}/metrics`;
          const metrics = await (await fetch(url)).text();
          // More than once where the group was dealt out anew meanwhile, which changes nothing.
          return metricSum(metrics, "processing_messages_processed_total")! >= expected.accepted &&
            metricSum(metrics, "processing_kafka_consumer_lag") === 0;
        },
        "every update in the database",
        PATIENCE_MS,
      ).catch((error) => {
        throw new Error(`${error.message}: ${processing.log()}`);
      });

      const health = await eventually(async () => {
        const health = await getJson<Health>(`${hub}/health`);
        const isWell = health.status === "healthy" && health.database.status === "ok";
        return isWell && health.cache_size > 5 && health;
      }, "health, and aircraft");
      assert.deepEqual([health.broker.kind, health.broker.status], ["kafka", "ok"]);

      const { anomalies } = await getJson<{ anomalies: { anomaly_type: string; state: string }[] }>(
        `${hub}/anomalies?type=SQUAWK_7500,SQUAWK_7600,SQUAWK_7700`,
      );
      assert.deepEqual(
        anomalies.map(({ anomaly_type, state }) => `${anomaly_type} ${state}`).sort(),
        ["SQUAWK_7500 RESOLVED", "SQUAWK_7600 RESOLVED", "SQUAWK_7700 ACTIVE"],
      );
      const one = await getJson<{ anomalies: unknown[] }>(`${hub}/anomalies/a6e177`);
      assert.equal(one.anomalies.length, 1);
      const track = await getJson<{ positions: { recorded_at: string }[] }>(
        `${hub}/flights/a6e177/history?minutes=60&limit=1000`,
      );
      assert(track.positions.length > 50);
      const times = track.positions.map(({ recorded_at }) => recorded_at);
      assert.deepEqual(times, times.toSorted());
      const frames = await getJson<{ frames: { flights: unknown[] }[] }>(
        `${hub}/flights/history?start_ts=2024-06-01T14:00:00Z&end_ts=2024-06-01T14:30:00Z&interval_s=60`,
      );
      assert.equal(frames.frames.length, 25);
      const page = await (await fetch(`http://127.0.0.1:${cluster.settings.UI_PORT}/`)).text();
      assert.match(page, /<title>SkySentinel/);

      await othersReadIt(cluster.broker, cluster.databaseUrl);
    } finally {
      await cluster.close();
    }
  },
);

/** Programs that are not ours read the log and the tables. */
async function othersReadIt(broker: string, databaseUrl: string): Promise<void> {
  const required = Deno.env.get("CI") === "true";
  const lines = await commandOutput("kcat", ["-b", broker, "-C", "-t", TOPICS.state, "-e", "-q"]);
  assert(lines !== undefined || !required, "kcat is needed: apt-get install kcat");
  const messages = (lines ?? "").split("\n").filter((line) => line !== "");
  for (const line of messages) FlightEnvelope.parse(JSON.parse(line));
  if (lines !== undefined) assert(messages.length > 5);
  const tables = await commandOutput("psql", [databaseUrl, "-c", "\\dt"]);
  assert(tables !== undefined || !required, "psql is needed: apt-get install postgresql-client");
  for (const table of tables === undefined ? [] : ["airports", "anomalies", "flights_current"]) {
    assert.match(tables!, new RegExp(table));
  }
}
