/**
 * Two process instances and two hubs on one broker and database: partitions are shared, an instance that
 * is killed leaves its aircraft to the other, and it does not matter which hub one asks.
 */
import assert from "node:assert/strict";
import type { Flight } from "../../contracts/flight.ts";
import { openSql, type Sql } from "../../db/database.ts";
import { metricSum } from "../../services/metrics_text.ts";
import { eventually } from "../../services/testing/deadline.ts";
import { type Cluster, startCluster } from "../cluster.ts";
import { LiveClient } from "../live_client.ts";
import { freePorts, getJson, type Program } from "../program.ts";
import { externalBroker, kafkaTest } from "../servers/kafka.ts";
import { createDatabase, postgisMissing } from "../servers/postgis.ts";

const RECORDING = "fixtures/opensky_nyc_sample.jsonl";
const PATIENCE_MS = 240_000;
const PARTITIONS = 6;
/** Partitions whose aircraft are silent are looked at once in a second. */
const QUIET_LOOKS = 12;

interface Outcome {
  readonly history: string;
  readonly anomalies: readonly string[];
  readonly rows: number;
}

let runs = 0;

/** Settings of a replay on topics and in a database of its own. */
async function fresh(
  cluster: Cluster,
  speed: string,
  partitions = PARTITIONS,
): Promise<Record<string, string>> {
  const name = `scaling${Deno.pid}x${++runs}`;
  const settings = {
    ...cluster.settings,
    DATABASE_URL: await createDatabase(cluster.databaseUrl),
    KAFKA_CLIENT_ID: name,
    KAFKA_PARTITIONS: String(partitions),
    KAFKA_TOPIC_STATE: `${name}.state`,
    KAFKA_TOPIC_UPDATES: `${name}.updates`,
    KAFKA_TOPIC_ANOMALIES: `${name}.anomalies`,
    REPLAY_FILE: RECORDING,
    REPLAY_SPEED: speed,
    REPLAY_LOOP: "false",
  };
  for (const task of ["topics", "migrate"]) {
    const { code, log } = await cluster.task(task, settings);
    assert.equal(code, 0, log);
  }
  return settings;
}

/** A process role, and where its metrics are. */
interface Instance {
  readonly program: Program;
  readonly metrics: () => Promise<string>;
}

async function startInstance(
  cluster: Cluster,
  settings: Record<string, string>,
): Promise<Instance> {
  const PROCESS_METRICS_PORT = String(freePorts(1)[0]);
  const program = await cluster.start("process", { ...settings, PROCESS_METRICS_PORT });
  const url = `http://127.0.0.1:${PROCESS_METRICS_PORT}/metrics`;
  return { program, metrics: async () => await (await fetch(url)).text() };
}

/** How many partitions of the updates an instance has. */
async function partitions(instance: Instance): Promise<number> {
  const text = await instance.metrics();
  return text.split("\n").filter((line) => line.startsWith("processing_kafka_consumer_lag{"))
    .length;
}

async function outcome(sql: Sql): Promise<Outcome> {
  const [history] = await sql.unsafe<{ rows: number; digest: string }[]>(
    `select count(*)::int as rows, md5(string_agg(h::text, chr(10) order by icao24, recorded_at))
       as digest from flights_history h`,
  );
  const anomalies = await sql.unsafe<{ line: string }[]>(
    "select row_to_json(a)::text as line from anomalies a order by anomaly_id",
  );
  return {
    history: history!.digest,
    rows: history!.rows,
    anomalies: anomalies.map(({ line }) => line),
  };
}

/** Everything that was published is in the history, and nothing more of it comes. */
async function untilWritten(
  instances: readonly Instance[],
  ingest: Program,
  sql: Sql,
  rows?: number,
) {
  await eventually(() => ingest.log().includes("The replay has ended"), "its end", PATIENCE_MS);
  let [before, quiet] = ["", 0];
  await eventually(
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      const lags = await Promise.all(
        instances.map(async (instance) =>
          // Not told while the broker does not say.
          metricSum(await instance.metrics(), "processing_kafka_consumer_lag")
        ),
      );
      const written = await outcome(sql);
      const now = JSON.stringify(written);
      quiet = now === before && lags.every((lag) => lag === 0) ? quiet + 1 : 0;
      before = now;
      return quiet >= QUIET_LOOKS && written.rows >= (rows ?? 0);
    },
    "every row",
    PATIENCE_MS,
  ).catch((error) => {
    throw new Error(
      `${error.message}: ${before.slice(0, 200)}, of ${rows} rows\n${
        instances.map(({ program }) => program.log())
      }`,
    );
  });
}

