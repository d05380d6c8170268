/**
 * What an outage costs, one process per role on a real Kafka and PostGIS, under a steady stream: the
 * process role killed and started anew; the database away for a minute; the broker away for a minute.
 * Says how long each takes to be back at the head of the log, how many deltas a second a client got
 * meanwhile, how much memory the roles took, and whether anything was lost: a table of what was measured
 * beside what is asked for; exits with 1 when one of it is missed.
 * `deno task bench:outages --per-second=3000 --seconds=60`
 */
import { openSql } from "../db/database.ts";
import { connectBus } from "../services/bus/connect.ts";
import { Broker } from "../services/bus/broker.ts";
import { loadConfig } from "../services/config.ts";
import { createLog } from "../services/log.ts";
import { metricSum } from "../services/metrics_text.ts";
import { eventually } from "../services/testing/deadline.ts";
import { hubUrl, startCluster } from "../tests/cluster.ts";
import type { Program } from "../tests/program.ts";
import { LiveClient } from "../tests/live_client.ts";
import { answerHelp, numberArgument } from "./arguments.ts";
import { processUsage } from "./process_usage.ts";

answerHelp();

/** 139 988 reports in three hours. */
const RECORDING = "fixtures/paris_2021-10-07.jsonl.gz";
const RECORDED_PER_S = 12.96;
const PATIENCE_MS = 600_000;
const LOOK_MS = 200;
/** With what it takes to read a time off the hub. */
const LATE_S = 1.5;

const perSecond = numberArgument("per-second", 3000);
const seconds = numberArgument("seconds", 60);
const SPEED = Math.round(perSecond / RECORDED_PER_S);

function print(line: string): void {
  // deno-lint-ignore no-console -- the table is the result
  console.log(line);
}

/** What is asked for. A machine that cannot carry the stream says nothing of the rest. */
const ASKED = { backS: 15, deltasPerS: 2, memoryMb: 700, speedShare: 0.95 } as const;
let missed = 0;

