/**
 * Replay at `max` through a real Kafka to committed rows in a real PostGIS, one process per role, all
 * on this machine: updates a second, and what each role took of processor and memory. Prints a table.
 */
import { hubUrl, startCluster } from "../tests/cluster.ts";
import { eventually } from "../services/testing/deadline.ts";
import { processUsage } from "./process_usage.ts";
import { answerHelp } from "./arguments.ts";

answerHelp();

const RECORDING = "fixtures/paris_2021-10-07.jsonl.gz";
const UPDATES = 139_988;
const PATIENCE_MS = 240_000;
function print(line: string): void {
  // deno-lint-ignore no-console -- the table is the result
  console.log(line);
}

const cluster = await startCluster({
  REPLAY_FILE: RECORDING,
  REPLAY_SPEED: "max",
  REPLAY_LOOP: "false",
});
try {
  const processing = await cluster.start("process");
  const hub = await cluster.start("hub");
  await eventually(async () => (await fetch(`${hubUrl(cluster)}/health`)).ok, "hub", PATIENCE_MS);
  const ingest = await cluster.start("ingest");
  const processed = async () => {
    const port = cluster.settings.PROCESS_METRICS_PORT;
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return Number(/^processing_messages_processed_total (\d+)$/m.exec(text)?.[1] ?? 0);
  };
  await eventually(async () => await processed() > 0, "first row", PATIENCE_MS);
  const startedMs = performance.now();
  const first = await processed();
  await eventually(async () => await processed() >= UPDATES, "last row", PATIENCE_MS);
  const tookS = (performance.now() - startedMs) / 1000;
  print(`updates to committed rows  ${Math.round((UPDATES - first) / tookS)}/s`);
  for (const [name, role] of Object.entries({ ingest, processing, hub })) {
    const { cpuMs, peakMb } = await processUsage(role.pid);
    const perUpdateUs = Math.round(cpuMs * 1000 / UPDATES);
    print(
      `${name.padEnd(26)} ${perUpdateUs} µs of processor an update, ${Math.round(peakMb)} MB`,
    );
  }
} finally {
  await cluster.close();
}