kafkaTest(
  "two instances share the aircraft, and one that is killed leaves its own to the other",
  async () => {
    assert.equal(postgisMissing, undefined);
    const cluster = await startCluster({ KAFKA_PARTITIONS: String(PARTITIONS) });
    const sqls: Sql[] = [];
    const open = (settings: Record<string, string>) => {
      const sql = openSql(settings.DATABASE_URL!, { max: 1 });
      sqls.push(sql);
      return sql;
    };
    try {
      const alone = await fresh(cluster, "max");
      const sql = open(alone);
      const single = await startInstance(cluster, alone);
      const ingest = await cluster.start("ingest", alone);
      await untilWritten([single], ingest, sql);
      const expected = await outcome(sql);
      assert(expected.rows > 1000 && expected.anomalies.length > 0, JSON.stringify(expected.rows));
      await Promise.all([single.program.end(), ingest.end()]);

      const shared = await fresh(cluster, "120");
      const sharedSql = open(shared);
      const instances = [
        await startInstance(cluster, shared),
        await startInstance(cluster, shared),
      ] as const;
      await eventually(
        async () => {
          const [a, b] = [await partitions(instances[0]), await partitions(instances[1])];
          return a === PARTITIONS / 2 && b === PARTITIONS / 2;
        },
        "half of the partitions each",
        PATIENCE_MS,
      );
      const source = await cluster.start("ingest", shared);
      await eventually(
        async () => (await outcome(sharedSql)).rows > expected.rows / 3,
        "a third of the rows",
        PATIENCE_MS,
      );
      for (const instance of instances) {
        const processed = async () =>
          metricSum(await instance.metrics(), "processing_messages_processed_total");
        await eventually(async () => (await processed())! > 0, "work of both of them");
      }
      instances[0].program.kill("SIGKILL");
      await instances[0].program.status;
      await eventually(
        async () => await partitions(instances[1]) === PARTITIONS,
        "all partitions at the other",
        PATIENCE_MS,
      );
      await untilWritten([instances[1]], source, sharedSql, expected.rows);
      assert.deepEqual(await outcome(sharedSql), expected);
    } finally {
      for (const sql of sqls) await sql.end({ timeout: 1 });
      await cluster.close();
    }
  },
);

kafkaTest(
  "the tables are the same at full speed on one partition and slower on twelve",
  async () => {
    assert.equal(postgisMissing, undefined);
    const outcomes: Outcome[] = [];
    for (const [speed, partitions] of [["max", 1], ["200", 12]] as const) {
      const cluster = await startCluster({ KAFKA_PARTITIONS: String(partitions) });
      const settings = await fresh(cluster, speed, partitions);
      const sql = openSql(settings.DATABASE_URL!, { max: 1 });
      try {
        const instance = await startInstance(cluster, settings);
        const ingest = await cluster.start("ingest", settings);
        await untilWritten([instance], ingest, sql, outcomes[0]?.rows);
        outcomes.push(await outcome(sql));
      } finally {
        await sql.end({ timeout: 1 });
        await cluster.close();
      }
    }
    assert(outcomes[0]!.rows > 1000 && outcomes[0]!.anomalies.length > 0);
    assert.deepEqual(outcomes[1], outcomes[0]);
  },
);

kafkaTest(
  "two hubs tell the same, and a client of one that ends goes on at the other",
  async () => {
    const cluster = await startCluster({
      REPLAY_FILE: RECORDING,
      REPLAY_SPEED: "20",
      HISTORY: "off",
      ...externalBroker() === undefined ? {} : { KAFKA_CLIENT_ID: `hubs${Deno.pid}` },
    });
    try {
      const ports = freePorts(2).map(String);
      const hubs = [
        await cluster.start("hub", { BACKEND_PORT: ports[0]! }),
        await cluster.start("hub", { BACKEND_PORT: ports[1]! }),
      ] as const;
      const urls = ports.map((port) => `http://127.0.0.1:${port}`) as [string, string];
      const ingest = await cluster.start("ingest");
      const flights = async (url: string) =>
        (await getJson<{ flights: Flight[] }>(`${url}/flights`)).flights;
      await eventually(async () => (await flights(urls[0])).length > 5, "aircraft", PATIENCE_MS);
      const client = await LiveClient.connect(urls[0]);
      assert((await client.snapshot()).flights.length > 5);
      // What is on the log stays as it is now, so that both may be compared.
      await ingest.end();
      const known = (list: Flight[]) =>
        list.map(({ icao24, last_contact_unix, position }) => [icao24, last_contact_unix, position])
          .sort();
      await eventually(
        async () => {
          const [a, b] = [known(await flights(urls[0])), known(await flights(urls[1]))];
          return a.length > 5 && JSON.stringify(a) === JSON.stringify(b);
        },
        "the same at both",
        PATIENCE_MS,
      );
      const before = known(await flights(urls[1]));
      hubs[0].kill("SIGKILL");
      await client.closed;
      const again = await LiveClient.connect(urls[1]);
      assert.deepEqual(known((await again.snapshot()).flights), before);
      await again.close();
    } finally {
      await cluster.close();
    }
  },
);
