import assert from "node:assert/strict";
import { startCluster } from "../cluster.ts";
import { crashRun, seededKills } from "../crash_runs.ts";
import { kafkaMissing, kafkaTest } from "../servers/kafka.ts";
import { postgisMissing } from "../servers/postgis.ts";

const RECORDING = "fixtures/opensky_nyc_sample.jsonl";

kafkaTest(
  "whatever is killed, in the end there is what there would have been",
  async () => {
    assert.equal(postgisMissing ?? kafkaMissing, undefined);
    const cluster = await startCluster();
    try {
      const run = { cluster, recording: RECORDING, speed: 100 };
      const undisturbed = await crashRun({ ...run, rows: 0, kills: [] });
      assert(undisturbed.anomalyCount > 8, `${undisturbed.anomalyCount} anomalies`);
      const { rows } = undisturbed;
      const { tookS: _, ...expected } = undisturbed;
      const { tookS: __, ...actual } = await crashRun({ ...run, rows, kills: seededKills(1) });
      assert.deepEqual(actual, expected);
    } finally {
      await cluster.close();
    }
  },
  "own",
);
