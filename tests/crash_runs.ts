/**
 * Replays a recording through one process per role while roles and servers are killed, and says what is
 * in the tables and on the topic of anomalies in the end: the same, or something was lost.
 */
import { seededRandom } from "../core/seeded_random.ts";
import { AnomalyEnvelope } from "../contracts/anomaly.ts";
import { openSql, type Sql } from "../db/database.ts";
import { Broker } from "../services/bus/broker.ts";
import type { Bus } from "../services/bus/bus.ts";
import { connectBus } from "../services/bus/connect.ts";
import { loadConfig } from "../services/config.ts";
import { createLog } from "../services/log.ts";
import { eventually } from "../services/testing/deadline.ts";
import { type Cluster, PARTITIONS } from "./cluster.ts";
import type { Program } from "./program.ts";
import { createDatabase } from "./servers/postgis.ts";

const PATIENCE_MS = 240_000;
/** How often a run looks how far it is. */
const LOOK_MS = 100;

/** What may be killed; or the database is kept in a file, or brought back from there. */
export type Target = "process" | "ingest" | "broker" | "database" | "backup" | "restore";

/** Killed, or done, once so large a part of the reports is in the history. */
export interface Kill {
  readonly target: Target;
  readonly atPart: number;
}

/** Kills at moments that the seed says, in order. */
export function seededKills(seed: number): Kill[] {
  const random = seededRandom(seed);
  const targets: Target[] = ["ingest", "process", "process", "process", "database", "broker"];
  const order = targets.map((target) => ({ target, at: random() })).sort((a, b) => a.at - b.at);
  const parts = targets.map(() => 0.02 + 0.9 * random()).sort((a, b) => a - b);
  return order.map(({ target }, i) => ({ target, atPart: parts[i]! }));
}

/** What a run came to: the same digests are the same content. */
export interface Outcome {
  readonly history: string;
  readonly anomalies: string;
  readonly published: string;
  readonly rows: number;
  readonly anomalyCount: number;
  readonly tookS: number;
}

export interface CrashRun {
  readonly cluster: Cluster;
  readonly recording: string;
  /** So fast that ingest is still at it when it is killed: one that has ended begins anew. */
  readonly speed: number;
  /** How many rows its history has. */
  readonly rows: number;
  readonly kills: readonly Kill[];
  readonly say?: (text: string) => void;
}

let runs = 0;

/** One replay on topics and in a database of its own. */
export async function crashRun(run: CrashRun): Promise<Outcome> {
  const { cluster, recording, say = () => {} } = run;
  const name = `run${Deno.pid}x${++runs}`;
  const settings: Record<string, string> = {
    ...cluster.settings,
    DATABASE_URL: await createDatabase(cluster.databaseUrl),
    KAFKA_CLIENT_ID: name,
    KAFKA_TOPIC_STATE: `${name}.state`,
    KAFKA_TOPIC_UPDATES: `${name}.updates`,
    KAFKA_TOPIC_ANOMALIES: `${name}.anomalies`,
    REPLAY_FILE: recording,
    REPLAY_SPEED: String(run.speed),
    REPLAY_LOOP: "false",
  };
  const succeed = async (task: string, args: readonly string[]) => {
    const { code, log } = await cluster.task(task, settings, args);
    if (code !== 0) throw new Error(`deno task ${task}: ${log}`);
  };
  for (const task of ["topics", "migrate"]) await succeed(task, []);
  const folder = await Deno.makeTempDir({ prefix: "skysentinel-run-" });
  /** The sum of the checkpoints' offsets when the backup was made. */
  let kept = 0;
  const startedMs = performance.now();
  let sql = openSql(settings.DATABASE_URL!, { max: 1 });
  const running: Record<"process" | "ingest", Program> = {
    process: await cluster.start("process", settings),
    ingest: await cluster.start("ingest", settings),
  };
  try {
    for (const { target, atPart } of run.kills) {
      await eventually(
        async () => {
          await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
          return await rowsIn(sql) >= atPart * run.rows;
        },
        `${Math.round(atPart * 100)} % of the history`,
        PATIENCE_MS,
      ).catch((error) => {
        throw new Error(`${error.message}\n${running.process.log()}\n${running.ingest.log()}`);
      });
      say(`${target} at ${Math.round(atPart * 100)} %`);
      if (target === "backup") {
        kept = await untilKept(sql, 0);
        await succeed("backup", [`${folder}/sky.dump`]);
      } else if (target === "restore") {
        // So that the log's group is ahead of what is restored.
        await untilKept(sql, kept);
        await running.process.end();
        await succeed("restore", [`${folder}/sky.dump`, "--replace"]);
        running.process = await cluster.start("process", settings);
      } else if (target === "broker" || target === "database") {
        const server = target === "broker" ? cluster.kafka! : cluster.postgis!;
        await server.kill();
        await server.start();
        await sql.end({ timeout: 1 }).catch(() => {});
        sql = openSql(settings.DATABASE_URL!, { max: 1 });
      } else {
        running[target].kill("SIGKILL");
        await running[target].status;
        running[target] = await cluster.start(target, settings);
      }
    }
    const ended = () => running.ingest.log().includes("The replay has ended");
    await eventually(ended, "the replay's end", PATIENCE_MS);
    // A broker that has much to do does not say how much is left: all of it is to be there as well.
    const published = Number(/Published (\d+) flights in all/.exec(running.ingest.log())?.[1]);
    const isUndisturbed = run.kills.length === 0;
    await untilRead(settings.PROCESS_METRICS_PORT!, isUndisturbed ? published : 0);
    await eventually(async () => await rowsIn(sql) >= run.rows, "every row", PATIENCE_MS);
    return await outcome(sql, settings, (performance.now() - startedMs) / 1000);
  } catch (error) {
    throw new Error(`${error}\nprocess: ${running.process.log()}\ningest: ${running.ingest.log()}`);
  } finally {
    await running.process.end();
    await running.ingest.end();
    await sql.end({ timeout: 1 });
    await Deno.remove(folder, { recursive: true });
  }
}