function row(what: string, measured: string, asked = "", isKept = true): void {
  if (!isKept) missed++;
  const verdict = asked === "" ? "" : isKept ? "pass" : "FAIL";
  print(`${what.padEnd(36)} ${measured.padEnd(38)} ${asked.padEnd(24)} ${verdict}`);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const cluster = await startCluster({
  REPLAY_FILE: RECORDING,
  REPLAY_SPEED: String(SPEED),
  REPLAY_LOOP: "true",
  KAFKA_PARTITIONS: "6",
});
const sql = openSql(cluster.databaseUrl, { max: 1 });
try {
  const hub = await cluster.start("hub");
  let processing = await cluster.start("process");
  await eventually(async () => (await fetch(`${hubUrl(cluster)}/health`)).ok, "hub", PATIENCE_MS);
  const ingest = await cluster.start("ingest");
  const processMetrics = `http://127.0.0.1:${cluster.settings.PROCESS_METRICS_PORT}/metrics`;
  const ingestMetrics = `http://127.0.0.1:${cluster.settings.INGEST_METRICS_PORT}/metrics`;
  const sum = async (url: string, name: string, labels = {}) =>
    metricSum(await (await fetch(url)).text(), name, labels) ?? NaN;
  const lag = () => sum(processMetrics, "processing_kafka_consumer_lag");
  const published = () =>
    sum(ingestMetrics, "producer_flights_published_total", {
      topic: cluster.settings.KAFKA_TOPIC_UPDATES ?? "flights.updates",
    });
  const processed = () => sum(processMetrics, "processing_messages_processed_total");
  /** The newest event time that has come through the log, ms. */
  const streamMs = async () =>
    Date.parse((await (await fetch(`${hubUrl(cluster)}/health`)).json()).stream_time);
  /** Where everything was when all was well. */
  let base = { atMs: 0, published: 0, processed: 0, streamMs: 0, perSecond: 0, speedShare: 0 };
  const measure = async () => {
    const [atMs, from, first, fromMs] = [
      performance.now(),
      await published(),
      await processed(),
      await streamMs(),
    ];
    await pause(5000);
    const seconds = (performance.now() - atMs) / 1000;
    const rate = (await published() - from) / seconds;
    base = {
      atMs,
      published: from,
      processed: first,
      streamMs: fromMs,
      perSecond: rate,
      speedShare: (await streamMs() - fromMs) / 1000 / seconds / SPEED,
    };
  };
  /** Whether less than a second of the stream is left, of what ingest is late with and of what it published. */
  const isBack = async () => {
    const dueMs = base.streamMs + (performance.now() - base.atMs) * SPEED;
    if (dueMs - await streamMs() > LATE_S * 1000 * SPEED) return false;
    const left = await published() - base.published - (await processed() - base.processed);
    return left < base.perSecond;
  };
  /** How long until less than a second of the stream is left. */
  const back = async () => {
    const startedMs = performance.now();
    await eventually(
      async () => {
        await pause(LOOK_MS);
        return await isBack();
      },
      "the head of the log",
      PATIENCE_MS,
    );
    return (performance.now() - startedMs) / 1000;
  };
  const deltas = countDeltas(await LiveClient.connect(hubUrl(cluster)));

  /** Takes a server away for a while, with everything else going on. */
  const outage = async (
    name: string,
    server: { kill(): Promise<void>; start(): Promise<void> },
    roles: Record<string, Program>,
  ): Promise<void> => {
    const usual = await deltas.perSecond(5);
    await server.kill();
    const meanwhile = await deltas.perSecond(seconds);
    const memory = await Promise.all(
      Object.entries(roles).map(async ([role, { pid }]) =>
        [role, Math.round((await processUsage(pid)).memoryMb)] as const
      ),
    );
    await server.start();
    const tookS = await back();
    row(
      `${name} away ${seconds} s: deltas meanwhile`,
      `${meanwhile.toFixed(1)}/s (${usual.toFixed(1)}/s before)`,
      `at least ${ASKED.deltasPerS}/s`,
      meanwhile >= ASKED.deltasPerS * 0.95,
    );
    row(
      "  memory of the roles",
      memory.map(([role, mb]) => `${role} ${mb} MB`).join(", "),
      `at most ${ASKED.memoryMb} MB each`,
      memory.every(([, mb]) => mb <= ASKED.memoryMb),
    );
    row("  at the head again after it is back", `${tookS.toFixed(1)} s`);
  };

  await eventually(async () => await published() > perSecond * 20, "a steady stream", PATIENCE_MS);
  await eventually(async () => await lag() < perSecond, "the head of the log", PATIENCE_MS);
  await measure();
  print(`${"".padEnd(36)} ${"measured".padEnd(38)} asked for`);
  row(
    "stream of updates",
    `${Math.round(base.perSecond)}/s, at ${Math.round(base.speedShare * 100)} % of its speed`,
    `${perSecond}/s on average`,
    base.speedShare >= ASKED.speedShare,
  );

  processing.kill("SIGKILL");
  await processing.status;
  processing = await cluster.start("process");
  const restarted = performance.now();
  await eventually(async () => await processed() > 0, "a first batch", PATIENCE_MS);
  row("process killed: reads again after", `${since(restarted).toFixed(1)} s`);
  // What was read since the last checkpoint is read again, and counted twice.
  await eventually(
    async () => {
      await pause(LOOK_MS);
      return await lag() < base.perSecond;
    },
    "the head of the log",
    PATIENCE_MS,
  );
  const backS = since(restarted);
  row(
    "  at the head again after",
    `${backS.toFixed(1)} s`,
    `at most ${ASKED.backS} s`,
    backS <= ASKED.backS,
  );

  await measure();
  await outage("database", cluster.postgis!, { hub, ingest, processing });
  await measure();
  await outage("broker", cluster.kafka!, { hub, ingest, processing });

  ingest.kill("SIGTERM");
  await ingest.status;
  await eventually(
    async () => {
      await pause(1000);
      return await lag() === 0;
    },
    "the log's end",
    PATIENCE_MS,
  );
  await pause(3000);
  const onLog = await distinctOnLog();
  const [kept] = await sql.unsafe("select count(*)::int as rows from flights_history");
  const { rows } = kept!;
  row(
    "rows of history at the end",
    `${rows}, of ${onLog.records} updates`,
    `${onLog.distinct}, as on the log`,
    rows === onLog.distinct,
  );
  print(missed === 0 ? "everything is as asked for" : `${missed} not as asked for`);
} finally {
  await sql.end({ timeout: 1 }).catch(() => {});
  await cluster.close();
}
Deno.exit(missed === 0 ? 0 : 1);

function since(startedMs: number): number {
  return (performance.now() - startedMs) / 1000;
}

function countDeltas(client: LiveClient) {
  let count = 0;
  client.socket.addEventListener("message", ({ data }) => {
    if (String(data).startsWith('{"type":"delta"')) count++;
  });
  return {
    async perSecond(seconds: number): Promise<number> {
      const [from, startedMs] = [count, performance.now()];
      await pause(seconds * 1000);
      return (count - from) / ((performance.now() - startedMs) / 1000);
    },
  };
}

/** Every update on the log, and how many rows they are worth: one for each aircraft and time. */
async function distinctOnLog(): Promise<{ records: number; distinct: number }> {
  const config = loadConfig(cluster.settings);
  const log = createLog({ role: "bench", level: "error", format: "text" });
  const bus = await connectBus(config, log, () => new Broker({ compactedTopics: [] }));
  const reader = await bus.read({ topics: [config.KAFKA_TOPIC_UPDATES], from: "earliest" });
  const decoder = new TextDecoder();
  const seen = new Set<string>();
  let records = 0;
  while ((await reader.lag()).some(({ lag }) => lag > 0)) {
    for (const { value } of (await reader.next())!.records) {
      records++;
      const { payload } = JSON.parse(decoder.decode(value!));
      seen.add(`${payload.icao24} ${payload.last_contact_ms ?? payload.last_contact_unix * 1000}`);
    }
  }
  await bus.close();
  return { records, distinct: seen.size };
}
