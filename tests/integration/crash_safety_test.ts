import assert from "node:assert/strict";
import { startCluster } from "../cluster.ts";
import { crashRun, seededKills } from "../crash_runs.ts";
import { kafkaMissing, kafkaTest } from "../servers/kafka.ts";
import { postgisMissing } from "../servers/postgis.ts";

const RECORDING = "fixtures/opensky_nyc_sample.jsonl";

kafkaTest(
  "whatever is killed or restored, in the end there is what there would have been",
  async () => {
    assert.equal(postgisMissing ?? kafkaMissing, undefined);
    const cluster = await startCluster();
    try {
      const run = { cluster, recording: RECORDING, speed: 100 };
      const undisturbed = await crashRun({ ...run, rows: 0, kills: [] });
      assert(undisturbed.anomalyCount > 8, `${undisturbed.anomalyCount} anomalies`);
      const { rows } = undisturbed;
      const { tookS: _, ...expected } = undisturbed;
      const { tookS: __, ...killed } = await crashRun({ ...run, rows, kills: seededKills(1) });
      assert.deepEqual(killed, expected);

      // The log's group is ahead of a database that was brought back; slow enough for checkpoints between.
      const kills = [{ target: "backup", atPart: 0.2 }, {
        target: "restore",
        atPart: 0.5,
      }] as const;
      const { tookS: ___, ...restored } = await crashRun({ ...run, rows, kills, speed: 40 });
      assert.deepEqual(restored, expected);
    } finally {
      await cluster.close();
    }
  },
  "own",
);