async function rowsIn(sql: Sql): Promise<number> {
  const [row] = await sql.unsafe("select count(*)::int as rows from flights_history")
    .catch(() => [{ rows: 0 }]);
  return row!.rows;
}

/** Every partition has a checkpoint, and their offsets come to more than that; what they come to. */
async function untilKept(sql: Sql, more: number): Promise<number> {
  return await eventually(
    async () => {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      const rows = await sql.unsafe<{ offset: number }[]>(
        "select next_offset::int as offset from process_checkpoints where partition >= 0",
      );
      const sum = rows.reduce((sum, { offset }) => sum + offset, 0);
      return rows.length === PARTITIONS && sum > more && sum;
    },
    "a checkpoint of every partition",
    PATIENCE_MS,
  );
}

/** Nothing is left on the log, `least` updates have been dealt with, and what was taken last is written. */
async function untilRead(port: string, least: number): Promise<void> {
  let quiet = 0;
  let before = "";
  await eventually(
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      const lags = [...text.matchAll(/^processing_(?:kafka|sky)_consumer_lag\{.*\} (\d+)$/gm)];
      const processed = /^processing_messages_processed_total (\d+)$/m.exec(text)?.[1] ?? "";
      const isQuiet = lags.length > 0 && lags.every(([, lag]) => lag === "0") &&
        processed === before && Number(processed) >= least;
      before = processed;
      quiet = isQuiet ? quiet + 1 : 0;
      // Partitions whose aircraft are silent are looked at once in a second.
      return quiet >= 7;
    },
    "the log's end",
    PATIENCE_MS,
  );
}

async function outcome(
  sql: Sql,
  settings: Record<string, string>,
  tookS: number,
): Promise<Outcome> {
  const log = createLog({ role: "test", level: "error", format: "text" });
  const bus = await connectBus(
    loadConfig(settings),
    log,
    () => new Broker({ compactedTopics: [] }),
  );
  try {
    const published = await publishedDigest(bus, settings.KAFKA_TOPIC_ANOMALIES!);
    return { ...await tablesDigest(sql), published, tookS };
  } finally {
    await bus.close();
  }
}

/** What is in the tables, to the byte. */
export async function tablesDigest(sql: Sql) {
  const digestOf = async (table: string, order: string) => {
    const [row] = await sql.unsafe(
      `select count(*)::int as rows, md5(coalesce(string_agg(t::text, chr(10) order by ${order}), ''))
         as digest from ${table} as t`,
    );
    return row as unknown as { rows: number; digest: string };
  };
  const history = await digestOf("flights_history", "icao24, recorded_at");
  const anomalies = await digestOf("anomalies", "anomaly_id");
  return {
    history: history.digest,
    anomalies: anomalies.digest,
    rows: history.rows,
    anomalyCount: anomalies.rows,
  };
}

/** The last that was published of each anomaly. */
export async function publishedDigest(bus: Bus, topic: string): Promise<string> {
  const reader = await bus.read({ topics: [topic], from: "earliest" });
  const newest = new Map<string, string>();
  while ((await reader.lag()).some(({ lag }) => lag > 0)) {
    for (const { value } of (await reader.next())!.records) {
      const { payload } = AnomalyEnvelope.parse(JSON.parse(new TextDecoder().decode(value!)));
      newest.set(payload.anomaly_id, JSON.stringify(payload));
    }
  }
  await reader.close();
  const lines = [...newest.values()].sort().join("\n");
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(lines));
  return `${newest.size} ${new Uint8Array(digest).toHex().slice(0, 32)}`;
}
