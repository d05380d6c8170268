/**
 * A recording at full speed through Kafka and PostGIS with one process instance, then with two that share
 * the partitions: what an update takes of each role's processor, and how the work was shared. On a
 * machine whose processors are all in use two are no faster: what scales is told by processor time.
 * `deno task bench:scaling`
 */
import { metricSum } from "../services/metrics_text.ts";
import { eventually } from "../services/testing/deadline.ts";
import { hubUrl, startCluster } from "../tests/cluster.ts";
import { freePorts } from "../tests/program.ts";
import { processUsage } from "./process_usage.ts";
import { answerHelp } from "./arguments.ts";

answerHelp();

const RECORDING = "fixtures/paris_2021-10-07.jsonl.gz";
const UPDATES = 139_988;
const PATIENCE_MS = 400_000;

function print(line: string): void {
  // deno-lint-ignore no-console -- the table is the result
  console.log(line);
}

for (const instances of [1, 2]) {
  const cluster = await startCluster({
    REPLAY_FILE: RECORDING,
    REPLAY_SPEED: "max",
    REPLAY_LOOP: "false",
    KAFKA_PARTITIONS: "12",
  });
  try {
    const ports = freePorts(instances).map(String);
    const processing = await Promise.all(
      ports.map((port) => cluster.start("process", { PROCESS_METRICS_PORT: port })),
    );
    const hub = await cluster.start("hub");
    await eventually(async () => (await fetch(`${hubUrl(cluster)}/health`)).ok, "hub", PATIENCE_MS);
    const text = async (port: string) =>
      await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const of = async (port: string, name: string) => metricSum(await text(port), name) ?? 0;
    await eventually(
      async () => {
        const shares = await Promise.all(
          ports.map(async (port) =>
            (await text(port)).split("\n").filter((line) =>
              line.startsWith("processing_kafka_consumer_lag{")
            ).length
          ),
        );
        return shares.every((share) => share === 12 / instances);
      },
      "equal shares",
      PATIENCE_MS,
    );
    const ingest = await cluster.start("ingest");
    const processed = async () =>
      await Promise.all(
        ports.map((port) => of(port, "processing_messages_processed_total")),
      );
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    await eventually(async () => sum(await processed()) > 0, "first row", PATIENCE_MS);
    const startedMs = performance.now();
    await eventually(async () => sum(await processed()) >= UPDATES, "last row", PATIENCE_MS);
    const perS = Math.round(UPDATES / (performance.now() - startedMs) * 1000);
    const shares = (await processed()).map((count) => `${Math.round(count / UPDATES * 100)} %`);
    print(`${instances} process: ${perS} updates/s; shares ${shares.join(" and ")}`);
    for (const [i, program] of [...processing, hub, ingest].entries()) {
      const name = i < instances ? `process ${i + 1}` : i === instances ? "hub" : "ingest";
      const { cpuMs, peakMb } = await processUsage(program.pid);
      const share = i < instances ? (await processed())[i]! : UPDATES;
      print(
        `  ${name.padEnd(10)} ${
          Math.round(cpuMs * 1000 / share)
        } µs of processor an update it dealt with, ` +
          `${Math.round(peakMb)} MB`,
      );
    }
  } finally {
    await cluster.close();
  }
}
Deno.exit();
